"""Send or receive random bytes over one TCP connection and print their digest: run as a program inside a host.

`stream.py receive ADDRESS PORT` prints `listening`, then size and SHA-256 of what came.
`stream.py send ADDRESS PORT SIZE` prints size and SHA-256 of what it sent.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sys

CHUNK = 1 << 20
SILENCE = 30.0  # seconds without progress before an end gives up


def receive(address: str, port: int) -> None:
    digest, size = hashlib.sha256(), 0
    with socket.create_server((address, port), family=socket.AF_INET6) as server:
        server.settimeout(SILENCE)
        print("listening", flush=True)
        connection, _ = server.accept()
    with connection:
        connection.settimeout(SILENCE)
        while data := connection.recv(CHUNK):
            digest.update(data)
            size += len(data)
    print(size, digest.hexdigest())


def send(address: str, port: int, size: int) -> None:
    digest = hashlib.sha256()
    with socket.create_connection((address, port), timeout=SILENCE) as connection:
        for start in range(0, size, CHUNK):
            data = os.urandom(min(CHUNK, size - start))
            digest.update(data)
            connection.sendall(data)
    print(size, digest.hexdigest())


if __name__ == "__main__":
    command, address, *numbers = sys.argv[1:]
    {"receive": receive, "send": send}[command](address, *map(int, numbers))
