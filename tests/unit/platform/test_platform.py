import pytest

from everleaf.errors import UsageError
from everleaf.platform import platform, platforms


def test_every_row_has_every_column():
    for name, row in platforms().items():
        assert platform(name) == row
        assert row.name == name


def test_paths_on_a_host_are_absolute():
    for row in platforms().values():
        for path in (row.binary, row.versions, row.config, row.key_file, row.admin_socket, row.pidfile, row.log_file):
            assert path.startswith("/"), f"{row.name}: {path}"


def test_an_unknown_platform_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="'plan9' is not known; choose one of: linux-pidfile"):
        platform("plan9")
