"""Mistakes for the OpenBSD backend: other systems' numbers, and what its driver and its `route` do otherwise."""

from __future__ import annotations

from host.mutant import Mutation

ABI, BACKEND = "host/abi/openbsd.toml", "host/bsd/openbsd.py"
ADD_ROUTE = 'Task.ADD_ROUTE: "route -q -n add -inet6 {net} -iface {address}"'


def _row(file: str, old: str, new: str, why: str) -> Mutation:
    return Mutation("bsd/openbsd", file, old, new, why)


OPENBSD = [
    _row(ABI, "TUNSIFINFO = 0x800c745b", "TUNSIFINFO = 0x8008745b", "FreeBSD's TUNSIFINFO"),
    _row(ABI, '"tuninfo.flags" = 6', '"tuninfo.flags" = 4', "flags written over the type"),
    _row(ABI, "\nAF_INET6 = 24", "\nAF_INET6 = 28", "FreeBSD's AF_INET6"),
    _row(ABI, "\nSIOCAIFADDR_IN6 = 0x8080691a", "\nSIOCAIFADDR_IN6 = 0x8088691b", "FreeBSD's SIOCAIFADDR_IN6"),
    _row(ABI, "SIOCSIFMTU = 0x8020697f", "SIOCSIFMTU = 0x80206934", "FreeBSD's SIOCSIFMTU"),
    _row(ABI, "TUNMRU = 16384", "TUNMRU = 65535", "Linux's MTU ceiling"),
    _row(ABI, '"rt_msghdr.rtm_flags" = 16', '"rt_msghdr.rtm_flags" = 8', "a route's flags in FreeBSD's place"),
    _row(ABI, '"rt_msghdr.rtm_hdrlen" = 4', '"rt_msghdr.rtm_hdrlen" = 6', "a header that does not tell its length"),
    _row(ABI, '"rt_msghdr.rtm_index" = 6', '"rt_msghdr.rtm_index" = 4', "the header's length for an interface's index"),
    _row(ABI, "NET_RT_IFLIST = 3", "NET_RT_IFLIST = 6", "NetBSD's NET_RT_IFLIST"),
    _row(ABI, "ROUTE_MSGFILTER = 1", "ROUTE_MSGFILTER = 2", "a filter by table for one by kind"),
    _row(BACKEND, "framing = Framing.FAMILY if", "framing = Framing.BARE if", "packets without a header"),
    _row(BACKEND, ' | self._abi["IFF_MULTICAST"], 2)', ", 2)", "no IFF_MULTICAST on older releases"),
    _row(BACKEND, "            self._kernel.set_nonblocking(fd)\n", "            pass\n", "a descriptor that blocks"),
    _row(BACKEND, "            self._kernel.close(fd)\n", "", "a device left open when setting it up fails"),
    _row(BACKEND, "taken=self._table.names()", "taken=()", "an interface of ifconfig's taken for a free one"),
    _row("host/bsd/leftovers.py", " or self._nodes.is_held(name)", "", "cleaning up what somebody has open"),
    _row(BACKEND, '"IFANNOUNCE", "DESYNC")', '"IFANNOUNCE")', "lost messages not asked for"),
    _row(BACKEND, "        interface.add_route(wanted.address)\n", "", "no route where the kernel makes none"),
    _row("host/device.py", "HEADER = 4", "HEADER = 3", "a header byte missing"),
    _row(
        "host/bsd/kame.py", 'BY_ADDRESS = ("netbsd", "openbsd")', 'BY_ADDRESS = ("netbsd",)', "an index for a gateway"
    ),
    _row("host/bsd/kame.py", "if address in lengths:", "if False:", "a prefix length changed in place"),
    _row("host/commands.py", ADD_ROUTE, ADD_ROUTE.replace("{address}", "{interface}"), "a name after -iface"),
    _row("host/commands.py", ADD_ROUTE, ADD_ROUTE.replace("-inet6 ", ""), "a route line without its family"),
]
