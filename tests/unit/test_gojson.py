"""JSON in Go's manner."""

from __future__ import annotations

import pytest

from everleaf.gojson import MAX_DEPTH, decode, encode


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"b":1,"a":[true,null]}'),
        ("<a>&b", '"\\u003ca\\u003e\\u0026b"'),
        ("\u2028\u2029", '"\\u2028\\u2029"'),
        ("é\x7f\n\x01", '"é\x7f\\n\\u0001"'),
        ("\ud800x", '"\ufffdx"'),
        ([3.0, 0.5, 1e20, 43.025912883], "[3,0.5,100000000000000000000,43.025912883]"),
    ],
)
def test_value_is_printed_as_go_prints_it(value, text):
    assert encode(value) == text


def test_keys_are_sorted_only_when_asked():
    assert encode({"b": {"d": 1, "c": 2}, "a": 3}, sort=True) == '{"a":3,"b":{"c":2,"d":1}}'


def test_indented_empty_values_stay_on_their_line():
    assert encode({"a": [], "b": {}}, indent=2) == '{\n  "a": [],\n  "b": {}\n}'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_number_that_json_cannot_carry_is_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        encode(value)


@pytest.mark.parametrize("text", ["NaN", "[1e999]", "-Infinity", "{", "9" * 5000, "[" * 99999])
def test_text_that_could_not_be_printed_again_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - in whatever words Python has for it
        decode(text)


def test_levels_are_limited():
    assert encode(decode("[" * MAX_DEPTH + "]" * MAX_DEPTH), indent=2)
    with pytest.raises(ValueError, match="too many levels"):
        decode("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2))
