"""An adapter of Windows: told what it should be through IP Helper, and by `netsh` where that refuses.

interface = WindowsInterface(api, abi, adapter)
interface.settle(65535)
interface.add_address(address, 7)
interface.add_route(address)
return interface.applied()

Source of the steps: wireguard-windows, tunnel/addressconfig.go and interfacewatcher.go; OpenVPN, tun.c.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address

from everleaf.errors import HostError, PermissionDeniedError
from everleaf.host.abi import Abi
from everleaf.host.base import MESH, MTU_FLOOR, PREFIX_LENGTH, Applied, Observed, Problem
from everleaf.host.commands import Commands, Line
from everleaf.host.judgement import judge, printed
from everleaf.host.route import Outcome
from everleaf.host.windows.api import Win32Error, WindowsApi
from everleaf.host.windows.iphelper import Adapter, IpHelper

PATIENCE = 15  # attempts, a second apart: right after boot, IPv6 finds a new adapter late
LOOKS, LOOK_EVERY = 150, 0.1  # seconds: what Windows does to an adapter takes a moment, and at worst a while
NETSH_MTU = 1500  # `netsh` calls more than that an incorrect parameter
MESH_ROUTE = f"route {IPv6Address(MESH)}/{PREFIX_LENGTH}"


class WindowsInterface:
    """What is refused gathers in `problems`; what makes the adapter useless raises `HostError`."""

    def __init__(self, api: WindowsApi, abi: Abi, adapter: Adapter) -> None:
        self.problems: list[Problem] = []
        self._api = api
        self._abi = abi
        self._ip = IpHelper(api, abi)
        self._adapter = adapter
        self._commands = Commands("windows")

    # --- what shall be ------------------------------------------------------------------------------------------------

    def settle(self, mtu: int) -> None:
        """MTU, of both versions of IP; IPv6 with neither routers nor twins to look for."""
        settle = partial(self._ip.settle, self._adapter.luid)
        line = self._commands.set_mtu(str(self._adapter.index), mtu) if mtu <= NETSH_MTU else None
        done = self._do(f"set MTU {mtu}", "SetIpInterfaceEntry", lambda: settle(self._abi["AF_INET6"], mtu), line)
        if not done and self._mtu() < MTU_FLOOR:
            raise self._useless()
        try:
            settle(self._abi["AF_INET"], mtu)
        except Win32Error as error:
            if error.code not in self._absent:  # without IPv4 nothing is lost
                self.problems.append(self._problem(f"set MTU {mtu} for IPv4", "SetIpInterfaceEntry", error))

    def add_address(self, address: bytes, length: int) -> None:
        """Windows makes the route of the prefix with it."""
        if self._addresses().get(address) == length:
            return
        line = self._commands.add_address(str(self._adapter.index), address, length)
        step = partial(self._add_address, address, length)
        if not self._do(f"add address {IPv6Address(address)}/{length}", "CreateUnicastIpAddressEntry", step, line):
            raise self._useless()

    def bring_up(self) -> None:
        """Wait until packets pass: an adapter is up soon after it was opened, and never by request."""
        for _ in range(LOOKS):
            if self._ip.is_up(self._adapter.luid):
                return
            self._api.sleep(LOOK_EVERY)
        what, output = f"bring {self._adapter.name!r} up", f"still down after {LOOKS * LOOK_EVERY:g} s"
        self.problems.append(Problem(what, "GetIfEntry2", output, "enable the adapter"))

    def add_route(self, address: bytes) -> None:
        """Lead the mesh's prefix into it. `address` is its own."""
        if not self._ip.mesh_routes(self._adapter.luid):
            line = self._commands.add_route(str(self._adapter.index), address)
            step = partial(self._unless, Outcome.EXISTS, partial(self._ip.add_mesh_route, self._adapter.luid))
            self._do(f"add {MESH_ROUTE}", "CreateIpForwardEntry2", step, line)

    # --- what shall not be --------------------------------------------------------------------------------------------

    def withdraw(self) -> None:
        """Take back node addresses and what leads the mesh into it. A /64 beside them is the administrator's.

        An address goes first: Windows takes the route that it made for it along.
        """
        luid, index = self._adapter.luid, str(self._adapter.index)
        for address in self._node_addresses():
            step = partial(self._unless, Outcome.MISSING, partial(self._ip.delete_address, luid, address))
            line = self._commands.delete_address(index, address)
            self._do(f"delete address {IPv6Address(address)}", "DeleteUnicastIpAddressEntry", step, line)
        for row in self._ip.mesh_routes(luid):
            step = partial(self._unless, Outcome.MISSING, partial(self._ip.delete_route, row))
            self._do(f"delete {MESH_ROUTE}", "DeleteIpForwardEntry2", step, self._commands.delete_route(index, MESH))

    def is_marked(self) -> bool:
        """Whether there is anything that `withdraw` would take."""
        return bool(self._node_addresses() or self._ip.mesh_routes(self._adapter.luid))

    # --- what is ------------------------------------------------------------------------------------------------------

    def observe(self) -> Observed:
        luid = self._adapter.luid
        addresses = frozenset(self._addresses().items())
        return Observed(self._ip.is_up(luid), self._mtu(), addresses, bool(self._ip.mesh_routes(luid)))

    def applied(self) -> Applied:
        """What came of it all."""
        return Applied(self._mtu(), tuple(self.problems))

    def _mtu(self) -> int:
        try:
            return self._ip.mtu(self._adapter.luid, self._abi["AF_INET6"])
        except Win32Error:
            return self._adapter.mtu

    def _addresses(self) -> dict[bytes, int]:
        return {each: length for luid, each, length in self._ip.addresses() if luid == self._adapter.luid}

    def _node_addresses(self) -> list[bytes]:
        return [each for each, length in self._addresses().items() if (each[0], length) == (MESH[0], PREFIX_LENGTH)]

    # --- steps --------------------------------------------------------------------------------------------------------

    def _add_address(self, address: bytes, length: int) -> None:
        try:
            self._ip.add_address(self._adapter.luid, address, length)
        except Win32Error as error:
            if self._ip.outcome(error) is not Outcome.EXISTS:
                raise
            self._make_room(address)
            self._ip.add_address(self._adapter.luid, address, length)

    def _make_room(self, address: bytes) -> None:
        """Windows keeps an address once: with another prefix length, or on another adapter, however long unplugged."""
        for luid in [luid for luid, each, _ in self._ip.addresses() if each == address]:
            other = self._ip.by_luid(luid)
            if other and luid != self._adapter.luid and other.status == self._abi["IfOperStatusUp"]:
                raise HostError(
                    f"the adapter {other.name!r} has our address {IPv6Address(address)}",
                    fix="stop the node that runs there, or give one of the two another identity",
                )
            self._ip.delete_address(luid, address)

    def _unless(self, harmless: Outcome, step: Callable[[], None]) -> None:
        """Take a step that may have been taken before."""
        try:
            step()
        except Win32Error as error:
            if self._ip.outcome(error) is not harmless:
                raise

    # --- by request, else by command ----------------------------------------------------------------------------------

    def _do(self, what: str, request: str, step: Callable[[], None], line: Line | None) -> bool:
        """Whether it is done, by the one way or the other."""
        try:
            self._patiently(step)
        except Win32Error as error:
            if error.code == self._abi["ERROR_ACCESS_DENIED"]:
                raise PermissionDeniedError(f"Windows refused to {what}", fix="run as administrator") from error
            return self._do_by_command(self._problem(what, request, error), line)
        return True

    def _patiently(self, step: Callable[[], None]) -> None:
        for _ in range(PATIENCE):
            try:
                step()
            except Win32Error as error:
                if error.code not in self._absent:
                    raise
                self._api.sleep(1.0)
            else:
                return
        raise HostError(
            f"IPv6 is switched off for the adapter {self._adapter.name!r}",
            fix="enable it in the adapter's properties; if all adapters lack it, remove DisabledComponents from "
            r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip6\Parameters and restart Windows",
        )

    def _do_by_command(self, refusal: Problem, line: Line | None) -> bool:
        if line is None:
            self.problems.append(refusal)
            return False
        completed, command = self._api.run(line), " ".join(line)
        if judge("windows", completed) is Outcome.DONE:
            fix = f"nothing: `{command}` did it instead; but please report it"
            self.problems.append(Problem(refusal.what, refusal.command, refusal.output, fix, mended=True))
            return True
        fix = f"Windows said before: {refusal.output}; see whether the command works by hand"
        self.problems.append(Problem(refusal.what, command, printed(completed), fix))
        return False

    # --- what to say --------------------------------------------------------------------------------------------------

    @property
    def _absent(self) -> tuple[int, int]:
        """What is said where an adapter, or the whole machine, lacks a version of IP."""
        return (self._abi["ERROR_NOT_FOUND"], self._abi["ERROR_NOT_SUPPORTED"])

    def _problem(self, what: str, request: str, error: Win32Error) -> Problem:
        return Problem(what, f"{request} {self._adapter.name}", error.strerror or str(error))

    def _useless(self) -> HostError:
        last = self.problems[-1]
        return HostError(
            f"cannot {last.what} on {self._adapter.name!r}: `{last.command}` said: {last.output}", fix=last.fix
        )
