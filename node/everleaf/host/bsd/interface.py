"""A conversation about interfaces: the requests that take a name, on one AF_INET6 datagram socket."""

from __future__ import annotations

import socket
from types import TracebackType

from everleaf.host.abi import Abi
from everleaf.host.bsd import ifreq, in6
from everleaf.host.bsd.kernel import Kernel


class InterfaceSocket:
    """Every method raises OSError with the kernel's errno.

    The socket's family chooses who answers: on one of AF_INET the IPv6 requests reach code that does not know them.
    """

    def __init__(self, kernel: Kernel, abi: Abi) -> None:
        self._kernel = kernel
        self._abi = abi
        self._fd = kernel.socket(abi["AF_INET6"], socket.SOCK_DGRAM)

    def __enter__(self) -> InterfaceSocket:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._kernel.close(self._fd)

    def ask(self, request: str, argument: bytes) -> bytes:
        """An ioctl by its name; the argument as the kernel left it."""
        return self._kernel.ioctl(self._fd, self._abi[request], argument)

    def flags(self, name: str) -> int:
        """IFF_*, the lower 16 bits."""
        return ifreq.short_of(self._abi, self.ask("SIOCGIFFLAGS", ifreq.request(self._abi, name)))

    def bring_up(self, name: str) -> None:
        """Set IFF_UP; the other flags stay."""
        self._set_flags(name, self._abi["IFF_UP"], self._abi["IFF_UP"])

    def bring_down(self, name: str) -> None:
        """Clear IFF_UP; the other flags stay."""
        self._set_flags(name, self._abi["IFF_UP"], 0)

    def mtu(self, name: str) -> int:
        """Bytes."""
        return ifreq.int_of(self._abi, self.ask("SIOCGIFMTU", ifreq.request(self._abi, name)))

    def set_mtu(self, name: str, mtu: int) -> None:
        """Bytes."""
        self.ask("SIOCSIFMTU", ifreq.with_int(self._abi, name, mtu))

    def add_address(self, name: str, address: bytes, prefix_length: int, flags: int = 0) -> None:
        """Give it an IPv6 address, or change the prefix of one it has."""
        self.ask("SIOCAIFADDR_IN6", in6.alias_request(self._abi, name, address, prefix_length, flags))

    def delete_address(self, name: str, address: bytes) -> None:
        """Take an IPv6 address away."""
        self.ask("SIOCDIFADDR_IN6", in6.address_request(self._abi, name, address))

    def set_neighbour_flags(self, name: str, clear: int, raised: int) -> None:
        """Change ND6_IFF_*; what is in neither stays."""
        answer = self.ask("SIOCGIFINFO_IN6", in6.neighbour_request(self._abi, name))
        old = in6.neighbour_flags(self._abi, answer)
        new = old & ~clear | raised
        if new != old:
            self.ask("SIOCSIFINFO_FLAGS", in6.neighbour_request(self._abi, name, answer, new))

    def destroy(self, name: str) -> None:
        """Remove the interface. Its device must be closed before: FreeBSD waits for that without end."""
        self.ask("SIOCIFDESTROY", ifreq.request(self._abi, name))

    def _set_flags(self, name: str, mask: int, bits: int) -> None:
        """Only 16 bits of the answer change: FreeBSD keeps more flags behind them."""
        answer = self.ask("SIOCGIFFLAGS", ifreq.request(self._abi, name))
        old = ifreq.short_of(self._abi, answer)
        new = old & ~mask | bits
        if new != old:
            at = self._abi.offsetof("ifreq", "ifru")
            self.ask("SIOCSIFFLAGS", answer[:at] + new.to_bytes(2, self._abi.byteorder) + answer[at + 2 :])
