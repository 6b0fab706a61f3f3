"""One TCP transfer, for machines without iperf3: a script of its own, `receive PORT` or `send ADDRESS PORT SECONDS`."""

from __future__ import annotations

import socket
import sys
import time

CHUNK = bytes(1 << 18)


def receive(port: int) -> None:
    """Take one connection, read it to its end, and answer with the bits per second."""
    with socket.create_server(("::", port), family=socket.AF_INET6) as server:
        connection, _ = server.accept()
    with connection:
        start, total = time.monotonic(), 0
        while size := len(connection.recv(len(CHUNK))):
            total += size
        connection.sendall(f"{8 * total / (time.monotonic() - start):.0f}".encode())


def send(address: str, port: int, seconds: float) -> None:
    """Send as much as the connection takes for so long, and print the receiver's answer."""
    with socket.create_connection((address, port), timeout=10) as connection:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            connection.sendall(CHUNK)
        connection.shutdown(socket.SHUT_WR)
        print(connection.recv(64).decode())


if __name__ == "__main__":
    if sys.argv[1] == "receive":
        receive(int(sys.argv[2]))
    else:
        send(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
