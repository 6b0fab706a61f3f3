from pathlib import PurePosixPath, PureWindowsPath

import pytest

from everleaf.errors import UsageError
from everleaf.platform import VERBS, manager, managers, platform, platforms


def test_every_row_has_every_column():
    for name, row in platforms().items():
        assert platform(name) == row
        assert row.name == name


def test_paths_on_a_host_are_absolute():
    for row in platforms().values():
        absolute = PureWindowsPath if row.system == "Windows" else PurePosixPath
        for path in (row.binary, row.versions, row.config, row.key_file, row.pidfile, row.cache, row.hosts_file):
            assert absolute(path).is_absolute(), f"{row.name}: {path}"


def test_an_unknown_platform_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="'plan9' is not known; choose one of: debian, "):
        platform("plan9")


def test_every_platform_has_a_manager_with_every_verb():
    for row in platforms().values():
        assert manager(row.manager) == managers()[row.manager]
    for row in managers().values():
        assert tuple(row.commands) == VERBS
