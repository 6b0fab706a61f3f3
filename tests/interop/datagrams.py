"""Send or receive UDP datagrams and print two digests of them: run as a program inside a host.

`datagrams.py receive ADDRESS PORT` prints `listening`, then SHA-256 of what came, in order and sorted.
`datagrams.py send ADDRESS PORT` prints the same of what it sent: some that the kernel may join, some it must fragment.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sys

UDP_SEGMENT = 103
TOGETHER, SIZE = 20, 1000
ALONE = (0, 1, 1000, 3000, 8000)  # the last ones in fragments where the MTU is small
COUNT = TOGETHER + len(ALONE)
PATIENCE = 20.0  # seconds


def told(datagrams: list[bytes]) -> None:
    for each in (datagrams, sorted(datagrams)):
        whole = b"".join(len(datagram).to_bytes(4, "big") + datagram for datagram in each)
        print(hashlib.sha256(whole).hexdigest(), end=" ")


def receive(address: str, port: int) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(PATIENCE)
        receiver.bind((address, port))
        print("listening", flush=True)
        told([receiver.recv(65536) for _ in range(COUNT)])


def send(address: str, port: int) -> None:
    joined = os.urandom(TOGETHER * SIZE)
    datagrams = [joined[at : at + SIZE] for at in range(0, len(joined), SIZE)] + [os.urandom(size) for size in ALONE]
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.connect((address, port))
        sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, SIZE)
        sender.send(joined)
        sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
        for datagram in datagrams[TOGETHER:]:
            sender.send(datagram)
    told(datagrams)


if __name__ == "__main__":
    command, address, port = sys.argv[1:]
    {"receive": receive, "send": send}[command](address, int(port))
