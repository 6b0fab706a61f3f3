import io
import json

from rich.console import Console

from everleaf_fleet.cli.report import Report, Transfer
from everleaf_fleet.lab import LabHost
from everleaf_fleet.lab.measure import Reach
from everleaf_fleet.lab.node import LabNode


def report(milliseconds=0.5, transfer=None):
    nodes = [LabNode(LabHost(f"h{n}", n), (), "everleaf", "0.1.0", f"{n:064x}", f"200::{n}") for n in (1, 2)]
    reaches = [Reach("h1", "h2", 0.25), Reach("h2", "h1", milliseconds)]
    paths = {("h1", "h2"): ("h1", "h3", "h2"), ("h2", "h1"): None}
    return Report(nodes, {"h1": ["h2"], "h2": ["h1"]}, reaches, paths, transfer)


def shown(report):
    console = Console(file=io.StringIO(), width=120)
    report.show(console)
    return console.file.getvalue()


def test_report_is_whole_only_if_every_pair_has_answered():
    assert report().whole
    assert not report(milliseconds=None).whole


def test_report_shows_times_paths_and_the_transfer():
    text = shown(report(transfer=Transfer(("h1", "h3", "h2"), 1234e6)))
    for part in ("everleaf 0.1.0", "200::2", "0.25 ms", "via h3", "0.50 ms", "via ?", "h1 → h3 → h2: 1,234 Mbit/s"):
        assert part in text


def test_report_shows_who_does_not_answer():
    assert "no answer" in shown(report(milliseconds=None))


def test_report_goes_through_json_unchanged():
    found = json.loads(json.dumps(report(transfer=Transfer(("h1", "h2"), 5.0)).as_json()))
    assert found["whole"] is True
    assert found["pairs"][0] == {"source": "h1", "dest": "h2", "milliseconds": 0.25, "path": ["h1", "h3", "h2"]}
    assert found["transfer"] == {"path": ["h1", "h2"], "bits_per_second": 5.0}
