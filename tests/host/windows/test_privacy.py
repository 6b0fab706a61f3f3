"""Whom an access control list of Windows lets read a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from everleaf import identity
from everleaf.errors import OutputError, PermissionDeniedError
from everleaf.host.windows.privacy import AccessLists
from everleaf.privacy import Modes

OURS = "(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)"
USER = "S-1-5-21-1004336348-1177238915-682003330-1001"
PROFILE = f"(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;{USER})"
ROOT = "(A;ID;FA;;;BA)(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)"


class Disk:
    """Models CreateFile and GetSecurityInfo on NTFS, as far as this goes: a list of its own, or the directory's."""

    def __init__(self, inherited: str = PROFILE) -> None:
        self.inherited = inherited
        self.lists: dict[int, str] = {}  # by the inode

    def create_file(self, path: str, security: str) -> int:
        descriptor = Modes().create(Path(path))
        told, _, entries = security.removeprefix("D:").partition("(")
        inherited = "" if "P" in told else self.inherited
        self.lists[Path(path).stat().st_ino] = f"D:{told}({entries}{inherited}"
        return descriptor

    def access_list(self, descriptor: int) -> str:
        return self.lists.get(os.fstat(descriptor).st_ino, f"D:AI{self.inherited}")


def exposure(access_list: str) -> str:
    class Told(Disk):
        def access_list(self, descriptor: int) -> str:  # noqa: ARG002
            return access_list

    return AccessLists(Told()).exposure(0)


def test_a_key_is_its_owners_where_the_directory_is_everybodys(tmp_path):
    disk = Disk(ROOT)
    with identity.new_seed() as seed:
        identity.write(tmp_path / "key", seed, AccessLists(disk))
        assert list(disk.lists.values()) == [f"D:P{OURS}"]
        assert identity.load(tmp_path / "key", AccessLists(disk)) == seed
        with pytest.raises(OutputError, match="never replaced"):
            identity.write(tmp_path / "key", seed, AccessLists(disk))


def test_a_key_that_has_what_the_directory_hands_down_is_refused_with_what_to_do(tmp_path):
    with identity.new_seed() as seed:
        identity.write(tmp_path / "key", seed, Modes())
    words = (
        r'\(authenticated users, users\); run: icacls ".*key" /reset, then icacls ".*key" /inheritance:r /grant:r "\*S'
    )
    with pytest.raises(PermissionDeniedError, match=words):
        identity.load(tmp_path / "key", AccessLists(Disk(ROOT)))


@pytest.mark.parametrize(
    "told",
    [
        f"D:P{OURS}",
        f"D:PAI{OURS}",
        f"D:AI{PROFILE}",
        "D:P",
        f"D:P{OURS}(A;;FR;;;S-1-5-21-1-2-3-1005)",  # somebody by name
        f"D:P(D;;FA;;;WD){OURS}",
        f"D:P{OURS}(A;OICIIO;FA;;;WD)",
    ],
)
def test_a_file_that_is_given_to_nobody_else_is_not_exposed(told):
    assert exposure(told) == ""


@pytest.mark.parametrize(
    ("told", "whom"),
    [
        (f"D:AI{ROOT}", "authenticated users, users"),
        (f"D:P{OURS}(A;;FR;;;WD)(A;;0x1;;;WD)", "everyone"),
        (f"D:P{OURS}(A;CIOI;FR;;;BG)", "guests"),
        ('D:P(XA;;FR;;;BU;(@User.Title=="PM"))(OA;;FR;;;NU)', "users, users of the network"),
        ("D:NO_ACCESS_CONTROL", "no access control list"),
        ("", "no access control list"),
    ],
)
def test_a_file_that_anybody_may_read_is_exposed(told, whom):
    assert exposure(told) == whom
