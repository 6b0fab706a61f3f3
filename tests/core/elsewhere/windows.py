"""The core's C tests that are for Windows too, as programs."""

from __future__ import annotations

from pathlib import Path

from core.elsewhere.zig import TARGETS, compile_all, core_sources, program, zig
from core.toolchain import HERE

TARGET = next(target for target in TARGETS if target.triple == "x86_64-windows-gnu")
TESTS = [HERE / "test_poller.c", HERE / "test_wake.c", HERE / "windows" / "test_carriers.c"]
FAKE = HERE / "windows" / "fake_wintun.c"


def programs(folder: Path, headers: Path) -> list[Path]:
    """All of them, in `folder`, with the fake wintun.dll beside them."""
    compile_all([*core_sources(TARGET), FAKE], TARGET, folder, headers)
    zig(["cc", "-target", TARGET.triple, "-shared", f"{FAKE.stem}.o", "-o", "wintun.dll", "-liphlpapi"], folder)
    return [program(test, TARGET, folder, headers, ["wintun.dll", "-lws2_32"]) for test in TESTS]
