"""An interface of macOS or a BSD: told what it should be, by request, and by command where a request is refused.

interface = KameInterface(kernel, abi, "tun0")
interface.set_mtu(1400)
interface.add_address(address, 7)
interface.add_route(address)
return interface.applied()

The IPv6 of all these systems descends from KAME, so the steps are the same and only numbers, layouts and command lines
differ. A refused request that the system's own `ifconfig` or `route` then carries out is a problem too, a small one: it
says that our request was wrong. Source of the steps: in6_control() and route_output() of each kernel.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address

from everleaf.errors import HostError, PermissionDeniedError
from everleaf.host.abi import Abi
from everleaf.host.base import MESH, MTU_FLOOR, PREFIX_LENGTH, Applied, Observed, Problem
from everleaf.host.bsd.interface import InterfaceSocket
from everleaf.host.bsd.kernel import Kernel
from everleaf.host.bsd.routing.message import RouteMessage
from everleaf.host.bsd.routing.socket import RoutingSocket
from everleaf.host.bsd.routing.table import RoutingTable
from everleaf.host.commands import Commands, Line
from everleaf.host.judgement import interface_of, judge, printed
from everleaf.host.route import Answer, Outcome, Route

BY_ADDRESS = ("netbsd", "openbsd")  # a route names its interface by our own address there, by the index elsewhere
MESH_ROUTE = f"route {IPv6Address(MESH)}/{PREFIX_LENGTH}"


class KameInterface:
    """One interface by its name. What is refused gathers in `problems`; what makes it useless raises `HostError`."""

    def __init__(self, kernel: Kernel, abi: Abi, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self._kernel = kernel
        self._abi = abi
        self._commands = Commands(abi.system)
        self._table = RoutingTable(kernel, abi)

    # --- what shall be ------------------------------------------------------------------------------------------------

    def set_mtu(self, mtu: int) -> None:
        """Bytes. A refusal is a problem only, as long as IPv6 can live with what is in force."""
        now = self.mtu()
        if now == mtu:
            return
        with self._socket() as ask:
            step = partial(ask.set_mtu, self.name, mtu)
            done = self._do(f"set MTU {mtu}", "SIOCSIFMTU", step, self._commands.set_mtu(self.name, mtu))
        if not done and now < MTU_FLOOR:
            raise self._useless()

    def grants_mtu(self, mtu: int) -> bool:
        """Ask for an MTU that the kernel may refuse; whether it is in force."""
        with self._socket() as ask:
            try:
                ask.set_mtu(self.name, mtu)
            except OSError as error:
                if error.errno == self._abi["EINVAL"]:
                    return False
                raise HostError(f"cannot set MTU {mtu} on {self.name}: {error.strerror}") from error
        return True

    def bring_up(self) -> None:
        """Addresses and routes stay."""
        with self._socket() as ask:
            step = partial(ask.bring_up, self.name)
            done = self._do("bring the interface up", "SIOCSIFFLAGS", step, self._commands.set_up(self.name))
        if not done:
            raise self._useless()

    def enable_ipv6(self) -> None:
        """FreeBSD: let it have IPv6, which rc.conf turns off for a new interface; no link-local address, no DAD."""
        clear = self._abi["ND6_IFF_IFDISABLED"] | self._abi["ND6_IFF_AUTO_LINKLOCAL"]
        with self._socket() as ask:
            step = partial(ask.set_neighbour_flags, self.name, clear, self._abi["ND6_IFF_NO_DAD"])
            self._do("enable IPv6", "SIOCSIFINFO_FLAGS", step, self._commands.enable_ipv6(self.name))

    def add_address(self, address: bytes, length: int, flags: int = 0) -> None:
        """The kernel makes the route of the prefix with it. `flags` are IN6_IFF_*."""
        lengths = dict(self._addresses())
        if lengths.get(address) == length:
            return
        if address in lengths:  # not every kernel lets a prefix length change
            self._delete_address(address, lengths[address])
        with self._socket() as ask:
            step = partial(ask.add_address, self.name, address, length, flags)
            line = self._commands.add_address(self.name, address, length)
            done = self._do(f"add address {IPv6Address(address)}/{length}", "SIOCAIFADDR_IN6", step, line)
        if not done:
            raise self._useless()

    def add_route(self, address: bytes) -> None:
        """Lead the mesh's prefix into it, also when it leads elsewhere now. `address` is its own.

        The table has the last word: macOS's command ends with 0 whatever happened, OpenBSD's fails without a word.
        """
        if self._routes():
            return
        with self._routing() as ask:
            answer = ask.add(self._route(address))
            if answer.outcome is Outcome.EXISTS:
                answer = ask.change(self._route(address))
        if self._routes():
            return
        line, output = self._command_route(address)
        done = bool(self._routes())
        hint = "" if done else self._way_to_mesh()
        self._tell(f"add {MESH_ROUTE}", "RTM_ADD", answer, line, output, done=done, hint=hint)

    # --- what shall not be --------------------------------------------------------------------------------------------

    def withdraw(self) -> tuple[Problem, ...]:
        """Take back node addresses and what leads the mesh into it; all that was refused so far.

        An address goes first: the kernel takes the routes that it made for it along.
        """
        for address, length in self._ours():
            self._delete_address(address, length)
        for route in self._routes():
            self._delete_route(route)
        return tuple(self.problems)

    def clean(self) -> None:
        """Withdraw what a node that is gone has left. Raises `HostError` when something stays."""
        if self.withdraw() and self.is_ours():
            raise self._useless()

    def destroy(self) -> None:
        """Remove it, with all that it has. Its device must be closed; an interface that is gone is fine."""
        if not self._index():
            return
        with self._socket() as ask:
            step = partial(ask.destroy, self.name)
            done = self._do("destroy the interface", "SIOCIFDESTROY", step, self._commands.destroy(self.name))
        if not done:
            raise self._useless()

    def is_ours(self) -> bool:
        """Whether it has the address of a node, or the mesh's route."""
        return bool(self._ours() or self._routes())

    def _ours(self) -> list[tuple[bytes, int]]:
        """Node addresses; a /64 beside them is the administrator's."""
        return [each for each in self._addresses() if each[0][0] == MESH[0] and each[1] == PREFIX_LENGTH]

    def _delete_address(self, address: bytes, length: int) -> None:
        with self._socket() as ask:
            step = partial(ask.delete_address, self.name, address)
            line = self._commands.delete_address(self.name, address, length)
            self._do(f"delete address {IPv6Address(address)}/{length}", "SIOCDIFADDR_IN6", step, line)

    def _delete_route(self, route: RouteMessage) -> None:
        with self._routing() as ask:
            answer = ask.delete(self._route(route.gateway))
        if answer.outcome in (Outcome.DONE, Outcome.MISSING):
            return
        line = self._commands.delete_route(self.name, route.gateway or MESH)
        output = printed(self._kernel.run(line))
        self._tell(f"delete {MESH_ROUTE}", "RTM_DELETE", answer, line, output, done=not self._routes())

    # --- what is ------------------------------------------------------------------------------------------------------

    def observe(self) -> Observed | None:
        """Its state; None when there is no such interface."""
        index = self._index()
        return self._table.observe(index) if index else None

    def mtu(self) -> int:
        """Bytes, in force."""
        with self._socket() as ask:
            try:
                return ask.mtu(self.name)
            except OSError as error:
                raise HostError(f"there is no interface {self.name!r}", fix="restart the node") from error

    def applied(self) -> Applied:
        """What came of it all."""
        return Applied(self.mtu(), tuple(self.problems))

    def _index(self) -> int:
        try:
            return self._kernel.interface_index(self.name)
        except OSError:
            return 0

    def _addresses(self) -> list[tuple[bytes, int]]:
        index = self._index()
        return sorted(self._table.addresses(index)) if index else []

    def _routes(self) -> list[RouteMessage]:
        index = self._index()
        return self._table.routes(index) if index else []

    # --- by request, else by command ----------------------------------------------------------------------------------

    def _do(self, what: str, request: str, step: Callable[[], None], line: Line) -> bool:
        """Whether it is done, by the one way or the other."""
        try:
            step()
        except PermissionError as error:
            raise PermissionDeniedError(f"the kernel refused to {what}: {error.strerror}", fix="run as root") from error
        except OSError as error:
            completed = self._kernel.run(line)
            done = judge(self._abi.system, completed) is Outcome.DONE
            refusal = Answer(Outcome.REFUSED, error.strerror or str(error))
            self._tell(what, request, refusal, line, printed(completed), done=done)
            return done
        return True

    def _command_route(self, address: bytes) -> tuple[Line, str]:
        """The command line that was given last, and what it printed."""
        line = self._commands.add_route(self.name, address)
        completed = self._kernel.run(line)
        if judge(self._abi.system, completed) is Outcome.EXISTS and not self._routes():
            line = self._commands.change_route(self.name, address)
            completed = self._kernel.run(line)
        return line, printed(completed)

    def _way_to_mesh(self) -> str:
        found = interface_of(self._kernel.run(self._commands.find_route(MESH)))
        return f"packets to {IPv6Address(MESH)} go {f'into {found}' if found else 'nowhere'}; "

    def _route(self, address: bytes) -> Route:
        if self._abi.system in BY_ADDRESS:
            return Route(MESH, PREFIX_LENGTH, own=address)
        return Route(MESH, PREFIX_LENGTH, index=self._index())

    def _socket(self) -> InterfaceSocket:
        return InterfaceSocket(self._kernel, self._abi)

    def _routing(self) -> RoutingSocket:
        return RoutingSocket(self._kernel, self._abi)

    # --- what to say --------------------------------------------------------------------------------------------------

    def _tell(
        self, what: str, request: str, refusal: Answer, line: Line, output: str, *, done: bool, hint: str = ""
    ) -> None:
        command = shlex.join(line)
        if done:
            fix = f"nothing: `{command}` did it instead; but please report it"
            self.problems.append(Problem(what, f"{request} {self.name}", refusal.text, fix, mended=True))
        else:
            fix = f"the kernel said before: {refusal.text}; {hint}see whether the command works by hand"
            self.problems.append(Problem(what, command, output, fix))

    def _useless(self) -> HostError:
        last = self.problems[-1]
        return HostError(f"cannot {last.what} on {self.name}: `{last.command}` said: {last.output}", fix=last.fix)
