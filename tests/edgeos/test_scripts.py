"""Scripts and unit of the package: understood by every shell and checker at hand, and run against stubs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgeos.conftest import configure
from edgeos.nodedef import Shell
from edgeos.operational import load as load_operational
from edgeos.router import OP_TEMPLATES, PACKAGE, TEMPLATES, Router
from edgeos.templates import load

UNIT = PACKAGE / "root/lib/systemd/system/everleaf@.service"
SCRIPTS = sorted(path for path in PACKAGE.rglob("*") if path.is_file() and path.read_bytes().startswith(b"#!"))
KEPT = "/config/data/firstboot/install-packages"
FIRST_BOOT, POST_CONFIG = "config/scripts/firstboot.d/everleaf.sh", "config/scripts/post-config.d/everleaf.sh"


def shellcheck(*arguments: str, text: str | None = None) -> str:
    """What it finds; nothing is what is wanted."""
    program = Path(sys.executable).with_name("shellcheck")
    found = subprocess.run([program, "--shell=sh", *arguments], input=text, capture_output=True, text=True, check=False)
    return found.stdout + found.stderr


def test_these_are_the_scripts():
    assert [str(path.relative_to(PACKAGE)) for path in SCRIPTS] == [
        *("debian/postinst", "debian/postrm", "debian/prerm"),
        *(f"root/{FIRST_BOOT}", f"root/{POST_CONFIG}"),
        *("root/opt/vyatta/bin/sudo-users/everleaf-show", "root/opt/vyatta/sbin/everleaf-firewall"),
    ]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_run_by_any_shell_and_ends_at_the_first_failure(path):
    assert path.stat().st_mode & 0o777 == 0o755
    assert path.read_text().startswith("#!/bin/sh\n")
    assert re.search(r"^set -eu?$", path.read_text(), re.MULTILINE)
    for shell in ("dash", "bash --posix", "mksh", "busybox sh"):
        if shutil.which(shell.split()[0]):
            subprocess.run([*shell.split(), "-n", path], check=True)
    assert shellcheck(str(path)) == ""


def test_actions_of_the_templates_are_good_shell():
    texts = [
        action.text
        for _, template in load(PACKAGE.parents[1] / "tests/edgeos/host", TEMPLATES).find("interfaces").walk()
        for action in template.definition.actions.values()
        if isinstance(action, Shell) and "everleaf" in action.text
    ]
    assert len(texts) == 22
    for text in texts:
        assert shellcheck("-", text="value=tun0\n" + re.sub(r"\$VAR\([^)]+\)", "$value", text)) == ""


def test_operational_commands_are_good_shell():
    for path, command in load_operational(OP_TEMPLATES).items():
        if command.run:
            assert shellcheck("-", text=command.run) == "", path


def test_the_unit_is_one_that_systemd_takes_and_calls_safe(tmp_path):
    text = UNIT.read_text().replace("/usr/sbin/everleaf", "/bin/true")
    (tmp_path / UNIT.name).write_text(text)
    analyze = "systemd-analyze"
    verified = subprocess.run([analyze, "verify", tmp_path / UNIT.name], capture_output=True, text=True, check=True)
    assert verified.stderr == ""
    judged = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=25", tmp_path / UNIT.name],
        capture_output=True,
        check=False,
    )
    assert judged.returncode == 0


def test_the_unit_waits_for_nothing_that_waits_for_a_commit():
    text = UNIT.read_text()
    assert not re.search(r"^(After|Requires|Wants|WantedBy)=", text, re.MULTILINE)
    assert not re.search(r"^Condition", text, re.MULTILINE)  # a start that is skipped counts as one that succeeded


# --- after a firmware upgrade -----------------------------------------------------------------------------------------


@pytest.fixture
def upgraded(router) -> Router:
    """A router that boots a new firmware. Everything that is called is written down; dpkg knows no everleaf."""
    for name in ("dpkg", "systemd-run", "logger"):
        router.program(f"bin/{name}", f'#!/bin/sh\necho "{name} $*" >>/stubs/calls\n')
    dpkg_says(router, None)
    return router


def dpkg_says(router: Router, status: str | None) -> None:
    answer = f"printf %s '{status}'" if status else "exit 1"
    router.program("bin/dpkg-query", f"#!/bin/sh\n{answer}\n")


def keep(router: Router, *names: str) -> None:
    """Packages where a firmware looks for them."""
    directory = router.root / KEPT.removeprefix("/")
    directory.mkdir(parents=True)
    for name in names:
        (directory / name).write_text(name)


def boot(router: Router, script: str) -> tuple[int, list[str]]:
    return router.execute("sh", f"/{script}").returncode, router.calls()


def test_an_installed_package_is_left_alone_at_every_boot(upgraded):
    dpkg_says(upgraded, "install ok installed")
    keep(upgraded, "everleaf_0.1.0_mips.deb")
    assert boot(upgraded, FIRST_BOOT) == (0, [])
    assert boot(upgraded, POST_CONFIG) == (0, [])


def test_the_first_boot_installs_what_the_firmware_did_not(upgraded):
    keep(upgraded, "everleaf_0.1.0_mips.deb", "wireguard_1_mips.deb")
    assert boot(upgraded, FIRST_BOOT) == (0, [f"dpkg -iG {KEPT}/everleaf_0.1.0_mips.deb"])


def test_a_later_boot_installs_it_without_being_waited_for(upgraded):
    keep(upgraded, "everleaf_0.1.0_mips.deb", "everleaf_0.2.0_mips.deb")
    both = f"{KEPT}/everleaf_0.1.0_mips.deb {KEPT}/everleaf_0.2.0_mips.deb"
    assert boot(upgraded, POST_CONFIG) == (0, [f"systemd-run --no-block dpkg -iG {both}"])


@pytest.mark.parametrize("status", ["install ok half-configured", "install ok unpacked", "install ok triggers-pending"])
def test_a_half_done_installation_is_finished_without_being_waited_for(status, upgraded):
    dpkg_says(upgraded, status)
    assert boot(upgraded, POST_CONFIG) == (0, ["systemd-run --no-block dpkg --configure -a"])


@pytest.mark.parametrize("script", [FIRST_BOOT, POST_CONFIG])
def test_a_package_that_is_gone_is_told_of(script, upgraded):
    status, [call] = boot(upgraded, script)
    assert status == 1
    assert call.startswith(f"logger -s -t everleaf there is no everleaf_*.deb in {KEPT}: ")


# --- maintainer scripts -----------------------------------------------------------------------------------------------


@pytest.fixture
def packaged(router) -> Router:
    """A running router on which dpkg has just put version 0.2.0."""
    for name in ("postinst", "prerm", "postrm"):
        shutil.copy(PACKAGE / "debian" / name, router.root / "stubs" / name)
    router.program("bin/dpkg-query", "#!/bin/sh\nprintf 0.2.0\n")
    router.program("bin/dpkg-deb", '#!/bin/sh\ncut -d_ -f2 <"$2"\n')
    (router.root / "run/systemd/system").mkdir(parents=True)
    (router.root / "stubs/units").mkdir()
    (router.root / "stubs/units/vyatta-router.service").touch()
    configure(router)
    return router


def maintain(router: Router, script: str, *arguments: str) -> tuple[list[str], str]:
    """Run it as dpkg does, as root; what was called, and what was said. It has to succeed."""
    before = list(router.root.glob("config/**/*"))
    done = router.execute("sh", f"/stubs/{script}", *arguments, ROOT="1")
    assert done.returncode == 0, done.stdout
    assert list(router.root.glob("config/**/*")) == before  # what is in /config is its owner's
    return router.calls(), done.stdout


def test_installing_restarts_what_runs_and_starts_nothing(packaged):
    keep(packaged, "everleaf_0.2.0_mips.deb")
    assert maintain(packaged, "postinst", "configure") == (
        ["systemctl daemon-reload", "systemctl try-restart everleaf@*.service"],
        "",
    )


def test_installing_goes_on_when_a_node_does_not_come_back(packaged):
    keep(packaged, "everleaf_0.2.0_mips.deb")
    packaged.fail_once("try-restart")
    assert "not every node came back; see: show everleaf log" in maintain(packaged, "postinst", "configure")[1]


def test_installing_says_what_the_next_firmware_would_bring(packaged):
    said = maintain(packaged, "postinst", "configure")[1]
    assert said == f"everleaf: the next firmware comes without everleaf, unless a copy of its package is in {KEPT}\n"
    keep(packaged, "everleaf_0.1.0_mips.deb", "everleaf_0.2.0_mips.deb")
    said = maintain(packaged, "postinst", "configure")[1]
    assert said.endswith(f"would come back with the next firmware; run: sudo rm {KEPT}/everleaf_0.1.0_mips.deb\n")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("saved", "running", "booted", "advised"),
    [(True, False, True, True), (True, True, True, False), (False, False, True, False), (True, False, False, False)],
)
def test_installing_warns_of_lines_that_a_save_would_lose(saved, running, booted, advised, packaged):
    keep(packaged, "everleaf_0.2.0_mips.deb")
    session = configure(packaged)
    if running:
        session.type("set interfaces everleaf tun0 description x")
    file = {"interfaces": {"everleaf": {"tun0": {}}}} if saved else {"interfaces": {}}
    packaged.show(session.working, session.working, file)
    if not booted:
        (packaged.root / "stubs/units/vyatta-router.service").unlink()
    said = maintain(packaged, "postinst", "configure")[1]
    assert ("Save nothing. Run: configure, load, commit, exit; or reboot." in said) == advised


def test_an_upgrade_stops_nothing_and_a_removal_everything(packaged):
    assert maintain(packaged, "prerm", "upgrade", "0.3.0") == ([], "")
    assert maintain(packaged, "prerm", "remove") == (["systemctl stop everleaf@*.service"], "")


def test_a_removal_leaves_keys_and_says_so(packaged):
    (packaged.root / "run/everleaf").mkdir()
    (packaged.root / "config/auth/everleaf").mkdir(parents=True)
    calls, said = maintain(packaged, "postrm", "remove")
    assert calls == ["systemctl daemon-reload"]
    assert "keys stay in /config/auth/everleaf" in said
    assert f"unless you remove {KEPT}/everleaf_*.deb" in said
    assert not (packaged.root / "run/everleaf").exists()
    assert maintain(packaged, "postrm", "purge") == ([], "")


def test_where_no_systemd_runs_the_scripts_do_without(packaged):
    shutil.rmtree(packaged.root / "run/systemd")
    keep(packaged, "everleaf_0.2.0_mips.deb")
    for script, argument in (("postinst", "configure"), ("prerm", "remove"), ("postrm", "remove")):
        assert maintain(packaged, script, argument)[0] == []
