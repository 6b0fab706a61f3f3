"""The mark of an interface that we made, asked of a model of FreeBSD."""

import pytest

from everleaf.host.abi import load
from everleaf.host.bsd.mark import has_mark, set_mark
from host.bsd.fake.freebsd import FreeBsdKernel


def test_mark_stays_on_the_interface_that_has_it():
    kernel, abi = FreeBsdKernel(), load("freebsd", "x86_64")
    kernel.add_interface("tun0", "tun")
    assert not has_mark(kernel, abi, "tun0")
    set_mark(kernel, abi, "tun0")
    assert has_mark(kernel, abi, "tun0")
    assert not has_mark(kernel, abi, "lo0")
    assert not has_mark(kernel, abi, "tun9")
    assert kernel.open_sockets() == 0


def test_somebody_elses_description_is_no_mark():
    kernel, abi = FreeBsdKernel(), load("freebsd", "x86_64")
    kernel.add_interface("tun0", "tun").description = "everleaf of my own"
    assert not has_mark(kernel, abi, "tun0")


def test_mark_that_is_refused_raises_what_the_kernel_said():
    kernel, abi = FreeBsdKernel(), load("freebsd", "x86_64")
    with pytest.raises(OSError, match="not configured"):
        set_mark(kernel, abi, "tun9")
    assert kernel.open_sockets() == 0
