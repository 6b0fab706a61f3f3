"""Every platform goes through the whole deploy; nothing is executed, what would be is compared with what must be."""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from everleaf.platform import ROUTER, WINDOWS, platforms
from everleaf_fleet.model import lock as locks
from fleet import platforms as zoo

INVENTORY = Path(zoo.__file__)
POSIX = [name for name, home in platforms().items() if home.system != WINDOWS]

# By platform: what must be done there and nowhere else, in this order.
SERVICE = {
    "debian": ["systemctl daemon-reload", "systemctl enable -q everleaf.service", "systemctl start everleaf.service"],
    "fedora": ["systemctl daemon-reload", "systemctl enable -q everleaf.service", "systemctl start everleaf.service"],
    "alpine": ["rc-update -q add everleaf default", "rc-service -q everleaf start"],
    "void": ["ln -s", "/var/service", "sv -w 15 start /etc/sv/everleaf"],
    "openwrt": ["/etc/init.d/everleaf enable", "/etc/init.d/everleaf start"],
    "linux": ["/usr/local/lib/everleaf/service start"],
    "freebsd": ["sysrc -q everleaf_enable=YES", "service everleaf onestart"],
    "dragonfly": ["echo 'everleaf_enable=\"YES\"'", "/usr/local/etc/rc.d/everleaf start"],
    "openbsd": ["rcctl enable everleaf", "rcctl -f start everleaf"],
    "netbsd": ["echo everleaf=YES", "/etc/rc.d/everleaf onestart"],
    "macos": ["launchctl enable system/io.everleaf.node", "launchctl bootstrap system", "launchctl kickstart"],
    "edgeos": ["vbash /config/user-data/everleaf-tun0.sh", "systemctl start everleaf@tun0.service"],
    "windows": ['service.cmd" install', "sc config everleaf start= auto", 'service.cmd" restart'],
    "vyos": ["vbash /config/user-data/everleaf-tun0.sh", "systemctl start everleaf@tun0.service"],
}


class Run:
    """One deploy of the zoo."""

    def __init__(self, directory, mode, *words):
        file = directory / "fleet.toml"
        zoo.write(file)
        program = directory / "everleaf"
        program.write_text("#!/bin/sh\n")
        command = [
            sys.executable,
            "-m",
            "pyinfra",
            mode,
            "--json",
            "-vv",
            "--data",
            f"everleaf_binary={program}",
            *words,
        ]
        done = subprocess.run(
            [*command, str(INVENTORY), "everleaf_fleet.deploys.install"],
            capture_output=True, text=True, timeout=300, check=False, env=os.environ | {"EVERLEAF_FLEET": str(file)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        self.found = json.loads(done.stdout)
        self.said = done.stderr
        self.lock = locks.load(locks.beside(file)).hosts

    def commands(self, name):
        """What one host was told, in order. Facts are asked by commands as well."""
        told = re.findall(r"^ *\[@fake/(\S+)\] +>>> (.*(?:\n(?! *\[@fake/| *-->).*)*)", self.said, re.MULTILINE)
        return "\n".join(text.rstrip() for host, text in told if host == name)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Run(tmp_path_factory.mktemp("zoo"), "-y")


@pytest.mark.parametrize("name", platforms())
def test_node_is_enabled_and_started_as_the_platform_does_it(run, name):
    told = run.commands(name)
    place = 0
    for words in SERVICE[name]:
        assert words in told[place:], words
        place = told.index(words, place) + 1


def test_no_platform_is_told_what_belongs_to_another(run):
    owners = {
        words: [name for name in platforms() if words in SERVICE[name]]
        for name in platforms()
        for words in SERVICE[name]
    }
    unique = {words: names[0] for words, names in owners.items() if len(names) == 1 and "everleaf" in words}
    for words, owner in unique.items():
        assert [name for name in platforms() if words in run.commands(name)] == [owner]


@pytest.mark.parametrize("name", POSIX)
def test_files_go_where_the_platform_has_them(run, name):
    told, home = run.commands(name), platforms()[name]
    assert f"{home.versions}/everleaf-1.0.new selftest" in told
    assert f"ln -s {home.versions}/everleaf-1.0 {home.binary}.new && mv -f {home.binary}.new {home.binary}" in told
    assert f"keygen --out {home.key_file}" in told
    file, mode, judged = (home.config, "0640", f"check --config {home.config}.new")
    if home.manager == ROUTER:
        file, mode, judged = ("/config/user-data/everleaf-tun0.sh", "0755", "vbash /config/user-data/everleaf-tun0.sh")
    assert f"chown root:{home.group} {file}.new && chmod {mode} {file}.new" in told
    assert told.index("keygen") < told.index(judged)


LINES = r"""
icacls "C:\ProgramData\everleaf" /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" /q >nul || exit /b 1
%SystemRoot%\System32\tar.exe -xf "VERSIONS\everleaf-1.0.tgz" --strip-components 1 -C "VERSIONS\everleaf-1.0" || exit /b 1
"VERSIONS\everleaf-1.0\everleaf.exe" selftest >nul || exit /b 1
"VERSIONS\everleaf-1.0\everleaf.exe" keygen --out "C:\ProgramData\everleaf\identity.key" >nul
call "C:\Program Files\everleaf\deadman.cmd" keep
move /y "C:\Program Files\everleaf\service.cmd.new" "C:\Program Files\everleaf\service.cmd" >nul || exit /b 1
call "C:\Program Files\everleaf\service.cmd" install >nul
call "C:\Program Files\everleaf\service.cmd" program check --config "C:\ProgramData\everleaf\node.toml.new" || exit /b 1
move /y "C:\ProgramData\everleaf\node.toml.new" "C:\ProgramData\everleaf\node.toml" >nul || exit /b 1
copy /y "C:\Windows\System32\drivers\etc\hosts.new" "C:\Windows\System32\drivers\etc\hosts" >nul || exit /b 1
sc config everleaf start= auto >nul
call "C:\Program Files\everleaf\service.cmd" restart >nul || exit /b 1
call "C:\Program Files\everleaf\deadman.cmd" confirm
"""  # noqa: E501


def test_windows_is_told_these_very_lines_in_this_order(run):
    """Those that look only, and what follows a failure, are between them."""
    told = iter(run.commands("windows").splitlines())
    for line in LINES.replace("VERSIONS", platforms()["windows"].versions).strip().splitlines():
        assert line in told, line


@pytest.mark.parametrize("name", [name for name in POSIX if platforms()[name].system != "Linux"])
def test_no_command_needs_what_only_linux_has(run, name):
    told = run.commands(name)
    for words in ("mv -T", "mv -fT", "ln -sfn", "stat -c", "sed -i", "readlink -f", "install -D", "[["):
        assert words not in told


def test_every_host_tells_its_key_before_the_first_configuration_is_rendered(run):
    assert sorted(run.lock) == sorted(platforms())
    names = [operation["name"] for operation in run.found["results"]["operations"]]
    assert names.index("install | lock of the key") < names.index("install | configuration")


def test_dry_run_tells_of_every_host_and_writes_nothing(tmp_path):
    run = Run(tmp_path, "--dry")
    plan = defaultdict(set)  # Windows has operations of its own, of the same names
    for step in run.found["plan"]:
        plan[step["name"].removeprefix("install | ")].update(step["hosts_with_change"])
    everybody = {f"@fake/{name}" for name in platforms()}
    routers = {f"@fake/{name}" for name, home in platforms().items() if home.manager == ROUTER}
    for step in ("program", "identity", "configuration", "names", "service"):
        assert plan[step] == everybody, step
    assert plan["service files"] == everybody - routers - {"@fake/windows"}
    assert plan["package"] == routers
    assert run.lock == {}
