"""Feeds the core's parsers nonsense, with libFuzzer under AddressSanitizer and UBSan.

    python tests/core/fuzz.py --runs 10000000 [--target split]

Each fuzz_*.c states its invariants; the first inputs come from the vectors. A crash leaves its input in build/.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parent.parent))

from core.toolchain import BUILD, FUZZER, HERE, ROOT, program
from unit.core.offload import ACK, CWR, PSH, UDP, Segment
from unit.wire import linux_frames

VECTORS = ROOT / "tests" / "vectors"
TARGETS = sorted(path.stem.removeprefix("fuzz_") for path in HERE.glob("fuzz_*.c"))
LONGEST = 6000  # past every limit the parsers have but the frame's own: two longest paths


def fuzz(target: str, runs: int, *, seed: int = 1) -> subprocess.CompletedProcess[str]:
    """Run one target; the result's returncode is 0 when nothing was found, stderr is libFuzzer's report."""
    binary = program(HERE / f"fuzz_{target}.c", FUZZER)
    corpus = _corpus(target)
    command = [str(binary), f"-runs={runs}", f"-seed={seed}", f"-max_len={LONGEST}", "-timeout=10"]
    command += [f"-artifact_prefix={BUILD}/{target}-", "-print_final_stats=1", "-verbosity=0", str(corpus)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def _corpus(target: str) -> Path:
    """A folder of first inputs; libFuzzer adds what reaches new code."""
    folder = BUILD / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for n, data in enumerate(_seeds(target)):
        (folder / f"vector-{n}").write_bytes(data)
    return folder


def _seeds(target: str) -> Iterator[bytes]:
    mesh = json.loads((VECTORS / "mesh.json").read_text(encoding="utf-8"))
    node = json.loads((VECTORS / "node.json").read_text(encoding="utf-8"))
    frames = [bytes.fromhex(frame["frame"]) for frame in mesh["frames"]]
    match target:
        case "split":
            yield b"".join(frames[:4])
            yield from frames
        case "traffic":
            for frame in mesh["frames"]:
                if frame["type"] == 9:
                    body = bytes.fromhex(frame["frame"])
                    yield bytes(8) + body[2 if body[0] & 0x80 else 1 :]
        case "sealed":
            yield from (bytes.fromhex(vector["packet"]) for vector in node["traffic_vectors"])
        case "greeting":
            yield from (bytes.fromhex(meta["hex"]) for meta in mesh["handshake"])
        case "ethernet":
            yield from (*linux_frames.AT_UP, linux_frames.SOLICITATION, linux_frames.ARP)
            yield linux_frames.SOLICITATION + bytes(9)
        case "segment":
            yield Segment(bytes(3000), flags=ACK | PSH | CWR, options=bytes(12)).behind_header(1000)
            yield Segment(bytes(3000), protocol=UDP).behind_header(1000)
            yield Segment(b"alone").behind_header()
        case "coalesce":
            yield bytes.fromhex("0110000000" * 20)  # flow, payload, where and how to change it, how to spoil it
            yield bytes.fromhex("0110000000 0210000000" * 9 + "0110350800 0110000001 0110000000")
        case "route":
            yield bytes.fromhex("0105060001000101000201050001010003")


def main(argv: list[str] | None = None) -> int:
    """Fuzz the named or all targets; 1 when any found something."""
    parser = argparse.ArgumentParser(description="Fuzz the core's parsers.")
    parser.add_argument("--runs", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=TARGETS, action="append", help="may be repeated; all without")
    options = parser.parse_args(argv)
    worst = 0
    for target in options.target or TARGETS:
        done = fuzz(target, options.runs, seed=options.seed)
        print(f"{target}: {'clean' if done.returncode == 0 else 'FOUND SOMETHING'}\n{done.stderr}", flush=True)
        worst = max(worst, int(done.returncode != 0))
    return worst


if __name__ == "__main__":
    sys.exit(main())
