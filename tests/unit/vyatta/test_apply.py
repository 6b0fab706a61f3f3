"""How a running node comes to run what was committed."""

from __future__ import annotations

import stat

import pytest

from everleaf.config import Config, loads
from everleaf.config.text import render
from everleaf.daemon.reload import FIXED
from everleaf.errors import ConfigError, HostError, OutputError, PermissionDeniedError, UsageError
from everleaf.vyatta.apply import ensure_key, make_key, next_step, switch
from everleaf.vyatta.instance import Instance, Step, instances

TUN0 = Instance("tun0")
UNIT = "everleaf@tun0.service"


def config(text: str = "") -> Config:
    return loads(text.encode())


MTU = config("[interface]\nmtu = 1400")
PEER = config('[peering]\npeers = ["tls://a.example:1"]')


@pytest.mark.parametrize(
    ("old", "new", "running", "step"),
    [
        (None, config(), False, Step.START),
        (config(), config(), False, Step.START),  # it was killed, or did not start
        (None, config(), True, Step.RESTART),  # with what it runs, nobody knows
        (config(), config(), True, None),
        (config(), PEER, True, Step.RELOAD),
        (config(), config('[log]\nlevel = "debug"'), True, Step.RELOAD),
        (config(), MTU, True, Step.RESTART),
        (config(), config('[admin]\nlisten = "none"'), True, Step.RESTART),
    ],
)
def test_the_gentlest_step_that_suffices_is_taken(old, new, running, step):
    assert next_step(old, new, running=running, fixed=FIXED) is step


def change(new: Config) -> Step | None:
    return switch(TUN0, render(new), new, fixed=FIXED)


def test_switch_starts_reloads_restarts_and_leaves_alone(router):
    assert [change(new) for new in (config(), config(), PEER, MTU)] == [Step.START, None, Step.RELOAD, Step.RESTART]
    assert router.calls == [f"start {UNIT}", f"reload {UNIT}", f"restart {UNIT}"]
    assert TUN0.applied() == MTU


def test_the_configuration_is_for_the_node_alone():
    change(config())
    assert stat.S_IMODE(TUN0.config_file.stat().st_mode) == 0o600
    assert [path.name for path in TUN0.config_file.parent.iterdir()] == ["tun0.toml"]


def test_a_first_start_that_fails_leaves_nothing(router):
    router.fail_once("start")
    with pytest.raises(HostError, match=r"systemctl start everleaf@tun0.service fails .*; see: journalctl -u "):
        change(config())
    assert not TUN0.config_file.exists()
    assert router.calls == [f"start {UNIT}", f"stop {UNIT}"]


def test_a_restart_that_fails_returns_to_what_ran(router):
    change(config())
    router.fail_once("restart")
    with pytest.raises(HostError):
        change(MTU)
    assert TUN0.applied() == config()
    assert router.calls == [f"start {UNIT}", f"restart {UNIT}", f"restart {UNIT}"]
    assert router.is_active(UNIT)


def test_a_configuration_that_no_longer_loads_is_replaced():
    change(config())
    TUN0.config_file.write_text("of = another version\n")
    assert change(config()) is Step.RESTART


def test_remove_stops_forgets_and_is_harmless_twice(router):
    change(config())
    make_key(TUN0.key_file)
    TUN0.remove()
    TUN0.remove()
    assert router.calls == [f"start {UNIT}", f"stop {UNIT}", f"stop {UNIT}"]
    assert not TUN0.config_file.exists()
    assert TUN0.key_file.exists()


def test_the_key_of_its_own_place_is_made_once():
    wanted = config(f'[identity]\nkey_file = "{TUN0.key_file}"')
    assert ensure_key(TUN0, wanted)
    assert stat.S_IMODE(TUN0.key_file.parent.stat().st_mode) == 0o700
    made = TUN0.key_file.read_bytes()
    assert not ensure_key(TUN0, wanted)
    assert TUN0.key_file.read_bytes() == made


def test_a_key_named_in_the_tree_must_be_there(tmp_path):
    with pytest.raises(
        ConfigError, match=r"tun0: private-key-file: .*; make it .*: generate everleaf private-key mine"
    ):
        ensure_key(TUN0, config(f'[identity]\nkey_file = "{tmp_path}/mine"'))


def test_a_key_that_the_node_could_not_read_is_refused(monkeypatch):
    wanted = config(f'[identity]\nkey_file = "{TUN0.key_file}"')
    ensure_key(TUN0, wanted)
    monkeypatch.setattr("os.geteuid", lambda: -1)
    with pytest.raises(PermissionDeniedError, match=r"does not belong to root; run: sudo chown root "):
        ensure_key(TUN0, wanted)
    TUN0.key_file.chmod(0o644)
    with pytest.raises(PermissionDeniedError, match="can be read by others"):
        ensure_key(TUN0, wanted)


def test_a_key_is_never_replaced():
    make_key(TUN0.key_file)
    with pytest.raises(OutputError, match="never replaced"):
        make_key(TUN0.key_file)


@pytest.mark.parametrize("name", ["", "tun", "eth0", "tun0\n", "tun1000", "tun-1", "../tun0", "tun٣"])
def test_only_tun_and_a_number_names_an_instance(name):
    with pytest.raises(UsageError, match="tun0 to tun999"):
        Instance.parse(name)


def test_instances_are_those_with_a_configuration_in_order():
    assert list(instances()) == []
    for name in ("tun10", "tun9"):
        Instance(name).write("")
    TUN0.config_file.with_name("tunnel.toml").touch()
    assert [one.name for one in instances()] == ["tun9", "tun10"]
