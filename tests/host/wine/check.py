"""What a Windows really answers to the calls of the Windows backend: run with a Windows Python, under wine or not.

    make wine    # or, with a Windows Python: python tests/host/wine/check.py

wine answers tables, notifications, files, events, registry and processes, and runs whole nodes. It has no function that
changes addresses or routes, and no Wintun: fake_wintun.c in its place proves the types of our calls and no more.
What remains unproved without a Windows stands in the README's table of platforms.
"""

from __future__ import annotations

import _winapi
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address
from pathlib import Path
from typing import TypeVar

from everleaf import identity
from everleaf.daemon.privacy import this_privacy
from everleaf.errors import BusyError, OutputError, PermissionDeniedError
from everleaf.host.abi import load
from everleaf.host.abi.structure import Structure
from everleaf.host.base import ListeningPort
from everleaf.host.windows import WindowsHost
from everleaf.host.windows.api import Win32Error
from everleaf.host.windows.dlls import Dlls
from everleaf.host.windows.iphelper import IpHelper
from everleaf.host.windows.privacy import PRIVATE
from everleaf.host.windows.security_dlls import SecurityDlls
from everleaf.host.windows.wintun import adapter_guid

E = TypeVar("E", bound=Exception)
PACKET = bytes([0x60]) + bytes(range(1, 60))
EVERLEAF = (sys.executable, "-c", "import sys; from everleaf.cli import main; sys.exit(main(sys.argv[1:]))")
PIPE = r"\\.\pipe\everleaf-check"
LOADER = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
CONSOLE = """
import asyncio, ctypes, sys
from everleaf.daemon.signals import deliver
from everleaf.host.windows.dlls import Dlls

async def listen():
    deliver(print)
    kernel32, pointer = ctypes.WinDLL("kernel32"), ctypes.c_void_p
    kernel32.CreateThread.argtypes = (pointer, ctypes.c_size_t, pointer, pointer, ctypes.c_uint, pointer)
    kernel32.CreateThread.restype = pointer
    tell = ctypes.cast(kernel32.CtrlRoutine, pointer)  # where the system starts a thread of ours for an event
    thread = kernel32.CreateThread(None, 0, tell, int(sys.argv[1]), 0, None)
    print("returns" if await asyncio.to_thread(Dlls().wait, (thread,), 2) else "waits")

with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
    runner.run(listen())
"""
UNPACKED = """
import sys, time
sys._MEIPASS = r"C:\\_MEIours"
from everleaf.daemon.loader import loader
ours = loader()
print(ours.pid, ours.gone(), flush=True)
deadline = time.monotonic() + 60
while not ours.gone() and time.monotonic() < deadline:
    time.sleep(0.1)
print(ours.gone(), loader().gone())
"""

api, abi = Dlls(), load("windows")
host, ip = WindowsHost(api), IpHelper(api, abi)


def refusal(kind: type[E], call: Callable[..., object], *arguments: object) -> E:
    """The error that a call must end with."""
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError(f"{call.__name__} was not refused")


def code_of(call: Callable[..., object], *arguments: object) -> int:
    """The number of Windows' error that a call must end with."""
    return refusal(Win32Error, call, *arguments).code


def check_listening_ports() -> str:
    """every kind of listener is in the port tables, at the address and port that its socket has"""
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp4,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as tcp6,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp4,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp6,
    ):
        udp4.bind(("0.0.0.0", 0))
        udp6.bind(("::1", 0))
        wanted = {
            (protocol, each.getsockname()[1], each.getsockname()[0])
            for protocol, each in (("tcp", tcp4), ("tcp", tcp6), ("udp", udp4), ("udp", udp6))
        }
        found: list[ListeningPort] = list(host.listening_ports())
    missing = wanted - {(port.protocol, port.port, port.address) for port in found}
    assert not missing, missing
    return f"{len(found)} in all, of which {sum(bool(port.process) for port in found)} with a name"


def check_a_port_table_that_is_too_small_says_what_it_needs() -> str:
    """ERROR_INSUFFICIENT_BUFFER is no error to the caller"""
    with socket.create_server(("127.0.0.1", 0)):
        needed, data = api.ports("GetExtendedTcpTable", abi["AF_INET"], abi["TCP_TABLE_OWNER_PID_LISTENER"], 4)
    assert data == b"", data
    assert needed > 4, needed
    return f"{needed} bytes"


def check_adapters() -> str:
    """rows of the adapter table lie as the layout says: indices as the sockets know them, names, MTUs"""
    adapters = ip.adapters()
    known = {index for index, _ in socket.if_nameindex()}
    assert {adapter.index for adapter in adapters} <= known, (adapters, known)
    assert all(adapter.name.isprintable() and adapter.luid and adapter.mtu > 0 for adapter in adapters), adapters
    assert all(ip.find(adapter.name) is not None for adapter in adapters)
    return ", ".join(f"{adapter.name} {adapter.mtu}" for adapter in adapters)


def check_addresses() -> str:
    """the table of addresses has ::1/128, on an adapter that exists"""
    addresses = ip.addresses()
    loopback = [luid for luid, address, length in addresses if (address, length) == (bytes(15) + b"\1", 128)]
    assert loopback, addresses
    assert ip.by_luid(loopback[0]) is not None
    return ", ".join(f"{IPv6Address(address)}/{length}" for _, address, length in addresses)


def check_observe() -> str:
    """every adapter can be observed, and whether it is up agrees between two functions"""
    seen = {adapter.name: host.observe(adapter.name) for adapter in ip.adapters()}
    for adapter in ip.adapters():
        assert seen[adapter.name].up == (adapter.status == abi["IfOperStatusUp"]), adapter
    assert host.observe("no such adapter") is None
    return ", ".join(f"{name} {'up' if state.up else 'down'}" for name, state in seen.items())


def check_watch() -> str:
    """notifications begin and end, and the watch is quiet meanwhile"""
    watch = host.watch()
    assert watch.fileno() > 0
    assert not watch.read()
    watch.close()
    return ""


def check_a_function_that_is_missing() -> str:
    """what this Windows lacks is an error code, not a crash"""
    row = bytes(abi.sizeof("MIB_UNICASTIPADDRESS_ROW"))
    return f"CreateUnicastIpAddressEntry: error {code_of(api.row, 'CreateUnicastIpAddressEntry', row)}"


def check_wintun() -> str:
    """our types fit wintun.dll: handles, LUID and GUID arrive whole, packets come back, errors are told"""
    device = host.open("auto")
    library = ctypes.WinDLL(str(Path(sys.executable).with_name("wintun.dll")))
    library.fake_guid.restype = ctypes.c_void_p
    assert ctypes.string_at(library.fake_guid(), 16) == adapter_guid("everleaf")
    assert ip.by_luid(device.luid).name == device.name, device.luid
    device.write(PACKET)
    device.write(PACKET[:40])
    assert [device.read(), device.read()] == [PACKET, PACKET[:40]]
    session = device._handle
    assert code_of(api.receive_packet, session) == abi["ERROR_NO_MORE_ITEMS"]
    for _ in range(64):
        device.write(PACKET)
    assert code_of(device.write, PACKET) == abi["ERROR_BUFFER_OVERFLOW"]
    refusal(BusyError, host._wintun.open, "everleaf")
    device.close()
    return f"session {session:#x}"


def check_wintun_close() -> str:
    """close wakes a reader that waits"""
    device, got = host.open("auto"), []
    thread = threading.Thread(target=lambda: got.append(device.read()))
    thread.start()
    device.close()
    thread.join(10)
    assert got == [b""], got
    return ""


def check_overlapped() -> str:
    """reads and writes of a device end with the data, or with the event that stops them"""
    duplex, both = 3 | _winapi.FILE_FLAG_OVERLAPPED, 0
    server = _winapi.CreateNamedPipe(PIPE, duplex, both, 1, 4096, 4096, 0, 0)
    device, stop, got = api.open_device(PIPE), api.create_event(), []
    assert code_of(api.open_device, PIPE) == 231  # ERROR_PIPE_BUSY
    thread = threading.Thread(target=lambda: got.append(api.read(device, 100, stop)))
    thread.start()
    _winapi.WriteFile(server, PACKET, True)[0].GetOverlappedResult(True)
    thread.join(10)
    api.write(device, PACKET[:20])
    overlapped, _ = _winapi.ReadFile(server, 100, True)
    overlapped.GetOverlappedResult(True)
    assert (got, bytes(overlapped.getbuffer())) == ([PACKET], PACKET[:20]), got
    thread = threading.Thread(target=lambda: got.append(api.read(device, 100, stop)))
    thread.start()
    api.set_event(stop)
    thread.join(10)
    assert got[1:] == [b""], got
    for handle in (device, stop, server):
        api.close_handle(handle)
    assert code_of(api.close_handle, device) == abi["ERROR_INVALID_HANDLE"]
    return ""


def check_a_device_that_is_missing() -> str:
    """there is no such file"""
    assert code_of(api.open_device, r"\\.\Global\{0}.tap") == abi["ERROR_FILE_NOT_FOUND"]
    return ""


def check_registry() -> str:
    """values, and keys that are not there"""
    windows = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    name = api.registry_text(windows, "ProductName")
    assert name
    assert (api.registry_text(windows, "NoSuchValue"), api.registry_keys(r"NO\SUCH\KEY")) == ("", [])
    assert "CurrentVersion" in api.registry_keys(r"SOFTWARE\Microsoft\Windows NT")
    return name


def check_programs() -> str:
    """a process by its number; a program of the system's"""
    path = api.program_of(os.getpid())
    assert Path(path).name.lower() == "python.exe", path
    code_of(api.program_of, 0x7FFFFFFC)
    assert api.run(("no-such-program",)).status == 127
    return f"netsh: status {api.run(('netsh', 'interface', 'ipv6', 'show', 'route')).status}"


def check_loader() -> str:
    """a process knows who has started it, sees that one end, and finds it gone when it looks again"""
    with subprocess.Popen((sys.executable, "-c", LOADER, UNPACKED), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        first = process.stdout.readline()
        process.kill()
        rest = process.stdout.read()
    assert (first, rest) == (f"{process.pid} False\n", "True True\n"), (process.pid, first, rest)
    return f"pid {process.pid}"


def check_console() -> str:
    """keys, a closed window and a shutdown reach the loop, and the last two wait for us; somebody's logoff does not"""
    said = {}
    for event in ("C", "BREAK", "CLOSE", "SHUTDOWN", "LOGOFF"):
        command = (sys.executable, "-c", CONSOLE, str(abi[f"CTRL_{event}_EVENT"]))
        said[event] = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout.split()
    keys, ends = ["SIGTERM", "returns"], ["SIGTERM", "waits"]
    assert said == {"C": keys, "BREAK": keys, "CLOSE": ends, "SHUTDOWN": ends, "LOGOFF": ["returns"]}, said
    return ""


def check_identity() -> str:
    """a key is written once, read back, and locked for one process"""
    privacy = this_privacy()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "identity.key"
        with identity.new_seed() as seed:
            identity.write(path, seed, privacy)
            with identity.load(path, privacy) as again:
                assert again == seed
            assert "exists and is never replaced" in refusal(OutputError, identity.write, path, seed, privacy).message
            missing = Path(scratch) / "missing" / "identity.key"
            assert "make its directory" in refusal(OutputError, identity.write, missing, seed, privacy).fix
        with identity.lock(path):
            assert f"pid {os.getpid()}" in refusal(BusyError, identity.lock(path).__enter__).message
    return ""


def check_access_lists() -> str:
    """a private file is its owner's alone, and one that is everyone's is refused"""
    # wine keeps a mode and no list: what it reads back has neither the entry of administrators nor the protection
    privacy, security = this_privacy(), SecurityDlls()
    with tempfile.TemporaryDirectory() as scratch:
        private, public = Path(scratch) / "private", Path(scratch) / "public"
        os.close(privacy.create(private))
        refusal(FileExistsError, privacy.create, private)
        os.close(security.create_file(str(public), PRIVATE + "(A;;FR;;;WD)"))
        with private.open("rb") as ours, public.open("rb") as all_s:
            assert (privacy.exposure(ours.fileno()), privacy.exposure(all_s.fileno())) == ("", "everyone")
            found = security.access_list(ours.fileno())
        public.write_bytes(private.read_bytes())
        assert "(everyone)" in refusal(PermissionDeniedError, identity.load, public, privacy).message
    return found


def check_commands() -> str:
    """`everleaf`: its core is sound, and a configuration of its own making is good"""
    with tempfile.TemporaryDirectory() as scratch:
        config, key = str(Path(scratch) / "everleaf.toml"), str(Path(scratch) / "identity.key")
        everleaf("init", "--out", config)
        everleaf("check", "--config", config)
        public = everleaf("keygen", "--out", key).strip()
        assert json.loads(everleaf("identity", "--key", key, "--json"))["public_key"] == public
    everleaf("selftest")
    assert json.loads(everleaf("ports", "--json")) is not None
    return ", ".join(everleaf("version").split())


def check_nodes() -> str:
    """two nodes become peers, one of them with Wintun's session; Ctrl-Break ends them, where there is a console"""
    with tempfile.TemporaryDirectory() as scratch:
        here, there = Node(Path(scratch) / "here", "tun"), Node(Path(scratch) / "there", "none")
        here.start("")
        there.start(here.link)
        for node in (here, there):
            everleaf("wait", "--peers", "1", "--timeout", "60", "--endpoint", node.admin)
        tun = json.loads(everleaf("ctl", "--json", "--endpoint", here.admin, "getTun"))
        assert tun["enabled"], tun
        ends = {node.stop() for node in (there, here)}
    return f"interface {tun['name']}, MTU {tun['mtu']}; {' and '.join(ends)}"


def check_service() -> str:
    """a node as a service: the manager starts it, has it read its configuration again, and stops it"""
    with tempfile.TemporaryDirectory() as scratch, Scm() as scm:
        folder = Path(scratch)
        key, config, log, start = (folder / name for name in ("identity.key", "node.toml", "node.log", "start.py"))
        everleaf("keygen", "--out", str(key))
        admin = f"tcp://127.0.0.1:{free_port()}"
        config.write_text(f"[identity]\nkey_file = '{key}'\n[interface]\nkind = 'none'\n[admin]\nlisten = '{admin}'\n")
        start.write_text(
            f"import sys\nsys.path[:0] = {sys.path!r}\nfrom everleaf.cli import main\nsys.exit(main(sys.argv[1:]))\n"
        )
        program = f'"{sys.executable}" "{start}"'
        with scm.service(f'{program} service run --config "{config}" --log "{log}"') as service:
            scm.start(service)
            scm.awaited(service, "SERVICE_RUNNING")
            scm.control(service, "SERVICE_CONTROL_PARAMCHANGE")
            until(lambda: "config.reloaded" in log.read_text(), "a reload")
            scm.control(service, "SERVICE_CONTROL_STOP")
            scm.awaited(service, "SERVICE_STOPPED")
        assert "node.stopped" in log.read_text(), log.read_text()
    return ""


class Scm:
    """The service control manager, asked as an administrator asks it."""

    def __init__(self) -> None:
        self._abi = load("windows")
        self._library = ctypes.WinDLL("advapi32", use_last_error=True)
        for name in ("OpenSCManagerW", "CreateServiceW"):
            getattr(self._library, name).restype = ctypes.c_void_p

    def __enter__(self) -> Scm:
        self._handle = self._get("OpenSCManagerW", None, None, self._abi["SC_MANAGER_ALL_ACCESS"])
        return self

    def __exit__(self, *_: object) -> None:
        self._get("CloseServiceHandle", ctypes.c_void_p(self._handle))

    @contextmanager
    def service(self, command: str) -> Iterator[ctypes.c_void_p]:
        """One that the manager starts on demand, gone at the end."""
        abi = self._abi
        rights, kind, start = (abi[f"SERVICE_{name}"] for name in ("ALL_ACCESS", "WIN32_OWN_PROCESS", "DEMAND_START"))
        manager = ctypes.c_void_p(self._handle)
        made = self._get("CreateServiceW", manager, "everleaf", None, rights, kind, start, 0, command, *(None,) * 5)
        service = ctypes.c_void_p(made)
        try:
            yield service
        finally:
            self._get("DeleteService", service)
            self._get("CloseServiceHandle", service)

    def start(self, service: ctypes.c_void_p) -> None:
        self._get("StartServiceW", service, 0, None)

    def control(self, service: ctypes.c_void_p, control: str) -> None:
        status = ctypes.create_string_buffer(self._abi.sizeof("SERVICE_STATUS"))
        self._get("ControlService", service, self._abi[control], status)

    def awaited(self, service: ctypes.c_void_p, state: str) -> None:
        until(lambda: self._state(service) == self._abi[state], state)

    def _state(self, service: ctypes.c_void_p) -> int:
        status = ctypes.create_string_buffer(self._abi.sizeof("SERVICE_STATUS"))
        self._get("QueryServiceStatus", service, status)
        return Structure(self._abi, "SERVICE_STATUS", status.raw).get("dwCurrentState")

    def _get(self, function: str, *arguments: object) -> int:
        result: int = getattr(self._library, function)(*arguments)
        assert result, (function, ctypes.get_last_error())
        return result


def until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


class Node:
    """A node in a process of its own."""

    def __init__(self, folder: Path, kind: str) -> None:
        folder.mkdir()
        self._folder, self._kind = folder, kind
        self.link, self.admin = (f"tcp://127.0.0.1:{free_port()}" for _ in range(2))

    def start(self, peer: str) -> None:
        key, config = self._folder / "identity.key", self._folder / "node.toml"
        everleaf("keygen", "--out", str(key))
        config.write_text(
            f"[identity]\nkey_file = '{key}'\n[interface]\nkind = '{self._kind}'\n[admin]\nlisten = '{self.admin}'\n"
            f"[peering]\nlisten = ['{self.link}']\npeers = {[peer] if peer else []}\n"
        )
        self._process = subprocess.Popen(
            (*EVERLEAF, "run", "--config", str(config)),
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )

    def stop(self) -> str:
        """End it, in order if possible; how it went."""
        try:
            self._process.send_signal(signal.CTRL_BREAK_EVENT)
        except OSError:
            self._process.kill()
        said = self._process.communicate(timeout=30)[1]
        assert "node.started" in said, said
        assert ("node.stopped" in said) == (self._process.returncode == 0), (self._process.returncode, said)
        return f"ended with {self._process.returncode}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return unused.getsockname()[1]


def everleaf(*arguments: str) -> str:
    """Run the command line; its output."""
    done = subprocess.run((*EVERLEAF, *arguments), capture_output=True, text=True, check=False, stdin=subprocess.PIPE)
    assert done.returncode == 0, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout


def main() -> int:
    checks = [each for name, each in globals().items() if name.startswith("check_")]
    failed = 0
    for check in checks:
        try:
            said = check()
        except AssertionError:
            failed += 1
            said = f"FAILED: {traceback.format_exc()}"
        print(f"{check.__name__.removeprefix('check_').replace('_', ' ')}: {check.__doc__}{said and f' ({said})'}")
    print(f"{len(checks) - failed} of {len(checks)} checks passed on {sys.getwindowsversion()}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
