"""tls://HOST:PORT: tcp, with TLS 1.3 inside, which the core speaks."""

from __future__ import annotations

from everleaf.links import tcp
from everleaf.links.scheme import Scheme

TLS = Scheme("tls", tcp.dial, tcp.listen, tcp.remote, tls=True)
