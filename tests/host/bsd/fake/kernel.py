"""The ground of the fake kernels: descriptors, interfaces, addresses and routes; a system's model adds its own rules.

An open device is one end of a real socket pair: the program may read, write, poll, hand it on and close it as it likes,
and the model sees the close at the other end, as a kernel would. What a real kernel would not answer with an errno but
with a crash, a read beyond the buffer or a sleep without end is `MisuseError`, which no backend catches.

Rules of the address requests, for all systems: os documentation and in6.c of the KAME stack.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from everleaf.host.bsd.kernel import Completed
from host.bsd.fake.messages import DST, GATEWAY, NETMASK, Order, Request
from host.bsd.fake.numbers import CTL_NET, INET, LINK, NET_RT_DUMP, UP
from host.bsd.fake.stack import Interface, MisuseError, Route, Stack

FIRST_SOCKET = 100_000  # socket numbers that no real descriptor has
SIZE_MASK = 0x1FFF  # IOCPARM_MASK: an ioctl's number carries its argument's size


@dataclass(slots=True)
class Socket:
    """A socket of a program."""

    family: int
    kind: int
    blocking: bool = True
    waiting: list[bytes | str] = field(default_factory=list)  # messages, or the name of an error
    options: list[tuple[int, int, bytes]] = field(default_factory=list)


class FakeKernel(Stack):
    """Everything that `everleaf.host.bsd.kernel.Kernel` asks for."""

    pid = 4242

    def __init__(self, order: Order = "little") -> None:
        super().__init__(order)
        self.sockets: dict[int, Socket] = {}
        self.devices: dict[int, Interface] = {}
        self.asked: list[str] = []  # the name of every request, in order
        self.commands: list[tuple[str, ...]] = []  # every command line, in order
        self.refuse: dict[str, str] = {}  # planted: the name of a request, of a message or of a program -> an errno
        self.answers: dict[str, Completed] = {}  # planted: what a program answers
        self.add_interface("lo0", "lo", flags=UP, mtu=16384)

    # --- for tests ---------------------------------------------------------------------------------------------------

    def deliver(self, name: str, packet: bytes) -> None:
        """The stack sends a packet out of the interface: it waits at the device."""
        interface = self.interfaces[name]
        if interface.device is None:
            raise MisuseError(f"nobody has {name} open")
        family = INET if packet[0] >> 4 == 4 else self.numbers.inet6
        interface.device.send((family.to_bytes(4, "big") if interface.head else b"") + packet)

    def received(self, name: str) -> bytes:
        """The next packet that the program wrote to the device, as the stack takes it."""
        interface = self.interfaces[name]
        if interface.device is None:
            raise MisuseError(f"nobody has {name} open")
        packet = interface.device.recv(65536 + 32, socket.MSG_DONTWAIT)
        if not interface.head:
            return packet
        family, packet = int.from_bytes(packet[:4], "big"), packet[4:]
        if family != (INET if packet[0] >> 4 == 4 else self.numbers.inet6):
            raise MisuseError(f"family {family} before a packet of version {packet[0] >> 4}")
        return packet

    def broadcast(self, message: bytes | str) -> None:
        """A message, or an error by its name, reaches every routing socket."""
        for each in self.sockets.values():
            if each.family == self.numbers.route:
                each.waiting.append(message)

    def end(self) -> None:
        """The program is over: what it has left open is closed."""
        self.reap()
        for fd in self.devices:
            socket.close(fd)
        self.sockets.clear()
        self.reap()

    def open_sockets(self) -> int:
        """How many sockets the program has not closed."""
        return len(self.sockets)

    # --- a model's own rules -----------------------------------------------------------------------------------------

    def open_node(self, path: str) -> Interface:
        """The interface behind a device node that is being opened, made if need be."""
        raise self.error("ENOENT")

    def device_ioctl(self, interface: Interface, request: int, argument: bytes) -> bytes:
        """An ioctl on an open device."""
        raise self.error("ENOTTY")

    def last_close(self, interface: Interface) -> None:
        """The program has closed the device."""

    def gateway_interface(self, request: Request) -> Interface:
        """Into which interface a route goes, by its gateway."""
        raise self.error("EINVAL")

    def programs(self) -> dict[str, Callable[[Sequence[str]], Completed]]:
        """The system's own programs, by name."""
        return {}

    # --- descriptors -------------------------------------------------------------------------------------------------

    def open(self, path: str) -> int:
        self.reap()
        interface = self.open_node(path)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        interface.device = ours
        fd = theirs.detach()
        self.devices[fd] = interface
        return fd

    def close(self, fd: int) -> None:
        if fd in self.devices:
            socket.close(fd)
            self.reap()
        elif self.sockets.pop(fd, None) is None:
            raise self.error("EBADF")

    def reap(self) -> None:
        """Notice which devices the program has closed since."""
        for fd, interface in list(self.devices.items()):
            if interface.device is None or _closed(interface.device):
                del self.devices[fd]
                if interface.device:
                    interface.device.close()
                interface.device = None
                self.last_close(interface)

    def set_nonblocking(self, fd: int) -> None:
        if fd in self.devices:
            self.asked.append("FIONBIO")
            with socket.socket(fileno=fd) as borrowed:
                borrowed.setblocking(False)
                borrowed.detach()
        else:
            self.sockets[fd].blocking = False

    def socket(self, family: int, kind: int, protocol: int = 0) -> int:
        if family not in (INET, self.numbers.inet6, self.numbers.route):
            raise self.error("EAFNOSUPPORT")
        fd = max(self.sockets, default=FIRST_SOCKET) + 1
        self.sockets[fd] = Socket(family, kind)
        return fd

    def connect_control(self, fd: int, control: int, unit: int) -> None:
        raise self.error("EOPNOTSUPP")

    def getsockopt(self, fd: int, level: int, option: int, size: int) -> bytes:
        raise self.error("EINVAL")

    def setsockopt(self, fd: int, level: int, option: int, value: bytes) -> None:
        if "setsockopt" in self.refuse:
            raise self.error(self.refuse["setsockopt"])
        self.sockets[fd].options.append((level, option, value))

    def process_id(self) -> int:
        return self.pid

    def interface_index(self, name: str) -> int:
        self.reap()
        if name not in self.interfaces:
            raise self.error("ENXIO")
        return self.interfaces[name].index

    # --- ioctl -------------------------------------------------------------------------------------------------------

    def ioctl(self, fd: int, request: int, argument: bytes = b"") -> bytes:
        self.reap()
        size = request >> 16 & SIZE_MASK
        if len(argument) < size:
            raise MisuseError(f"ioctl {request:#x} with {len(argument)} bytes: the kernel copies {size}")
        if fd in self.devices:
            return self.device_ioctl(self.devices[fd], request, argument)
        name = self.numbers.requests.get(request)
        if name is None:
            raise self.error("ENOTTY")
        self.asked.append(name)
        if name in self.refuse:
            raise self.error(self.refuse[name])
        if name.endswith("_IN6") and self.sockets[fd].family != self.numbers.inet6:
            raise self.error("EINVAL")
        interface = self.interfaces.get(argument[:16].split(b"\0")[0].decode())
        if interface is None:
            raise self.error("ENXIO")
        answer = getattr(self, f"on_{name}")(interface, argument)
        return answer if isinstance(answer, bytes) else argument

    def on_SIOCGIFFLAGS(self, interface: Interface, argument: bytes) -> bytes:
        return self._with_int(argument, interface.flags, 2)

    def on_SIOCSIFFLAGS(self, interface: Interface, argument: bytes) -> None:
        self.set_up(interface, up=bool(self._int(argument, 16, 2) & UP))

    def on_SIOCGIFMTU(self, interface: Interface, argument: bytes) -> bytes:
        return self._with_int(argument, interface.mtu, 4)

    def on_SIOCSIFMTU(self, interface: Interface, argument: bytes) -> None:
        self.set_mtu(interface, self._int(argument, 16, 4))

    def on_SIOCIFDESTROY(self, interface: Interface, argument: bytes) -> None:
        self.destroy(interface)

    def on_SIOCAIFADDR_IN6(self, interface: Interface, argument: bytes) -> None:
        """The checks in the order in which they bite."""
        numbers, family = self.numbers, bytes([28, self.numbers.inet6])
        if argument[16:18] != family:
            raise self.error("EAFNOSUPPORT")
        mask = int.from_bytes(argument[80:96], "big")
        inverse = mask ^ (1 << 128) - 1
        if argument[72:74] != family or inverse & (inverse + 1):
            raise self.error("EINVAL")
        prefix_length = 128 - inverse.bit_length()
        if argument[45] and prefix_length != 128:
            raise self.error("EINVAL")
        valid, preferred = (self._int(argument, numbers.lifetimes + at, 4) for at in (0, 4))
        if preferred > valid:
            raise self.error("EINVAL")
        if valid:
            self.add_address(interface, argument[24:40], prefix_length, self._int(argument, 100, 4))

    def on_SIOCDIFADDR_IN6(self, interface: Interface, argument: bytes) -> None:
        if argument[24:40] not in interface.addresses:
            raise self.error("EADDRNOTAVAIL")
        self.delete_address(interface, argument[24:40])

    # --- routing socket ----------------------------------------------------------------------------------------------

    def send(self, fd: int, message: bytes) -> None:
        try:
            request = self.messages.read(message)
        except ValueError:
            raise self.error("EINVAL") from None
        name = {self.messages.kind(kind): kind for kind in ("ADD", "DELETE", "CHANGE", "GET")}.get(request.kind)
        if name is None:
            raise self.error("EOPNOTSUPP")
        self.asked.append(f"RTM_{name}")
        try:
            if f"RTM_{name}" in self.refuse:
                raise self.error(self.refuse[f"RTM_{name}"])
            answer = self._get(request) if name == "GET" else self._change_by(name, request, message)
        except OSError as error:
            self.broadcast(self.messages.answer(message, self.pid, error.errno or 0))
            raise
        self.broadcast(answer)

    def receive(self, fd: int, size: int) -> bytes:
        each = self.sockets[fd]
        if not each.waiting:
            if each.blocking:
                raise MisuseError("a read that would wait for ever")
            raise BlockingIOError
        message = each.waiting.pop(0)
        if isinstance(message, str):
            raise self.error(message)
        return message[:size]

    def wait(self, fd: int, seconds: float) -> bool:
        return bool(self.sockets[fd].waiting)

    def _change_by(self, name: str, request: Request, message: bytes) -> bytes:
        destination, mask = request.addresses.get(DST, b""), request.addresses.get(NETMASK, b"")
        if destination[1:2] != bytes([self.numbers.inet6]) or len(destination) != 28:
            raise self.error("EINVAL")
        prefix_length = 128 - (int.from_bytes(mask[8:24].ljust(16, b"\0"), "big") ^ (1 << 128) - 1).bit_length()
        gateway = request.addresses.get(GATEWAY, b"")
        interface = self.gateway_interface(request)
        address = gateway[8:24] if gateway[1:2] == bytes([self.numbers.inet6]) else b""
        self.change_route(name, Route(destination[8:24], prefix_length, interface.name, address, request.flags))
        return self.messages.answer(message, self.pid, 0)

    def _get(self, request: Request) -> bytes:
        destination = request.addresses.get(DST, b"")[8:24]
        route = self.route_to(destination)
        if route is None:
            raise self.error("ESRCH")
        return self.message_of(route, self.pid, request.sequence)

    # --- sysctl and programs -----------------------------------------------------------------------------------------

    def sysctl(self, path: Sequence[int]) -> bytes:
        """The lists that {CTL_NET, PF_ROUTE, 0, family, what, 0} names."""
        self.reap()
        if list(path[:3]) != [CTL_NET, self.numbers.route, 0] or path[3] not in (0, self.numbers.inet6):
            raise self.error("EINVAL")
        if path[4] == NET_RT_DUMP:
            return b"".join(self.message_of(route) for route in self.routes)
        if path[4] == self.numbers.iflist:
            return b"".join(self._listed(interface) for interface in self.interfaces.values())
        raise self.error("EINVAL")

    def run(self, command: Sequence[str]) -> Completed:
        self.reap()
        self.commands.append(tuple(command))
        if command[0] in self.answers:
            return self.answers[command[0]]
        program = self.programs().get(command[0])
        if program is None:
            return Completed(127, "", f"{command[0]}: not found")
        return program(command[1:])

    def _listed(self, interface: Interface) -> bytes:
        messages = self.messages
        head = messages.interface(interface.index, interface.name, interface.flags, interface.mtu)
        return head + b"".join(
            messages.address("NEWADDR", interface.index, address, prefix_length)
            for address, (prefix_length, _) in interface.addresses.items()
        )

    def _int(self, data: bytes, at: int, width: int) -> int:
        return int.from_bytes(data[at : at + width], self.order)

    def _with_int(self, argument: bytes, value: int, width: int) -> bytes:
        return argument[:16] + value.to_bytes(width, self.order) + argument[16 + width :]


def link_index(request: Request, order: Order) -> int:
    """The interface that a gateway of AF_LINK names; 0 for any other gateway."""
    gateway = request.addresses.get(GATEWAY, b"")
    return int.from_bytes(gateway[2:4], order) if gateway[1:2] == bytes([LINK]) else 0


def _closed(device: socket.socket) -> bool:
    try:
        return device.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
