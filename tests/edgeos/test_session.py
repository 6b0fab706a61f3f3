"""Sessions on a router with the package: every action in its order, with the real everleaf behind it."""

from __future__ import annotations

import shutil
import stat

import pytest

from edgeos.conftest import configure
from edgeos.router import Router
from edgeos.session import Session
from everleaf.config import Config, loads

TUN0 = "interfaces everleaf tun0"
TUN1 = "interfaces everleaf tun1"
APPLY = "sudo /usr/sbin/everleaf vyatta apply {0}"
STOP = "sudo /usr/sbin/everleaf vyatta stop {0}"
SYSTEMCTL = "systemctl {1} everleaf@{0}.service"


def config(router: Router, name: str) -> Config:
    """What the node of an interface was told, read by the node's own code."""
    return loads((router.root / f"run/everleaf/{name}.toml").read_bytes(), name)


def started(name: str) -> list[str]:
    return [APPLY.format(name), SYSTEMCTL.format(name, "start")]


def stopped(name: str) -> list[str]:
    return [STOP.format(name), SYSTEMCTL.format(name, "stop")]


def commit(session: Session, lines: str) -> list[str]:
    """Type and commit, which has to succeed; what was called on the router."""
    session.type(lines)
    result = session.commit()
    assert (result.status, [line for line in result.said if "failed" in line]) == ("SUCCESS", [])
    assert session.active.commands() == session.working.commands()
    return session.machine.calls()


def refused(session: Session, lines: str, words: str) -> list[str]:
    """Type and commit, which has to fail and say `words`; what was called, and nothing active has changed."""
    before = session.active.commands()
    session.type(lines)
    result = session.commit()
    assert result.status == "PARTIAL"  # the rest of the tree, of which there is none, commits
    assert words in "\n".join(result.said)
    assert session.active.commands() == before
    return session.machine.calls()


# --- the story of two interfaces --------------------------------------------------------------------------------------


def test_two_interfaces_are_set_changed_and_deleted(session, router):
    session.type(f"set {TUN0} listen tls://[::]:9001\nset {TUN0} firewall in name LAN\nset {TUN0} mtu 1400")
    session.type(f"set {TUN1} peer tls://a.example:9001 password sesame\nset {TUN1} log-level debug")
    result = session.commit()
    assert result.status == "SUCCESS"
    assert result.actions == [
        f"begin {TUN0} SET",
        f"create {TUN0} firewall in name SET",
        f"end {TUN0} SET",
        f"begin {TUN1} SET",
        f"end {TUN1} SET",
    ]
    assert router.calls() == ["ubnt-fw update-interface update tun0 in LAN name", *started("tun0"), *started("tun1")]
    assert sum("made a new identity, public key " in line for line in result.said) == 2
    assert config(router, "tun0").interface.mtu == 1400
    assert [uri.password for uri in config(router, "tun1").peering.peers] == [b"sesame"]
    assert config(router, "tun1").log.level == "debug"

    session.type(f"set {TUN0} listen tcp://[::]:9002\nset {TUN1} mtu 1300")
    result = session.commit()
    assert result.actions == [f"{kind} {one} ACTIVE" for one in (TUN0, TUN1) for kind in ("begin", "end")]
    assert router.calls() == [
        *(APPLY.format("tun0"), SYSTEMCTL.format("tun0", "reload")),
        *(APPLY.format("tun1"), SYSTEMCTL.format("tun1", "restart")),
    ]
    assert [uri.text for uri in config(router, "tun0").peering.listen] == ["tcp://[::]:9002", "tls://[::]:9001"]

    session.type(f"delete {TUN0}")
    result = session.commit()
    assert result.actions == [
        f"begin {TUN0} DELETE",
        f"delete {TUN0} firewall in name DELETE",
        f"end {TUN0} DELETE",
    ]
    assert router.calls() == [*stopped("tun0"), "ubnt-fw update-interface delete tun0 in LAN name"]
    assert not (router.root / "run/everleaf/tun0.toml").exists()
    assert (router.is_active("tun0"), router.is_active("tun1")) == (False, True)


@pytest.mark.parametrize("shell", ["dash", "bash"])  # what Debian's /bin/sh is, and what Vyatta makes it
def test_both_shells_that_routers_may_have_run_the_actions(shell, router):
    router.shell = shell
    session = configure(router)
    assert commit(session, f"set {TUN0} firewall local ipv6-name M") == [
        "ubnt-fw update-interface update tun0 local M ipv6-name",
        *started("tun0"),
    ]
    assert commit(session, f"delete {TUN0}") == [
        *stopped("tun0"),
        "ubnt-fw update-interface delete tun0 local M ipv6-name",
    ]


def test_a_boot_loads_everything_in_one_commit_in_the_order_of_priorities(session):
    calls = commit(
        session,
        f"""
set protocols static interface-route6 300::/8 next-hop-interface tun0
set {TUN1} description second
set {TUN0} firewall in name LAN
set {TUN0} listen tls://[::]:9001
set interfaces tunnel tun7 description other
set firewall name LAN description rules
""",
    )
    assert calls == [
        "ruleset LAN",
        "tunnel tun7",
        "ubnt-fw update-interface update tun0 in LAN name",
        *started("tun0"),
        *started("tun1"),
        "routes SET",
    ]
    assert commit(session, "delete interfaces\ndelete firewall\ndelete protocols") == [
        "routes DELETE",
        *stopped("tun0"),
        "ubnt-fw update-interface delete tun0 in LAN name",
        *stopped("tun1"),
        "no tunnel tun7",
        "no ruleset LAN",
    ]


# --- as little as possible --------------------------------------------------------------------------------------------

RELOAD, RESTART, NOTHING = "reload", "restart", ""


def test_a_commit_reloads_where_that_is_enough(session):
    commit(session, f"set {TUN0} peer tls://a.example:9001")
    for lines, step in [
        (f"set {TUN0} description mesh", NOTHING),
        (f"set {TUN0} firewall out name WAN", NOTHING),
        (f"set {TUN0} peer tls://b.example:9001 interface eth1", RELOAD),
        (f"set {TUN0} peer tls://b.example:9001 priority 3", RELOAD),
        (f"set {TUN0} peer tls://a.example:9001 disable", RELOAD),
        (f"delete {TUN0} peer tls://b.example:9001", RELOAD),
        (f"set {TUN0} allowed-public-keys {'ab' * 32}", RELOAD),
        (f"set {TUN0} log-level debug", RELOAD),
        (f"delete {TUN0} log-level", RELOAD),
        (f"set {TUN0} node-info name alpha", RELOAD),
        (f"set {TUN0} mtu 1500", RESTART),
        (f"set {TUN0} overlay group-password sesame-open-for-all", RESTART),
        (f"set {TUN0} multicast eth1 beacon false", RESTART),
        (f"set {TUN0} admin none", RESTART),
    ]:
        calls = [call for call in commit(session, lines) if call.startswith("systemctl")]
        assert calls == ([SYSTEMCTL.format("tun0", step)] if step else []), lines


def test_a_node_that_died_is_started_by_the_next_commit(session, router):
    commit(session, f"set {TUN0}")
    (router.root / "stubs/units/everleaf@tun0.service").unlink()
    assert commit(session, f"set {TUN0} description x") == started("tun0")


def test_disabling_stops_a_node_before_its_firewall_goes_and_enabling_starts_it_after(session, router):
    commit(session, f"set {TUN0} firewall in name LAN")
    assert commit(session, f"set {TUN0} disable\ndelete {TUN0} firewall") == [
        *stopped("tun0"),
        "ubnt-fw update-interface delete tun0 in LAN name",
    ]
    assert not (router.root / "run/everleaf/tun0.toml").exists()
    assert commit(session, f"delete {TUN0} disable\nset {TUN0} firewall in name DMZ") == [
        "ubnt-fw update-interface update tun0 in DMZ name",
        *started("tun0"),
    ]


def test_an_interface_may_be_made_disabled(session, router):
    assert commit(session, f"set {TUN0} disable\nset {TUN0} mtu 1400") == stopped("tun0")
    assert not (router.root / "config/auth").exists()


# --- keys -------------------------------------------------------------------------------------------------------------


def test_an_interface_that_is_made_again_has_its_key_again(session, router):
    commit(session, f"set {TUN0}")
    key = router.root / "config/auth/everleaf/tun0.key"
    made = key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    commit(session, f"delete {TUN0}")
    assert key.read_bytes() == made
    commit(session, f"set {TUN0}")
    assert key.read_bytes() == made


def test_a_key_comes_back_after_a_firmware_upgrade(session, router, tmp_path):
    """/config is copied, and everything else is new."""
    commit(session, f"set {TUN0}")
    made = (router.root / "config/auth/everleaf/tun0.key").read_bytes()
    boot = session.active.commands()
    upgraded = Router.install(tmp_path / "upgraded")
    shutil.rmtree(upgraded.root / "config")
    shutil.copytree(router.root / "config", upgraded.root / "config")
    after = configure(upgraded)
    assert commit(after, "\n".join(boot)) == started("tun0")
    assert (upgraded.root / "config/auth/everleaf/tun0.key").read_bytes() == made


def test_no_secret_is_in_a_command_line_or_in_what_the_user_is_told(session, router):
    session.type(f"set {TUN0} peer tls://a.example:9001 password sesame\nset {TUN0} overlay group-password sesame-2")
    result = session.commit()
    key = (router.root / "config/auth/everleaf/tun0.key").read_text().splitlines()[1]
    for text in (*router.calls(), *result.said):
        assert "sesame" not in text
        assert key not in text
    assert stat.S_IMODE((router.root / "run/everleaf/tun0.toml").stat().st_mode) == 0o600


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_an_interface_that_the_node_refuses_does_not_keep_the_other_from_committing(session, router):
    session.type(f"set {TUN0} private-key-file /config/auth/mine\nset {TUN1} mtu 1400")
    result = session.commit()
    assert result.status == "PARTIAL"
    assert f"[[{TUN0}]] failed" in result.said
    assert f"everleaf: {TUN0}: private-key-file: /config/auth/mine does not exist" in "".join(result.said)
    assert "generate everleaf private-key mine" in "".join(result.said)
    assert router.calls() == [APPLY.format("tun0"), *started("tun1")]
    assert session.active.commands() == [f"set {TUN1} mtu 1400"]
    assert not (router.root / "run/everleaf/tun0.toml").exists()


def test_what_passes_the_grammar_and_not_the_node_is_refused_with_its_place(session):
    commit(session, f"set {TUN0} mtu 1400")
    calls = refused(session, f"set {TUN0} mtu 4294968696", 'interface.mtu: must be "auto" or a whole number')
    assert calls == []  # it is not even rendered


def test_a_name_that_is_a_tunnels_is_refused_before_anything_is_done(session):
    commit(session, "set interfaces tunnel tun0")
    assert refused(session, f"set {TUN0}", "tun0 is a tunnel already: choose another name") == []


def test_two_lines_are_no_name(session):
    """Each of them would be, and so the grammar lets them pass."""
    session.set("interfaces", "everleaf", "tun0\ntun1")
    result = session.commit()
    assert result.status == "PARTIAL"
    assert "is no interface of everleaf" in "".join(result.said)
    assert session.machine.calls() == []


def test_a_node_that_does_not_start_is_not_configured(session, router):
    router.fail_once("start")
    assert refused(session, f"set {TUN0}", "see: journalctl -u everleaf@tun0.service") == [
        *started("tun0"),
        SYSTEMCTL.format("tun0", "stop"),
    ]
    assert not (router.root / "run/everleaf/tun0.toml").exists()
    assert session.commit().status == "SUCCESS"


def test_a_restart_that_fails_returns_to_what_ran(session, router):
    commit(session, f"set {TUN0} mtu 1400")
    router.fail_once("restart")
    calls = refused(session, f"set {TUN0} mtu 1500", "systemctl restart everleaf@tun0.service fails")
    assert calls == [APPLY.format("tun0"), *[SYSTEMCTL.format("tun0", "restart")] * 2]
    assert config(router, "tun0").interface.mtu == 1400
    assert router.is_active("tun0")


def test_a_node_that_does_not_stop_stays_configured_and_behind_its_firewall(session, router):
    commit(session, f"set {TUN0} firewall in name LAN")
    router.fail_once("stop")
    assert refused(session, f"delete {TUN0}", "systemctl stop everleaf@tun0.service fails") == stopped("tun0")


def test_nothing_is_applied_when_the_session_cannot_be_read(session, router):
    router.program("bin/cli-shell-api", '#!/bin/sh\n[ "$1" = exists ] && exit 1\necho broken >&2\nexit 2\n')
    assert refused(session, f"set {TUN0}", "cli-shell-api listNodes interfaces everleaf tun0: broken") == []


def test_a_firewall_that_refuses_keeps_the_node_from_starting(session, router):
    router.program("sbin/ubnt-fw", "#!/bin/sh\necho no such ruleset\nexit 1\n")
    assert refused(session, f"set {TUN0} firewall in name TYPO", "no such ruleset") == []


def test_where_there_is_no_ubnt_fw_vyattas_own_script_is_asked(session, router):
    (router.root / "stubs/sbin/ubnt-fw").unlink()
    script = router.root / "opt/vyatta/sbin/vyatta-firewall.pl"
    script.write_text('#!/bin/sh\nprintf "%s|" "$@" >>/stubs/calls\n')
    script.chmod(0o755)
    calls = commit(session, f"set {TUN0} firewall in ipv6-name M")
    assert calls[:2] == [
        "sudo /opt/vyatta/sbin/vyatta-firewall.pl --update-interfaces update tun0 in M firewall ipv6-name",
        f"--update-interfaces|update|tun0|in|M|firewall ipv6-name|{started('tun0')[0]}",
    ]
