"""Linux: rtnetlink, /dev/net/tun and /proc."""

from everleaf.host.linux.host import LinuxHost
from everleaf.host.linux.tun import Offload

__all__ = ["LinuxHost", "Offload"]
