from pathlib import Path

import pytest

from everleaf.errors import HostError, PermissionDeniedError, UnavailableError
from everleaf_fleet.lab import preflight


def test_check_tells_how_to_get_a_missing_program(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnavailableError, match="the program unshare is missing; install the package util-linux"):
        preflight.check()


def test_check_tells_how_to_get_a_missing_tun_device(monkeypatch, tmp_path):
    monkeypatch.setattr(preflight, "TUN", tmp_path / "tun")
    with pytest.raises(HostError, match=r"/tun is missing; run: sudo modprobe tun"):
        preflight.check()


def test_explain_names_the_switch_that_refuses(monkeypatch, tmp_path):
    switch = tmp_path / "user" / "max_user_namespaces"
    switch.parent.mkdir()
    switch.write_text("0\n")
    monkeypatch.setattr(preflight, "SYSCTL", tmp_path)
    error = preflight.explain("unshare: unshare failed: No space left on device")
    assert isinstance(error, PermissionDeniedError)
    assert str(error).endswith("user.max_user_namespaces is 0; run: sudo sysctl user.max_user_namespaces=10000")


@pytest.mark.parametrize(
    ("said", "kind", "remedy"),
    [
        ("unshare: unshare failed: Operation not permitted", PermissionDeniedError, "--privileged"),
        ("mount: /usr/local: wrong fs type, bad option, bad superblock on overlay", HostError, "Linux 5.11"),
        ("", HostError, "as root"),
    ],
)
def test_explain_has_a_remedy_for(said, kind, remedy, monkeypatch, tmp_path):
    monkeypatch.setattr(preflight, "SYSCTL", Path(tmp_path))
    error = preflight.explain(said)
    assert isinstance(error, kind)
    assert remedy in error.fix
