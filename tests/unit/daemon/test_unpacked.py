import sys

from everleaf.daemon.unpacked import remove_stale, unpacked
from everleaf.platform import platforms


def unpack(monkeypatch, parent, own="_MEIours"):
    """As in a single file that has unpacked itself there."""
    for name in (own, "_MEIleft", "other"):
        (parent / name).mkdir()
        (parent / name / "library").touch()
    monkeypatch.setattr(sys, "_MEIPASS", str(parent / own), raising=False)


def known(monkeypatch, directory):
    """As if it were that of a platform."""
    row = type("Row", (), {"cache": str(directory)})
    monkeypatch.setattr("everleaf.platform.platforms", lambda: platforms() | {"here": row})


def test_what_was_left_beside_us_is_removed(monkeypatch, tmp_path):
    known(monkeypatch, tmp_path)
    unpack(monkeypatch, tmp_path)
    assert remove_stale() == [tmp_path / "_MEIleft"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["_MEIours", "other"]


def test_a_directory_that_others_share_is_left_alone(monkeypatch, tmp_path):
    unpack(monkeypatch, tmp_path)
    assert remove_stale() == []
    assert (tmp_path / "_MEIleft").exists()


def test_a_link_is_not_followed(monkeypatch, tmp_path):
    known(monkeypatch, tmp_path / "cache")
    (tmp_path / "cache").mkdir()
    unpack(monkeypatch, tmp_path / "cache")
    (tmp_path / "cache" / "_MEIlink").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    remove_stale()
    assert (tmp_path / "elsewhere").exists()


def test_nothing_is_removed_when_nothing_was_unpacked():
    assert remove_stale() == []


def test_only_a_single_file_has_a_loader(monkeypatch, tmp_path):
    assert unpacked() is None  # from sources, as a static program
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "everleaf-folder/_internal"), raising=False)
    assert unpacked() is None
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "_MEI1"))
    assert unpacked() == tmp_path / "_MEI1"
