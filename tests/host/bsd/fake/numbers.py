"""What each kernel expects, typed by hand from the tables that its own headers gave, for 64-bit CPUs.

The backends take the same numbers from `everleaf/host/abi/*.toml`. That these are typed again, apart from those, is the
point: a wrong number there meets a right one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Header:
    """Where the common fields of a routing message's header are, in bytes."""

    size: int
    addrs: int
    flags: int
    index: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """One system's."""

    inet6: int  # AF_INET6
    route: int  # AF_ROUTE
    nodad: int  # IN6_IFF_NODAD, 0 where there is none
    ifreq: int  # bytes
    aliasreq: int  # bytes
    lifetimes: int  # where the two u32 of in6_aliasreq are
    version: int  # RTM_VERSION
    unit: int  # to which socket addresses are padded
    sockaddr_dl: int  # bytes
    rt: Header
    rt_pid: int
    rt_seq: int
    rt_errno: int
    ifm: Header
    ifm_mtu: int
    ifam: Header
    iflist: int  # NET_RT_IFLIST
    kinds: Mapping[str, int]  # RTM_*, those that differ
    requests: Mapping[int, str]  # ioctls on sockets
    mtu_width: int = 4  # bytes of ifi_mtu
    hdrlen: bool = False  # every header says its own length, at 4
    errnos: Mapping[str, int] = field(default_factory=dict)  # those that differ from 4.4BSD


ERRNOS = {
    "EPERM": 1, "ENOENT": 2, "ESRCH": 3, "ENXIO": 6, "EBADF": 9, "EACCES": 13, "EBUSY": 16, "EEXIST": 17, "ENODEV": 19,
    "EINVAL": 22, "ENOTTY": 25, "EMSGSIZE": 40, "EPROTONOSUPPORT": 43, "EOPNOTSUPP": 45, "EAFNOSUPPORT": 47,
    "EADDRINUSE": 48, "EADDRNOTAVAIL": 49, "ENETUNREACH": 51, "ENOBUFS": 55, "EHOSTDOWN": 64, "ENOMSG": 83,
}  # fmt: skip
TEXTS = {
    "EPERM": "Operation not permitted", "ENOENT": "No such file or directory", "ESRCH": "No such process",
    "ENXIO": "Device not configured", "EBADF": "Bad file descriptor", "EACCES": "Permission denied",
    "EBUSY": "Device busy", "EEXIST": "File exists", "ENODEV": "Operation not supported by device",
    "EINVAL": "Invalid argument", "ENOTTY": "Inappropriate ioctl for device", "EMSGSIZE": "Message too long",
    "EPROTONOSUPPORT": "Protocol not supported",
    "EOPNOTSUPP": "Operation not supported", "EAFNOSUPPORT": "Address family not supported by protocol family",
    "EADDRINUSE": "Address already in use", "EADDRNOTAVAIL": "Can't assign requested address",
    "ENETUNREACH": "Network is unreachable", "ENOBUFS": "No buffer space available", "EHOSTDOWN": "Host is down",
    "ENOMSG": "No message of desired type",
}  # fmt: skip
UP, BROADCAST, POINTOPOINT, RUNNING, MULTICAST = 0x1, 0x2, 0x10, 0x40, 0x8000  # IFF_*
RTF_UP, RTF_GATEWAY, RTF_HOST, RTF_STATIC = 0x1, 0x2, 0x4, 0x800
INET, LINK = 2, 18  # AF_*
CTL_NET, NET_RT_DUMP = 4, 1
KINDS = {
    "ADD": 1, "DELETE": 2, "CHANGE": 3, "GET": 4, "MISS": 7, "NEWADDR": 12, "DELADDR": 13, "IFINFO": 14,
}  # fmt: skip
_CLASSIC = Header(size=152, addrs=12, flags=8, index=4)
_SHARED = {
    0xC0206911: "SIOCGIFFLAGS",
    0x80206910: "SIOCSIFFLAGS",
    0x80206979: "SIOCIFDESTROY",
    0x81206919: "SIOCDIFADDR_IN6",
    0xC1206949: "SIOCGIFAFLAG_IN6",
}

FREEBSD = Numbers(
    inet6=28, route=17, nodad=0x20, ifreq=32, aliasreq=136, lifetimes=120,
    version=5, unit=8, sockaddr_dl=54,
    rt=_CLASSIC, rt_pid=16, rt_seq=20, rt_errno=24,
    ifm=Header(size=168, addrs=4, flags=8, index=12), ifm_mtu=24, ifam=Header(size=20, addrs=4, flags=8, index=12),
    iflist=3, kinds={},
    requests=_SHARED | {
        0xC0206933: "SIOCGIFMTU",
        0x80206934: "SIOCSIFMTU",
        0x8088691B: "SIOCAIFADDR_IN6",
        0xC048696C: "SIOCGIFINFO_IN6",
        0xC0486957: "SIOCSIFINFO_FLAGS",
        0x80206929: "SIOCSIFDESCR",
        0xC020692A: "SIOCGIFDESCR",
    },
)  # fmt: skip
DRAGONFLY = Numbers(
    inet6=28, route=17, nodad=0x20, ifreq=32, aliasreq=128, lifetimes=120,
    version=7, unit=8, sockaddr_dl=54,
    rt=_CLASSIC, rt_pid=16, rt_seq=20, rt_errno=24,
    ifm=Header(size=176, addrs=12, flags=8, index=4), ifm_mtu=24, mtu_width=8,
    ifam=Header(size=28, addrs=12, flags=8, index=4),
    iflist=3, kinds={},
    requests=_SHARED | {
        0xC0206933: "SIOCGIFMTU",
        0x80206934: "SIOCSIFMTU",
        0x8080691A: "SIOCAIFADDR_IN6",
    },
)  # fmt: skip
NETBSD = Numbers(
    inet6=24, route=34, nodad=0x20, ifreq=144, aliasreq=128, lifetimes=120,
    version=4, unit=8, sockaddr_dl=32,
    rt=Header(size=120, addrs=12, flags=8, index=4), rt_pid=16, rt_seq=20, rt_errno=24,
    ifm=Header(size=152, addrs=4, flags=8, index=12), ifm_mtu=24, mtu_width=8,
    ifam=Header(size=32, addrs=12, flags=8, index=4),
    iflist=6, kinds={"NEWADDR": 22, "DELADDR": 23, "IFINFO": 20},
    requests={
        0xC0906911: "SIOCGIFFLAGS",
        0x80906910: "SIOCSIFFLAGS",
        0x80906979: "SIOCIFDESTROY",
        0xC090697E: "SIOCGIFMTU",
        0x8090697F: "SIOCSIFMTU",
        0x8080696B: "SIOCAIFADDR_IN6",
        0x81206919: "SIOCDIFADDR_IN6",
        0xC1206949: "SIOCGIFAFLAG_IN6",
        0xC0206971: "SIOCGIFINFO_IN6",
        0xC0206972: "SIOCSIFINFO_IN6",
        0x8090698E: "SIOCSIFDESCR",
        0xC090698F: "SIOCGIFDESCR",
    },
)  # fmt: skip
OPENBSD = Numbers(
    inet6=24, route=17, nodad=0, ifreq=32, aliasreq=128, lifetimes=120,
    version=5, unit=8, sockaddr_dl=32, hdrlen=True,
    rt=Header(size=96, addrs=12, flags=16, index=6), rt_pid=24, rt_seq=28, rt_errno=32,
    ifm=Header(size=168, addrs=12, flags=16, index=6), ifm_mtu=28, ifam=Header(size=24, addrs=12, flags=16, index=6),
    iflist=3, kinds={},
    requests=_SHARED | {
        0xC020697E: "SIOCGIFMTU",
        0x8020697F: "SIOCSIFMTU",
        0x8080691A: "SIOCAIFADDR_IN6",
        0x80206980: "SIOCSIFDESCR",
        0xC0206981: "SIOCGIFDESCR",
    },
)  # fmt: skip
DARWIN = Numbers(
    inet6=30, route=17, nodad=0x20, ifreq=32, aliasreq=128, lifetimes=120,
    version=5, unit=4, sockaddr_dl=20,
    rt=Header(size=92, addrs=12, flags=8, index=4), rt_pid=16, rt_seq=20, rt_errno=24,
    ifm=Header(size=112, addrs=4, flags=8, index=12), ifm_mtu=24, ifam=Header(size=20, addrs=4, flags=8, index=12),
    iflist=3, kinds={}, errnos={"EOPNOTSUPP": 102},
    requests=_SHARED | {
        0xC0206933: "SIOCGIFMTU",
        0x80206934: "SIOCSIFMTU",
        0x8080691A: "SIOCAIFADDR_IN6",
        0x8120690C: "SIOCSIFADDR_IN6",
    },
)  # fmt: skip
