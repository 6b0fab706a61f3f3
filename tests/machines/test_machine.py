"""The machines themselves: what their tests show later is then the deploy's doing."""

from __future__ import annotations

import pytest

from machines.bases import BASES

INITS = {"bookworm": "systemd", "trixie": "systemd", "sysvinit": "init", "openrc": "init", "runit": "runit"}


@pytest.mark.parametrize("kind", BASES)
def test_machine_boots_its_init_and_comes_back_after_a_reboot_and_a_power_cut(site, kind):
    machine = site.add(kind, kind)
    machine.boot()
    assert site.ssh(kind, "ps -p 1 -o comm=").strip() == INITS[kind]
    site.ssh(kind, "ip tuntap add probe mode tun && ip link delete probe")
    site.ssh(kind, "echo kept >/root/file; sync")
    for end in (machine.reboot, machine.power_cut):
        end()
        if end == machine.power_cut:
            machine.boot()
        assert site.ssh(kind, "cat /root/file") == "kept\n"
    machine.close()
    assert not machine.directory.exists()
