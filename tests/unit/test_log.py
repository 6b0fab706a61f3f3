"""Log lines."""

from __future__ import annotations

import io
import json
import time

import pytest

from everleaf.log import LEVELS, Log, json_line, text_line

KEY = bytes(range(1, 33))


@pytest.fixture
def two_hours_ahead(monkeypatch):
    """Local time is two hours ahead of UTC."""
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("two_hours_ahead")
def test_text_line_is_time_level_event_and_facts():
    fields = {"peer": KEY, "link": "tls://[2001:db8::1]:443", "reason": "silent for 3 s"}
    assert text_line(1769860800.7, "info", "peer.dropped", fields) == (
        '2026-01-31T14:00:00 info peer.dropped peer=01020304 link=tls://[2001:db8::1]:443 reason="silent for 3 s"'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("word", "word"),
        ("", '""'),
        ("two words", '"two words"'),
        ('say "x"', '"say \\"x\\""'),
        ("a=b", '"a=b"'),
        ("line\nbreak", '"line\\nbreak"'),
        ("\x1b[2J", '"\\u001b[2J"'),
        ("Zoë", "Zoë"),
        (b"", ""),
        (True, "true"),
        (None, "null"),
        (0.25, "0.25"),
        ((1, 2, 3), "1,2,3"),
        ((), '""'),
        (7, "7"),
    ],
)
def test_value_is_one_word_or_quoted(value, text):
    assert text_line(0, "info", "x.y", {"f": value}).partition(" f=")[2] == text


@pytest.mark.usefixtures("two_hours_ahead")
def test_json_line_has_whole_keys_and_utc():
    line = json.loads(json_line(1769860800.75, "info", "peer.dropped", {"peer": KEY, "path": (1, 2), "up": True}))
    assert line == {
        "time": "2026-01-31T12:00:00.750Z",
        "level": "info",
        "event": "peer.dropped",
        "peer": KEY.hex(),
        "path": [1, 2],
        "up": True,
    }


@pytest.mark.parametrize("level", LEVELS)
def test_level_includes_those_before_it(level):
    stream = io.StringIO()
    log = Log(stream, level, clock=lambda: 0)
    for each in LEVELS:
        log.write("x.y", each)
    written = [line.split()[1] for line in stream.getvalue().splitlines()]
    assert written == list(LEVELS[: LEVELS.index(level) + 1])


def test_log_changes_level_and_format_while_running():
    stream = io.StringIO()
    log = Log(stream, clock=lambda: 0)
    log.write("x.y", "debug")
    log.configure("debug", "json")
    log.write("x.z", "debug", {"a": 1})
    assert json.loads(stream.getvalue())["event"] == "x.z"


def test_log_outlives_its_reader():
    class Broken(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    Log(Broken()).write("x.y")
    closed = io.StringIO()
    closed.close()
    Log(closed).write("x.y")
