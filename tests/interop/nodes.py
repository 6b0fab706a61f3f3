"""Drivers for the nodes under test: the real Yggdrasil and everleaf behind one face."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import toml

from everleaf import __version__
from interop.net import Host, Net, wait_until

PROJECT = Path(__file__).resolve().parents[2]
STREAM = Path(__file__).with_name("stream.py")
SOURCE = (sys.executable, "-m", "everleaf")
FROZEN = (str(PROJECT / "dist" / "everleaf"),)
FOLDER = (str(PROJECT / "dist" / "everleaf-folder" / "everleaf"),)
RELEASE = (str(PROJECT / "dist" / f"everleaf-{__version__}-linux-x86_64-glibc231"),)
PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")  # DER of everything before the seed


class AdminError(Exception):
    """The node answered an admin request with an error."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A node key as a PEM file's text, with the public key that the real node derives from it."""

    pem: str
    key: str


def _pem(seed: bytes) -> str:
    body = base64.b64encode(PKCS8_ED25519 + seed).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


def _public_key(pem: str, directory: Path) -> str:
    key_file = directory / "identity.pem"
    key_file.write_text(pem)
    config = json.dumps({"PrivateKeyPath": str(key_file)})
    question = ("yggdrasil", "-useconf", "-publickey")
    return subprocess.run(question, input=config, capture_output=True, text=True, check=True).stdout.strip()


def identities(number: int, directory: Path) -> tuple[Identity, ...]:
    """The same keys in every run, lowest first: the first one becomes the root of any mesh it is in."""
    pems = [_pem(hashlib.sha256(f"everleaf interop {n}".encode()).digest()) for n in range(number)]
    made = [Identity(pem, _public_key(pem, directory)) for pem in pems]
    return tuple(sorted(made, key=lambda identity: identity.key))


class Node(ABC):
    """One node: set its options, start it, then ask its admin socket."""

    log_level = "debug"
    mtu = 65535  # of its interface

    def __init__(self, host: Host, identity: Identity) -> None:
        self.host = host
        self.key = identity.key
        self.listen: list[str] = []
        self.peers: list[str] = []
        self.allowed_keys: list[str] = []
        self.node_info: dict[str, Any] = {"name": host.name}
        self.key_file = host.directory / "identity.pem"
        self.admin = host.directory / "admin.sock"
        self.log_file = host.directory / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self._ports = count(9001)
        self.key_file.write_text(identity.pem)
        self.key_file.chmod(0o600)

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Write the configuration; the program and its arguments."""

    def launch(self) -> None:
        """Start the program without waiting for it."""
        with self.log_file.open("ab") as log:
            self.process = self.host.spawn(*self.command(), stdout=log, stderr=subprocess.STDOUT, cwd="/")

    def start(self) -> None:
        """Start the program and wait until its admin socket answers and its TUN device has an address."""
        self.launch()
        self.ready()

    def ready(self) -> None:
        """Wait until the admin socket answers and the address is up."""
        wait_until(self.answers, f"{self.host.name} answers; see {self.log_file}")
        wait_until(lambda: self.address in self.host.run("ip", "-6", "address"), f"{self.host.name} has its address")

    def answers(self) -> bool:
        """Whether the admin socket answers by now; fail if the program has ended instead."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"{self.host.name} ended with {self.process.returncode}:\n{self.log_file.read_text()}")
        try:
            return bool(self.ctl("getSelf"))
        except OSError:
            return False

    def ctl(self, request: str, **arguments: str) -> Any:
        """The answer to one admin request; AdminError with the node's text if it refuses."""
        question = {"request": request, "arguments": arguments}
        with socket.socket(socket.AF_UNIX) as admin:
            admin.settimeout(20)
            admin.connect(str(self.admin))
            admin.sendall(json.dumps(question).encode())
            answer = json.loads(b"".join(iter(lambda: admin.recv(65536), b"")))
        if answer["status"] != "success":
            raise AdminError(answer["error"])
        return answer["response"]

    @functools.cached_property
    def address(self) -> str:
        """The node's own address in the mesh."""
        return str(self.ctl("getSelf")["address"])

    def links(self) -> list[dict[str, Any]]:
        """What getPeers says of links that are up."""
        return [peer for peer in self.ctl("getPeers")["peers"] if peer["up"]]

    def parent(self) -> str:
        """The key of this node's parent in the tree; its own key if it is the root."""
        return str(next(entry["parent"] for entry in self.ctl("getTree")["tree"] if entry["key"] == self.key))

    def reaches(self, other: Node, timeout: float = 30.0) -> None:
        """Fail unless the other node answers a ping through the mesh."""
        wait_until(lambda: self._pinged(other), f"{self.host.name} reaches {other.host.name}", timeout)

    def _pinged(self, other: Node) -> bool:
        """One try. Two real nodes stall for a minute after a lost ack if only one of them has something to say."""
        if self.host.pings(other.address):
            return True
        if isinstance(self, Yggdrasil) and isinstance(other, Yggdrasil):
            other.host.pings(self.address)
        return False

    def stop(self) -> int:
        """End it politely; its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(10)

    def kill(self) -> None:
        """The power fails: the whole process group is gone at once."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


class Yggdrasil(Node):
    """The real one."""

    def command(self) -> Sequence[str]:
        config = {
            "PrivateKeyPath": str(self.key_file),
            "Listen": self.listen,
            "Peers": self.peers,
            "AllowedPublicKeys": self.allowed_keys,
            "AdminListen": f"unix://{self.admin}",
            "MulticastInterfaces": [],
            "IfName": "mesh0",
            "IfMTU": self.mtu,
            "NodeInfo": self.node_info,
        }
        path = self.host.directory / "yggdrasil.conf"
        path.write_text(json.dumps(config))
        return ("yggdrasil", "-useconffile", str(path), "-loglevel", self.log_level)


class Everleaf(Node):
    """Ours, from the source tree or frozen."""

    program: Sequence[str] = SOURCE
    interface: Mapping[str, Any] = {"kind": "tun", "name": "mesh0"}

    def command(self) -> Sequence[str]:
        config = {
            "identity": {"key_file": str(self.key_file)},
            "interface": {"mtu": self.mtu} | dict(self.interface),
            "peering": {"listen": self.listen, "peers": self.peers, "allowed_keys": self.allowed_keys},
            "admin": {"listen": f"unix://{self.admin}"},
            "nodeinfo": self.node_info,
            "log": {"level": self.log_level},
        }
        path = self.host.directory / "everleaf.toml"
        path.write_text(toml.dumps(config))
        return (*self.program, "run", "--config", str(path), "--pidfile", str(self.host.directory / "pid"))


def peer(net: Net, dialler: Node, listener: Node, scheme: str = "tcp", *, dial: str = "", listen: str = "") -> str:
    """Configure a link before both start; `dial` and `listen` are the queries. The dialled URI without query."""
    _, there = net.wire(dialler.host, listener.host)
    port = next(listener._ports)
    uri = f"unix://{listener.host.directory}/{port}.sock" if scheme == "unix" else f"{scheme}://{there}:{port}"
    listener.listen.append(f"{uri}?{listen}" if listen else uri)
    dialler.peers.append(f"{uri}?{dial}" if dial else uri)
    return uri


def start(*nodes: Node) -> None:
    """Start nodes at the same time and wait for all of them."""
    for node in nodes:
        node.launch()
    for node in nodes:
        node.ready()


def transfer(source: Node, sink: Node, size: int, *, port: int = 7000) -> None:
    """Send `size` random bytes through the mesh over TCP; fail unless the same bytes arrive."""
    program = (sys.executable, str(STREAM))
    receiver = sink.host.spawn(*program, "receive", sink.address, f"{port}", stdout=subprocess.PIPE)
    assert receiver.stdout is not None
    assert receiver.stdout.readline() == b"listening\n"
    sent = source.host.run(*program, "send", sink.address, f"{port}", f"{size}", timeout=100)
    received, _ = receiver.communicate(timeout=60)
    assert received.decode() == sent
    assert int(sent.split()[0]) == size
