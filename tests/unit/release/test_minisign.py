"""Signatures by the real minisign 0.11, and what is wrong with others."""

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from everleaf import _core
from everleaf.errors import UntrustedError
from everleaf.release import Claim, PublicKey, Signature, Trust
from unit.release.signer import Signer

NAME = "everleaf-0.1.0-linux-x86_64"
FILE = b"hello\n"
KEY = """untrusted comment: minisign public key B4F9465FA15D3C70
RWRwPF2hX0b5tBQ/8Ukbs63m+KihDIpOG3Lh4a502Ea8aXxKqiZVI3kO
"""
SIGNATURE = f"""untrusted comment: signature from minisign secret key
RURwPF2hX0b5tJPhi06KUP6jdtx1YJ0bCnauWuPoB+ekA7jF5waQKlassjsjsCK7MCXGOWj96pvXOQ15XgzW6pS9t7isNCbi+AY=
trusted comment: file:{NAME}\tversion:0.1.0
WD09TV6Tkl4jIy3PAurzeUUb8qYHjhm+UiLIx0hmLN2/o8J2ZN77zjiQaPTvCVUfK3GxD0gBoa1eLqJSf+ieAw==
"""
LEGACY = """untrusted comment: signature from minisign secret key
RWRwPF2hX0b5tDRe7bOxCMHoOEbfxFMZyOLSmSKxPb92SSWVp2u68GoZP/KZ1qhHamEf7Be1mFJ0W4skWkggR0kZV0imfnv0EA8=
trusted comment: timestamp:1795653597\tfile:everleaf-0.1.0-linux-x86_64
lT135mb49n6itCXAQiZyXcnIMe7vkQxqmNwiKwxm5WILCHXsT4dRr3gWVy3EYKhOE8QtRyP8VcLkScQe4D1ODw==
"""
REAL = Trust(PublicKey.parse(KEY), _core.verify)


def judged(signature=SIGNATURE, *, trust=REAL, name=NAME, file=FILE, oldest=""):
    return trust.judge(name, blake2b(file).digest(), signature, oldest)


def test_what_minisign_signed_is_good():
    assert judged(oldest="0.1.0") == Claim(NAME, "0.1.0")
    assert REAL.key.name == "B4F9465FA15D3C70"
    assert PublicKey.parse(KEY.splitlines()[1]) == REAL.key


def test_tests_sign_as_minisign_does():
    signer = Signer()
    assert judged(signer.claim(FILE, NAME, "0.1.0"), trust=signer.trust) == Claim(NAME, "0.1.0")


REFUSED = {
    "a changed file": ({"file": b"Hello\n"}, "the signature is wrong"),
    "another file's signature": (
        {"name": "everleaf-0.1.0-linux-aarch64"},
        f"is {NAME} of version 0.1.0; it was renamed",
    ),
    "an old version": ({"oldest": "0.2.0"}, "is of version 0.1.0, before 0.2.0"),
    "a key that is not trusted": ({"trust": Signer().trust}, "signed by key B4F9465FA15D3C70, not by 0706050403020100"),
    "that key's number on another key": (
        {"trust": Signer(number=REAL.key.number).trust},
        "the signature is wrong",
    ),
    "a changed version": ({"signature": SIGNATURE.replace("version:0.1.0", "version:0.1.1")}, "comment was changed"),
    "the form that is not prehashed": ({"signature": LEGACY}, "not prehashed; sign with"),
    "no signature": ({"signature": "<html>not found</html>"}, "no signature of minisign"),
    "half a signature": ({"signature": SIGNATURE[:-2]}, "no signature of minisign"),
    "a comment that is not ours": (
        {"signature": Signer().sign(FILE, "timestamp:1"), "trust": Signer().trust},
        "names no file and version",
    ),
}


@pytest.mark.parametrize(("changed", "words"), REFUSED.values(), ids=REFUSED)
def test_refusal_says_what_is_wrong(changed, words):
    with pytest.raises(UntrustedError, match=words) as refusal:
        judged(**changed)
    assert str(refusal.value).startswith(changed.get("name", NAME))
    assert refusal.value.exit_code == 65


@pytest.mark.parametrize("text", ["", KEY.replace("RWRw", "RURw"), KEY[:-10], "RW\u00e4"])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(UntrustedError, match="no public key of minisign"):
        PublicKey.parse(text)


@given(st.text() | st.text("ab\n=:"), st.integers(0, len(SIGNATURE)), st.integers(0, 9))
def test_nonsense_is_refused_and_nothing_else_is_raised(noise, at, gone):
    text = SIGNATURE[:at] + noise + SIGNATURE[at + gone :]
    try:
        signature = Signature.parse(text)
        signature.judge(REAL.key, blake2b(FILE).digest(), _core.verify)
    except UntrustedError:
        return
    assert signature == Signature.parse(SIGNATURE)
