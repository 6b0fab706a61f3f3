"""A short run of every fuzz target; `python tests/fuzz/run.py --all --inputs 10000000` is the long one."""

import pytest

from fuzz.run import fuzz, main, try_all
from fuzz.table import TARGETS
from fuzz.target import Target

INPUTS = 2000

names = pytest.mark.parametrize("name", TARGETS)


@names
def test_decoder_accepts_every_seed(name):
    result = try_all(name, TARGETS[name].seeds)
    assert (result.accepted, result.refused, result.error) == (len(TARGETS[name].seeds), 0, "")


@names
def test_decoder_keeps_its_invariant(name):
    result = fuzz(name, INPUTS, seed=1)
    assert result.finding is None, f"{result.error}: {result.finding.hex()}"
    assert result.accepted, "mutations that are never accepted test one `raise`"
    assert result.refused


def test_fuzz_gives_the_same_inputs_for_the_same_seed():
    first, again, other = (fuzz("frame", 500, seed) for seed in (1, 1, 2))
    assert first.accepted == again.accepted != other.accepted


def test_fuzz_reports_and_keeps_a_finding(monkeypatch, tmp_path, capsys):
    def broken(data):
        assert b"\xff" not in data
        return True

    monkeypatch.setitem(TARGETS, "broken", Target("broken", "never meets 255", broken, [b"\xfe"]))
    monkeypatch.setattr("fuzz.run.FINDINGS", tmp_path)
    result = fuzz("broken", 10_000, seed=1)
    assert b"\xff" in result.finding
    assert main(["broken", "--inputs", "10000", "--seed", "1"]) == 1
    [kept] = tmp_path.iterdir()
    assert kept.read_bytes() == result.finding
    assert main(["broken", "--replay", str(kept)]) == 1
    assert "BROKEN" in capsys.readouterr().out
