"""The mistakes that are planted, one after the other, to see whether a test notices: a row each.

Most of them somebody has made: programs that carried a mesh or a VPN to these systems had a wrong constant, a `del`, a
missing header, a socket of the wrong family, a request of the wrong size, and each was found in the field.
"""

from __future__ import annotations

from functools import partial

from host.mutant import Mutation
from host.mutations_darwin import DARWIN
from host.mutations_netbsd import NETBSD
from host.mutations_openbsd import OPENBSD
from host.mutations_windows import WINDOWS

_freebsd, _dragonfly = partial(Mutation, "bsd/freebsd"), partial(Mutation, "bsd/dragonfly")

FREEBSD = [
    _freebsd("host/abi/freebsd.toml", "TUNSIFHEAD = 0x80047460", "TUNSIFHEAD = 0x80047442", "NetBSD's TUNSIFHEAD"),
    _freebsd("host/abi/freebsd.toml", "TUNSIFMODE = 0x8004745e", "TUNSIFMODE = 0x8004745d", "OpenBSD's TUNSIFMODE"),
    _freebsd(
        "host/abi/freebsd.toml",
        "\nSIOCAIFADDR_IN6 = 0x8088691b",
        "\nSIOCAIFADDR_IN6 = 0x8080691a",
        "the SIOCAIFADDR_IN6 of before release 10",
    ),
    _freebsd("host/abi/freebsd.toml", "\nAF_INET6 = 28", "\nAF_INET6 = 24", "NetBSD's AF_INET6"),
    _freebsd("host/abi/freebsd.toml", "\nifreq = 32", "\nifreq = 24", "an ifreq without its union's end"),
    _freebsd("host/abi/freebsd.toml", "RTM_VERSION = 5", "RTM_VERSION = 4", "NetBSD's RTM_VERSION"),
    _freebsd(
        "host/abi/freebsd.toml",
        '"ifa_msghdr.ifam_addrs" = 4',
        '"ifa_msghdr.ifam_addrs" = 12',
        "an address message in NetBSD's layout",
    ),
    _freebsd(
        "host/abi/freebsd.toml",
        "\nROUTE_ALIGNMENT = 8",
        "\nROUTE_ALIGNMENT = 4",
        "socket addresses padded as on macOS",
    ),
    _freebsd("host/bsd/interface.py", 'abi["AF_INET6"]', 'abi["AF_INET"]', "an address asked of an IPv4 socket"),
    _freebsd(
        "host/bsd/in6.py",
        "sockaddr.netmask(prefix_length)",
        "bytes(16)",
        "an IPv6 address without a mask",
    ),
    _freebsd(
        "host/bsd/in6.py",
        '    lifetime.put("ia6t_vltime", abi["ND6_INFINITE_LIFETIME"])\n',
        "",
        "an address that lives for 0 seconds",
    ),
    _freebsd("host/bsd/freebsd.py", 'self._tell(fd, "TUNSIFHEAD", 1)', 'self._tell(fd, "TUNSIFHEAD", 0)', "no header"),
    _freebsd("host/bsd/freebsd.py", "Framing.FAMILY if", "Framing.BARE if", "packets written without a header"),
    _freebsd("host/device.py", "HEADER = 4", "HEADER = 3", "a header byte missing"),
    _freebsd("host/bsd/freebsd.py", "            ask.bring_down(name)\n", "            pass\n", "a mode set while up"),
    _freebsd("host/bsd/freebsd.py", "        self._kernel.set_nonblocking(fd)\n", "", "a descriptor that blocks"),
    _freebsd(
        "host/bsd/freebsd.py",
        "        return made and self._make_transient(fd)\n",
        "        goes = made and self._make_transient(fd)\n"
        "        if made and not goes:\n"
        "            KameInterface(self._kernel, self._abi, name).destroy()\n"
        "        return goes\n",
        "destroying before closing",
    ),
    _freebsd(
        "host/bsd/freebsd.py",
        "(lambda: None) if stays or goes else partial(self._leftovers.destroy, name)",
        "lambda: None",
        "an interface left behind by a release without TUNSTRANSIENT",
    ),
    _freebsd("host/bsd/freebsd.py", "            self._mark(name)\n", "            pass\n", "no mark for cleaning up"),
    _freebsd("host/bsd/mark.py", "text.value == MARK", "True", "an administrator's interface destroyed as if ours"),
    _freebsd(
        "host/bsd/device_node.py",
        'return error.errno == self._abi["EBUSY"]',
        "return False",
        "cleaning up what somebody has open",
    ),
    _freebsd(
        "host/bsd/freebsd.py",
        "        interface.bring_up()\n        self._enable_ipv6(interface)\n",
        "        interface.bring_up()\n",
        "IPv6 turned off by a late script",
    ),
    _freebsd("host/bsd/freebsd.py", ', self._abi["IN6_IFF_NODAD"])', ")", "duplicate address detection"),
    _freebsd("host/bsd/freebsd.py", "ceiling = 32767", "ceiling = 65535", "another MTU ceiling"),
    _freebsd(
        "host/bsd/routing/socket.py",
        'flags=self._abi["RTF_PINNED"]',
        "flags=0",
        "an interface's own route changed without RTF_PINNED",
    ),
    _freebsd(
        "host/bsd/kame.py",
        "if answer.outcome is Outcome.EXISTS:",
        "if answer.outcome is Outcome.MISSING:",
        "a route that exists taken for one that is missing",
    ),
    _freebsd(
        "host/commands.py",
        '{address}/{length} no_dad"',
        '{address} no_dad"',
        "an ifconfig line without a prefix length: it means /64",
    ),
    _freebsd(
        "host/commands.py",
        'Task.ADD_ROUTE: "route -q -n add -inet6 {net} -iface {interface}"',
        'Task.ADD_ROUTE: "route -q -n add -inet6 {net} -iface {address}"',
        "an address after -iface, where this system reads a name",
    ),
    _freebsd(
        "host/commands.py",
        'Task.ADD_ROUTE: "route -q -n add -inet6 {net} -iface {interface}"',
        'Task.ADD_ROUTE: "route -q -n add {net} -iface {interface}"',
        "a route line without its family",
    ),
]
DRAGONFLY = [
    _dragonfly("host/abi/dragonfly.toml", "RTM_VERSION = 7", "RTM_VERSION = 5", "FreeBSD's RTM_VERSION"),
    _dragonfly(
        "host/abi/dragonfly.toml",
        "\nSIOCAIFADDR_IN6 = 0x8080691a",
        "\nSIOCAIFADDR_IN6 = 0x8088691b",
        "FreeBSD's SIOCAIFADDR_IN6",
    ),
    _dragonfly("host/bsd/dragonfly.py", 'system = "dragonfly"', 'system = "freebsd"', "FreeBSD's table"),
    _dragonfly("host/bsd/dragonfly.py", "ceiling = 16384", "ceiling = 32767", "FreeBSD's MTU ceiling"),
    _dragonfly(
        "host/bsd/dragonfly.py",
        "            except BusyError:\n                continue\n",
        "            except BusyError:\n                break\n",
        "giving up at the first device that is busy",
    ),
]
MUTATIONS = [*FREEBSD, *DRAGONFLY, *DARWIN, *NETBSD, *OPENBSD, *WINDOWS]
