"""The tables of /proc/net on CPUs of either byte order, and whose the sockets are."""

import itertools

import pytest

from everleaf.host.base import ListeningPort
from everleaf.host.linux.ports import LinuxPorts, Waiting, owners, parse

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
NOBODY4, NOBODY6 = "00000000:0000", "0" * 32 + ":0000"


def row(local, remote=NOBODY4, state="0A", inode=7):
    return f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1 0 100 0\n"


@pytest.mark.parametrize(
    ("words", "byteorder", "address"),
    [
        ("0100007F", "little", "127.0.0.1"),
        ("7F000001", "big", "127.0.0.1"),
        ("00000000", "little", "0.0.0.0"),
        ("0" * 32, "big", "::"),
        ("00000000000000000000000001000000", "little", "::1"),
        ("00000000000000000000000000000001", "big", "::1"),
        ("67452302EFCDAB893412CDAB78563412", "little", "223:4567:89ab:cdef:abcd:1234:1234:5678"),
        ("0223456789ABCDEFABCD123412345678", "big", "223:4567:89ab:cdef:abcd:1234:1234:5678"),
        ("0000000000000000FFFF00000100007F", "little", "127.0.0.1"),
        ("00000000000000000000FFFF7F000001", "big", "127.0.0.1"),
    ],
)
def test_address_is_read_as_its_cpu_writes_it(words, byteorder, address):
    remote = NOBODY4 if len(words) == 8 else NOBODY6
    found = list(parse("tcp", HEAD + row(f"{words}:2329", remote, inode=42), byteorder))
    assert found == [Waiting("tcp", 9001, address, 42)]


@pytest.mark.parametrize(
    ("protocol", "remote", "state", "waits"),
    [
        ("tcp", NOBODY4, "0A", True),
        ("tcp", "0200007F:1F90", "01", False),  # established
        ("tcp", NOBODY4, "07", False),  # bound, not listening
        ("udp", NOBODY4, "07", True),
        ("udp", "0200007F:0035", "01", False),  # connected
        ("udp", "0200007F:0035", "07", False),
    ],
)
def test_only_who_waits_is_a_row(protocol, remote, state, waits):
    assert bool(list(parse(protocol, HEAD + row("0100007F:0050", remote, state), "little"))) is waits


def test_table_that_is_cut_anywhere_is_read_as_far_as_it_goes():
    table = HEAD + row("0100007F:0050", inode=1) + row("0100007F:0051", inode=2)
    for end in range(len(table)):
        found = list(parse("tcp", table[:end], "little"))
        assert len(found) <= 2


@pytest.fixture
def proc(tmp_path):
    """A /proc with one socket of TCP, inode 7, and one of UDP, inode 8."""
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(HEAD + row("0100007F:0050"))
    (tmp_path / "net" / "udp6").write_text(HEAD + row("0" * 32 + ":0035", NOBODY6, "07", inode=8))
    (tmp_path / "sys").mkdir()
    return tmp_path


def process(proc, pid, name, *targets):
    (proc / str(pid) / "fd").mkdir(parents=True)
    (proc / str(pid) / "comm").write_text(f"{name}\n")
    for fd, target in zip(itertools.count(3), targets, strict=False):
        (proc / str(pid) / "fd" / str(fd)).symlink_to(target)


def test_ports_name_every_process_that_has_the_socket(proc):
    process(proc, 30, "worker", "socket:[7]", "/dev/null", "socket:[7]")
    process(proc, 4, "master", "socket:[7]")
    assert LinuxPorts(proc).list() == [
        ListeningPort("tcp", 80, "127.0.0.1", "master", 4),
        ListeningPort("tcp", 80, "127.0.0.1", "worker", 30),
        ListeningPort("udp", 53, "::"),
    ]


def test_ports_of_a_process_that_we_may_not_look_at_have_no_name(proc):
    (proc / "5").mkdir()  # its fd is as good as missing
    assert [(port.process, port.pid) for port in LinuxPorts(proc).list()] == [("", 0), ("", 0)]


def test_processes_are_searched_only_for_new_sockets(proc, monkeypatch):
    searched = []
    monkeypatch.setattr("everleaf.host.linux.ports.owners", lambda *ask: searched.append(ask) or owners(*ask))
    ports = LinuxPorts(proc)
    ports.list()
    ports.list()
    assert len(searched) == 1  # also for sockets that nobody was found for
    (proc / "net" / "tcp").write_text(HEAD + row("0100007F:0050", inode=7) + row("0100007F:0051", inode=9))
    process(proc, 6, "new", "socket:[9]")
    assert ListeningPort("tcp", 81, "127.0.0.1", "new", 6) in ports.list()
    (proc / "net" / "tcp").write_text(HEAD)
    ports.list()
    assert len(searched) == 2  # a socket that went is no reason
