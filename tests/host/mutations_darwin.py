"""Mistakes for the macOS backend: everybody who drives a utun forgets the header once, and trusts route(8) once."""

from __future__ import annotations

from host.mutant import Mutation

ABI, BACKEND, COMMANDS, TABLE = (
    "host/abi/darwin.toml",
    "host/bsd/darwin.py",
    "host/commands.py",
    "host/bsd/routing/table.py",
)


def _row(file: str, old: str, new: str, why: str) -> Mutation:
    return Mutation("bsd/darwin", file, old, new, why)


DARWIN = [
    _row(ABI, "\nAF_INET6 = 30", "\nAF_INET6 = 28", "FreeBSD's AF_INET6"),
    _row(ABI, "\nSIOCAIFADDR_IN6 = 0x8080691a", "\nSIOCAIFADDR_IN6 = 0x8120690c", "SIOCSIFADDR_IN6, which is dead"),
    _row(ABI, "CTLIOCGINFO = 0xc0644e03", "CTLIOCGINFO = 0xc0604e03", "a ctl_info without its number"),
    _row(ABI, "\nRTF_HOST = 0x4", "\nRTF_HOST = 0x8", "a host's route looked for by a mask"),
    _row(ABI, "\nROUTE_ALIGNMENT = 4", "\nROUTE_ALIGNMENT = 8", "socket addresses padded as on FreeBSD"),
    _row("host/device.py", "HEADER = 4", "HEADER = 3", "a header byte missing"),
    _row(BACKEND, "Framing.FAMILY, family", "Framing.BARE, family", "packets without a header"),
    _row(BACKEND, 'family=self._abi["AF_INET6"]', "family=0", "a header with family 0, which macOS drops in silence"),
    _row(BACKEND, "return int(found[1]) + 1", "return int(found[1])", "the unit for the number"),
    _row(BACKEND, 'abi["AF_SYSTEM"], socket.SOCK_DGRAM', 'abi["AF_SYSTEM"], socket.SOCK_STREAM', "a stream"),
    _row(BACKEND, 'abi["UTUN_OPT_IFNAME"]', 'abi["UTUN_OPT_FLAGS"]', "another option for the name"),
    _row(BACKEND, "            self._kernel.set_nonblocking(fd)\n", "", "a descriptor that blocks"),
    _row(
        BACKEND, "            self._kernel.close(fd)\n            raise\n", "            raise\n", "a socket left open"
    ),
    _row(BACKEND, "        if kind is Kind.TAP:\n", "        if False:\n", "a utun for a TAP"),
    _row(BACKEND, 'self._abi["IN6_IFF_NODAD"] | self', "self", "duplicate address detection"),
    _row(BACKEND, "        interface.add_route(wanted.address)\n", "", "a route left to the address"),
    _row(BACKEND, "KameInterface(self._kernel, self._abi, name).withdraw()", "()", "address and route kept"),
    _row(BACKEND, ', flags=self._abi["RTF_HOST"]', "", "a host's route deleted as a network's"),
    _row(BACKEND, "if route.destination not in alive", "if True", "a living node cut off from itself"),
    _row(BACKEND, "        for problem in problems:\n", "        for problem in ():\n", "a refusal kept back"),
    _row(BACKEND, '("awdl", "llw", "lo")', '("awdl", "llw", "lo", "utun")', "deaf to our own interface"),
    _row(BACKEND, '("awdl", "llw", "lo")', '("llw", "lo")', "awake for AirDrop"),
    _row(BACKEND, " or bool(message.flags & cloned)", "", "awake for every address that somebody talks to"),
    _row(BACKEND, "netstat.DARWIN, lsof.DARWIN", "netstat.DARWIN", "ports without owners"),
    _row(TABLE, " and not each.flags & scoped", "", "a route for bound sockets alone taken for the mesh's"),
    _row(TABLE, "each.index == index and _to_mesh(each)", "_to_mesh(each)", "another's route deleted as ours"),
    _row(TABLE, "return route.destination[:1] == MESH[:1] and", "return", "routes to foreign hosts forgotten"),
    _row("host/judgement.py", 'lied = system == "darwin" and', "lied = False and", "a status of 0 believed"),
    _row(COMMANDS, "add -inet6 {net} -iface {interface}", "add -inet6 {net} {interface}", "a gateway called utun5"),
    _row("host/bsd/ports/netstat.py", '"-anl"', '"-an"', "overlay addresses cut in half"),
    _row("host/bsd/ports/netstat.py", 'words[5:6] != ["LISTEN"]', "False", "closed sockets taken for listening ones"),
]
