"""The ceilings that deploys judge by are those of the backends that open the interface."""

from __future__ import annotations

from typing import Any

import pytest

from everleaf.host.base import Kind
from everleaf.host.bsd.darwin import DarwinHost
from everleaf.host.bsd.dragonfly import DragonFlyHost
from everleaf.host.bsd.freebsd import FreeBsdHost
from everleaf.host.bsd.netbsd import NetBsdHost
from everleaf.host.bsd.openbsd import OpenBsdHost
from everleaf.host.linux import LinuxHost
from everleaf.host.windows import WindowsHost
from everleaf.platform import platforms

NO_KERNEL: Any = object()  # a ceiling is known without asking
HOSTS = {
    "Linux": LinuxHost(),
    "FreeBSD": FreeBsdHost(NO_KERNEL),
    "DragonFly": DragonFlyHost(NO_KERNEL),
    "OpenBSD": OpenBsdHost(NO_KERNEL),
    "NetBSD": NetBsdHost(NO_KERNEL),
    "Darwin": DarwinHost(NO_KERNEL),
    "Windows": WindowsHost(NO_KERNEL),
}


@pytest.mark.parametrize("home", platforms().values(), ids=lambda home: home.name)
def test_the_ceiling_of_the_table_is_the_backends(home):
    assert home.mtu_ceiling == HOSTS[home.system].mtu_ceiling(Kind.TUN)
