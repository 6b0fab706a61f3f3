"""A released program reaches a node of this tree, and is reached, over TCP and TLS, from the oldest root it is for.
There install.sh prefers it to every other; a static one, to those that ask for no glibc either.

Part of `make build TARGET=...`, not of `make test`: it takes what dist/ has for $TARGET, and a root to run it in. A
static one of a foreign CPU runs in its emulator, where its TUN and its routes are this kernel's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from builds.release.directory import INSTALLER, SUMS
from builds.release.inside import inside
from builds.root import made
from builds.target import Target, find, targets, version

from interop.net import Net
from interop.nodes import PROJECT, Everleaf, identities, peer, start, transfer

PATIENCE = 120.0  # seconds; foreign CPUs are emulated

# In the root the directory of the nodes has the path it has outside, on a /tmp that is nobody else's.
ENTER = """
mount -t tmpfs none "$1/tmp" && mkdir -p "$1$2" && mount --bind "$2" "$1$2" || exit 125
mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" || exit 125
root=$1; shift 2
exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
"""


@pytest.fixture
def net() -> Iterator[Net]:
    directory = Path(tempfile.mkdtemp(prefix="everleaf-", dir="/tmp"))
    net = Net(directory)
    yield net
    net.close()
    shutil.rmtree(directory)


def within(target: Target, directory: Path) -> tuple[str, ...]:
    """What stands before a command that is to run in the oldest root that `target` is for, or in its emulator."""
    if not target.runs_in:
        return tuple(target.emulator.split())
    enter = ("unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "enter")
    return (*enter, str(made(target.runs_in[0])), str(directory))


def released(target: Target, net: Net) -> type[Everleaf]:
    """Drives the program that dist/ has for `target`."""
    program = shutil.copy(PROJECT / "dist" / target.file(), net.directory / "everleaf")
    return type("Released", (Everleaf,), {"program": (*within(target, net.directory), str(program))})


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scheme", ["tcp", "tls"])
def test_it_reaches_a_node_of_this_tree(net: Net, scheme: str) -> None:
    kind = released(find(os.environ["TARGET"]), net)
    keys = identities(2, net.directory)
    far, near = kind(net.host("far"), keys[0]), Everleaf(net.host("near"), keys[1])
    peer(net, far, near, scheme)
    if not find(os.environ["TARGET"]).runs_in:
        # qemu swaps no netlink attribute that it does not know: a big-endian MTU or length arrives as another number.
        # Nor does it swap the virtio headers of a TUN's offloads, so the device is a TAP, which has none.
        far.interface, far.mtu = {"kind": "tap", "name": "mesh0"}, 1500
        far.host.run("ip", "tuntap", "add", "dev", "mesh0", "mode", "tap")
    start(far, near)
    near.reaches(far, PATIENCE)
    far.reaches(near, PATIENCE)
    transfer(near, far, 200_000)
    assert far.stop() == 0


@pytest.mark.skipif(not find(os.environ["TARGET"]).runs_in, reason="an emulated program is no machine with a shell")
def test_installer_prefers_it_to_all_others_there(net: Net) -> None:
    """What the machine says of itself is real here, or what the emulator makes of that."""
    target = find(os.environ["TARGET"])
    offered = [each for each in targets().values() if target.glibc or not each.glibc]
    release = net.directory / "release"
    release.mkdir()
    program, script = (shutil.copy(path, release) for path in (PROJECT / "dist" / target.file(), INSTALLER))
    digest = hashlib.sha256(Path(program).read_bytes()).hexdigest()
    (release / SUMS).write_text("".join(f"{digest}  {each.file()}\n" for each in offered))
    words = ("--unsigned", "--version", version(), "--to", str(net.directory / "to"))
    done = subprocess.run([*within(target, net.directory), script, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (net.directory / "to" / "everleaf").read_bytes() == Path(program).read_bytes()


@pytest.mark.skipif(find(os.environ["TARGET"]).baseline != "static", reason="others bring no C library")
def test_bill_names_all_that_is_linked_into_it() -> None:
    versions = {one.name: one.version for one in inside(PROJECT / "dist" / find(os.environ["TARGET"]).file())}
    linked = {"libmpdec", "libsodium", "musl", "openssl", "python", "zig-compiler-rt", "zlib"}
    assert {name for name in linked if versions.get(name)} == linked
