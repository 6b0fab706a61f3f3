"""What is published: files, a signed index of them, and how one who has only the maker's public key judges both.

The Ed25519 is the caller's: the node brings its core's, the toolkit that of a library.
"""

from everleaf.release.claim import Claim, Trust, digest_of
from everleaf.release.index import INDEX, Artefact, Index
from everleaf.release.minisign import PublicKey, Signature
from everleaf.release.version import older

__all__ = ["INDEX", "Artefact", "Claim", "Index", "PublicKey", "Signature", "Trust", "digest_of", "older"]
