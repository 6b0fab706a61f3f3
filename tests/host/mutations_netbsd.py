"""Mistakes for the NetBSD backend. A VPN was carried there by copying OpenBSD's router file: most of them begin so."""

from __future__ import annotations

from host.mutant import Mutation

ABI, BACKEND = "host/abi/netbsd.toml", "host/bsd/netbsd.py"
ADD_ROUTE = 'Task.ADD_ROUTE: "route -q -n add -inet6 {net} {address}"'
DELETE_ROUTE = 'Task.DELETE_ROUTE: "route -q -n delete -inet6 {net} {address}"'


def _row(file: str, old: str, new: str, why: str) -> Mutation:
    return Mutation("bsd/netbsd", file, old, new, why)


NETBSD = [
    _row("host/commands.py", DELETE_ROUTE, DELETE_ROUTE.replace("n delete", "n del"), "`route del`"),
    _row("host/commands.py", ADD_ROUTE, ADD_ROUTE.replace("{address}", "-iface {interface}"), "a name after -iface"),
    _row(ABI, "TUNSIFHEAD = 0x80047442", "TUNSIFHEAD = 0x80047460", "FreeBSD's TUNSIFHEAD"),
    _row(ABI, "TUNSIFMODE = 0x80047458", "TUNSIFMODE = 0x8004745d", "OpenBSD's TUNSIFMODE"),
    _row(ABI, "\nifreq = 144", "\nifreq = 32", "an ifreq of OpenBSD's size"),
    _row(ABI, "\nAF_ROUTE = 34", "\nAF_ROUTE = 17", "OpenBSD's AF_ROUTE"),
    _row(ABI, "\nPF_ROUTE = 34", "\nPF_ROUTE = 17", "OpenBSD's PF_ROUTE"),
    _row(ABI, "RTM_NEWADDR = 22", "RTM_NEWADDR = 12", "OpenBSD's RTM_NEWADDR"),
    _row(ABI, "RTM_IFINFO = 20", "RTM_IFINFO = 14", "OpenBSD's RTM_IFINFO"),
    _row(ABI, "NET_RT_IFLIST = 6", "NET_RT_IFLIST = 3", "OpenBSD's NET_RT_IFLIST"),
    _row(ABI, "RTM_VERSION = 4", "RTM_VERSION = 5", "OpenBSD's RTM_VERSION"),
    _row(ABI, "\nSIOCAIFADDR_IN6 = 0x8080696b", "\nSIOCAIFADDR_IN6 = 0x8080691a", "OpenBSD's SIOCAIFADDR_IN6"),
    _row(ABI, "SIOCIFDESTROY = 0x80906979", "SIOCIFDESTROY = 0x80206979", "OpenBSD's SIOCIFDESTROY"),
    _row(ABI, "\nifa_msghdr = 32", "\nifa_msghdr = 24", "an address message of OpenBSD's size"),
    _row(BACKEND, 'abi["TUNSIFHEAD"], (1)', 'abi["TUNSIFHEAD"], (0)', "no header, so IPv4 alone"),
    _row(BACKEND, "Framing.FAMILY, family", "Framing.BARE, family", "packets without the header that is on"),
    _row(BACKEND, ' | abi["IFF_MULTICAST"]', "", "no IFF_MULTICAST"),
    _row(BACKEND, "            ask.bring_down(name)\n", "            pass\n", "a mode set while up"),
    _row(
        BACKEND,
        "        self._kernel.set_nonblocking(fd)\n\n",
        "\n",
        "a descriptor that blocks, as O_NONBLOCK leaves it",
    ),
    _row(
        BACKEND,
        "wanted.prefix_length)\n",
        'wanted.prefix_length, self._abi["IN6_IFF_NODAD"])\n',
        "an address with the flag against DAD, which only reports",
    ),
    _row(BACKEND, 'self._abi["TUNMTU"], ', "", "an MTU of 1280 where 1500 is granted"),
    _row(BACKEND, "if made else lambda: None", "if False else lambda: None", "an interface left behind"),
    _row(BACKEND, "if made else lambda: None", "if True else lambda: None", "an administrator's interface destroyed"),
    _row(BACKEND, "set_mark(self._kernel, self._abi, name)", "pass", "no mark for cleaning up"),
    _row("host/bsd/leftovers.py", " or self._nodes.is_held(name)", "", "cleaning up what somebody has open"),
    _row(BACKEND, '"RO_MSGFILTER"', '"RO_MISSFILTER"', "a filter of missed routes for one by kind"),
    _row(
        "host/bsd/device_node.py",
        '(self._abi["EBUSY"], self._abi["ENXIO"])',
        '(self._abi["ENXIO"],)',
        "giving up at the first device that is busy",
    ),
    _row(BACKEND, "[wanted_kinds, tell_losses]", "[wanted_kinds]", "lost messages not asked for"),
    _row("host/bsd/mark.py", '("ifr_buflen", 4, "ifr_buf")', '("ifr_buflen", 8, "ifr_buf")', "FreeBSD's ifr_buffer"),
    _row("host/device.py", "HEADER = 4", "HEADER = 3", "a header byte missing"),
    _row(
        "host/bsd/kame.py", 'BY_ADDRESS = ("netbsd", "openbsd")', 'BY_ADDRESS = ("openbsd",)', "an index for a gateway"
    ),
    _row(
        "host/bsd/kame.py", "return line, printed(completed)", 'return line, ""', "a failed command without its output"
    ),
]
