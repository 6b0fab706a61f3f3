"""Packages come, are upgraded, and go, by the tools of their formats, on a machine with a real systemd."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from builds.packages.package import package

from everleaf import __version__
from interop.net import wait_until
from machines.bases import PACKAGERS
from machines.machine import Machine

FROZEN = Path(__file__).resolve().parents[2] / "dist" / "everleaf"
CONFIG, KEY = "/etc/everleaf/node.toml", "/var/lib/everleaf/identity.key"
FIND = "find / -xdev -name '*everleaf*' ! -path '/proc/*' ! -path '/sys/*' ! -path '/tmp/*' ! -path '/root/*'"

pytestmark = pytest.mark.frozen


@dataclass(frozen=True)
class Tool:
    """What installs a format, and what its removal leaves of a configuration that was edited."""

    form: str
    install: str
    remove: str
    kept: str


TOOLS = [
    Tool("deb", "dpkg -i", "dpkg -r everleaf", CONFIG),
    Tool("rpm", "rpm -U --force-debian --nodeps", "rpm -e everleaf", f"{CONFIG}.rpmsave"),
    Tool("archlinux", "pacman -U --noconfirm -dd", "pacman -R --noconfirm everleaf", f"{CONFIG}.pacsave"),
]


@pytest.fixture(scope="module")
def machine(site) -> Machine:
    machine = site.add("packaged", PACKAGERS.name)
    presets = machine.root / "etc/systemd/system-preset"
    presets.mkdir()
    (presets / "99-default.preset").write_text("disable *\n")  # as Fedora has it: rpm's scripts ask
    machine.boot()
    return machine


class Packaged:
    """One format on the machine."""

    def __init__(self, machine: Machine, tool: Tool, directory: Path) -> None:
        self.machine, self.tool, self._directory = machine, tool, directory

    def install(self, version: str) -> str:
        """Bring a version there; what the tool says."""
        made = package(self.tool.form, FROZEN, "x86_64", version, self._directory, glibc="2.31")
        shutil.copy(made, self.machine.root / "root")
        return self.machine.run(*self.tool.install.split(), f"/root/{made.name}", timeout=120)

    def says(self, command: str) -> str:
        return self.machine.attempt("sh", "-c", command).stdout.strip()

    @property
    def state(self) -> tuple[str, str]:
        return self.says("systemctl is-active everleaf"), self.says("systemctl is-enabled everleaf")

    @property
    def address(self) -> str:
        """What the node says it is; "" when none answers."""
        answer = self.machine.attempt("everleaf", "ctl", "--json", "getSelf")
        return json.loads(answer.stdout)["address"] if answer.returncode == 0 else ""


@pytest.fixture(params=TOOLS, ids=lambda tool: tool.form)
def packaged(request, machine, tmp_path):
    return Packaged(machine, request.param, tmp_path)


def test_package_leaves_to_the_administrator_what_is_his(packaged):
    machine, tool = packaged.machine, packaged.tool
    if tool.form == "archlinux":
        machine.run("ln", "-sf", "bash", "/bin/sh")  # as there: nfpm writes its scripts for that one
    said = packaged.install("0.1.0")
    assert "nothing was started" in said
    assert packaged.state == ("inactive", "disabled")
    assert packaged.says("everleaf version | head -n 1").split()[1] == __version__
    assert packaged.says(f"stat -c '%a %U:%G' {KEY} {CONFIG}").splitlines() == [
        "600 everleaf:everleaf",
        "640 root:everleaf",
    ]

    machine.run("sh", "-c", f"echo '# mine' >>{CONFIG} && chmod 0600 {CONFIG} && chown everleaf {CONFIG}")
    machine.run("systemctl", "enable", "-q", "--now", "everleaf")
    address = wait_until(lambda: packaged.address, "the node answers")
    pid = packaged.says("cat /run/everleaf/node.pid")
    packaged.install("0.2.0")
    assert wait_until(lambda: packaged.address, "the upgraded node answers") == address
    assert packaged.says("cat /run/everleaf/node.pid") != pid
    assert packaged.state == ("active", "enabled")
    assert packaged.says(f"tail -n 1 {CONFIG}; stat -c '%a %U' {CONFIG}").splitlines() == ["# mine", "600 everleaf"]

    machine.run("systemctl", "disable", "-q", "--now", "everleaf")
    packaged.install("0.3.0")
    assert packaged.state == ("inactive", "disabled")
    machine.run("systemctl", "enable", "-q", "--now", "everleaf")
    wait_until(lambda: packaged.address, "the node answers again")

    machine.run(*tool.remove.split())
    assert packaged.says("pgrep -x everleaf") == ""
    assert packaged.says(f"tail -n 1 {tool.kept}") == "# mine"
    assert packaged.says(f"stat -c %s {KEY}") != ""
    left = {path for path in packaged.says(FIND).splitlines() if "/lib/dpkg/" not in path}
    assert left == {"/etc/everleaf", "/var/lib/everleaf"}
    if tool.form == "deb":
        machine.run("dpkg", "-P", "everleaf")
        assert packaged.says(FIND) == ""
        assert packaged.says("getent passwd everleaf; getent group everleaf") == ""
    else:
        machine.run("rm", "-r", "/etc/everleaf", "/var/lib/everleaf")
