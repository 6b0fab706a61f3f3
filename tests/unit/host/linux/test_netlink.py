"""Netlink without a kernel: what is packed is unpacked, and no bytes make a reader go wrong or go on for ever."""

import errno
import os
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf.host.abi import load
from everleaf.host.linux import netlink
from everleaf.host.linux.netlink import NLMSGHDR, Message, Netlink, NetlinkWatch, attribute, split, unpack

ABI = load("linux")
DONE, ERROR, LINK = ABI["NLMSG_DONE"], ABI["NLMSG_ERROR"], ABI["RTM_NEWLINK"]


def message(kind, sequence, body=b"", flags=0):
    return NLMSGHDR.pack(NLMSGHDR.size + len(body), kind, flags, sequence, 0) + body + bytes(-len(body) % 4)


def error(code, sequence):
    return message(ERROR, sequence, struct.pack("=i", -code) + bytes(16))


@given(st.dictionaries(st.integers(0, 0x3FFF), st.binary(max_size=40), max_size=8))
def test_attributes_come_back_as_they_were_packed(wanted):
    packed = b"".join(attribute(kind, value) for kind, value in wanted.items())
    assert len(packed) % 4 == 0
    assert unpack(packed) == wanted


def test_flags_of_an_attribute_are_not_its_type():
    assert unpack(attribute(ABI["NLA_F_NESTED"] | 18, b"x")) == {18: b"x"}


@given(st.binary(max_size=200))
def test_any_bytes_are_some_attributes(data):
    assert all(len(value) <= len(data) for value in unpack(data).values())


@given(st.binary(max_size=200))
def test_any_bytes_are_some_messages(data):
    assert sum(NLMSGHDR.size + len(each.body) for each, _, _ in split(data)) <= len(data)


@pytest.mark.parametrize("length", [0, 15, 17, 0xFFFFFFFF])
def test_message_of_an_impossible_length_ends_the_datagram(length):
    good = message(LINK, 1)
    bad = struct.pack("=I", length) + good[4:]
    assert [each.kind for each, _, _ in split(good + bad)] == [LINK]


class FakeSocket:
    """Answers each request with the next of the scripted datagrams; the request's sequence number is known."""

    def __init__(self, *answers):
        self.answers, self.sent, self.closed = list(answers), [], False

    def send(self, data):
        self.sent.append(NLMSGHDR.unpack_from(data))

    def recv(self, _size, _flags=0):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def setsockopt(self, *_):
        raise OSError(errno.ENOPROTOOPT, "an old kernel")

    def setblocking(self, _):
        pass

    def close(self):
        self.closed = True


@pytest.fixture
def conversation(monkeypatch):
    """A conversation in which the kernel says just this."""

    def begin(*answers):
        kernel = FakeSocket(*answers)
        monkeypatch.setattr(netlink, "_open", lambda _groups: kernel)
        return Netlink(), kernel

    return begin


def test_request_waits_for_its_own_acknowledgement(conversation):
    talk, kernel = conversation(error(0, 99), message(LINK, 1), error(0, 1))
    talk.request(LINK, ABI["NLM_F_CREATE"], b"")
    assert kernel.answers == []
    (_, kind, flags, sequence, _) = kernel.sent[0]
    assert (kind, flags, sequence) == (LINK, 0x401 | ABI["NLM_F_ACK"], 1)


def test_refusal_is_the_kernels_errno(conversation):
    talk, _ = conversation(error(errno.EPERM, 1))
    with pytest.raises(OSError, match=os.strerror(errno.EPERM)) as refused:
        talk.request(LINK, 0, b"")
    assert refused.value.errno == errno.EPERM


def test_dump_is_all_datagrams_up_to_done(conversation):
    talk, kernel = conversation(
        message(LINK, 1, b"aaaa") + message(LINK, 1, b"bbbb"), message(LINK, 1, b"cccc"), message(DONE, 1)
    )
    assert talk.dump(LINK, b"") == [Message(LINK, body) for body in (b"aaaa", b"bbbb", b"cccc")]
    assert kernel.answers == []


def test_dump_that_a_change_interrupted_is_asked_for_again(conversation):
    torn = message(LINK, 1, b"torn", ABI["NLM_F_DUMP_INTR"]) + message(DONE, 1)
    talk, _ = conversation(torn, message(LINK, 2, b"well") + message(DONE, 2))
    assert talk.dump(LINK, b"") == [Message(LINK, b"well")]


def test_dump_that_is_interrupted_for_ever_is_taken_as_it_is(conversation):
    torn = [message(LINK, n, b"torn", ABI["NLM_F_DUMP_INTR"]) + message(DONE, n) for n in range(1, netlink.DUMPS + 1)]
    talk, kernel = conversation(*torn)
    assert talk.dump(LINK, b"") == [Message(LINK, b"torn")]
    assert kernel.answers == []


def test_conversation_is_closed_at_its_end(conversation):
    talk, kernel = conversation(OSError(errno.ENOBUFS, "full"))
    with pytest.raises(OSError, match="full"), talk:
        talk.request(LINK, 0, b"")
    assert kernel.closed


BLOCKED = BlockingIOError(errno.EAGAIN, "nothing waits")


@pytest.mark.parametrize(
    ("answers", "news"),
    [
        ([BLOCKED], False),
        ([message(LINK, 0, b"good"), BLOCKED], True),
        ([message(LINK, 0, b"dull"), BLOCKED], False),
        ([message(LINK, 0, b"dull") + message(LINK, 0, b"good"), message(LINK, 0, b"dull"), BLOCKED], True),
        ([OSError(errno.ENOBUFS, "lost"), message(LINK, 0, b"dull"), BLOCKED], True),
    ],
)
def test_watch_reads_all_and_tells_whether_any_matters(monkeypatch, answers, news):
    kernel = FakeSocket(*answers)
    monkeypatch.setattr(netlink, "_open", lambda _groups: kernel)
    watch = NetlinkWatch(0, lambda each: each.body == b"good")
    assert (watch.read(), kernel.answers) == (news, [])


def test_sockets_are_not_inherited():
    with Netlink() as talk:
        assert not talk._socket.get_inheritable()
        assert talk._socket.family == socket.AF_NETLINK
