"""A mark on an interface that we made: its description, which outlives our process as the interface does.

So that cleaning up needs no memory: an interface with the mark was made by opening it, and may be destroyed.
"""

from __future__ import annotations

import ctypes

from everleaf.host.abi import Abi
from everleaf.host.abi.structure import Structure
from everleaf.host.bsd.ifreq import name_bytes
from everleaf.host.bsd.interface import InterfaceSocket
from everleaf.host.bsd.kernel import Kernel

MARK = b"everleaf"
ROOM = 64  # bytes; NetBSD's IFDESCRSIZE, and it wants them all for an answer


def set_mark(kernel: Kernel, abi: Abi, name: str) -> None:
    """Raises OSError with the kernel's errno."""
    text = ctypes.create_string_buffer(MARK)
    with InterfaceSocket(kernel, abi) as ask:
        ask.ask("SIOCSIFDESCR", _request(abi, name, text))


def has_mark(kernel: Kernel, abi: Abi, name: str) -> bool:
    """An interface without a description, or that is gone, has none."""
    text = ctypes.create_string_buffer(ROOM)
    with InterfaceSocket(kernel, abi) as ask:
        try:
            ask.ask("SIOCGIFDESCR", _request(abi, name, text))
        except OSError:
            return False
    return text.value == MARK


def _request(abi: Abi, name: str, text: ctypes.Array[ctypes.c_char]) -> bytes:
    """How long the text is and where: FreeBSD and NetBSD name and lay out the two differently."""
    request = Structure(abi, "ifreq")
    request.place("ifr_name", name_bytes(abi, name))
    pointer = abi.sizeof("pointer")
    length, width, where = (
        ("ifr_buflen", 4, "ifr_buf") if "ifr_buflen" in request else ("ifr_buffer.length", pointer, "ifr_buffer.buffer")
    )
    request.put(length, len(text), width)
    request.put(where, ctypes.addressof(text), pointer)
    return bytes(request)
