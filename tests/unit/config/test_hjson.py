"""The HJSON reader, against what the real node made of the same files."""

from __future__ import annotations

import pytest

from everleaf.config.hjson import MAX_DEPTH, HjsonError, loads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("{a: 1, b: 2}", {"a": 1, "b": 2}),
        ("a: b, c", {"a": "b, c"}),
        ("a: tcp://x:1 # not a comment", {"a": "tcp://x:1 # not a comment"}),
        ("a: 1 // comment", {"a": 1}),
        ("a: 1/2", {"a": "1/2"}),
        ("a: true, b: falsey", {"a": True, "b": "falsey"}),
        ("a: -0.5e-3\nb: 007\nc: .5\nd: +1", {"a": -0.0005, "b": "007", "c": ".5", "d": "+1"}),
        ("a: x  \r\nb: y\r\n", {"a": "x", "b": "y"}),
        ('"a b": "\\u00e9\\ud83d\\ude00\\n\\/"', {"a b": "é😀\n/"}),
        ("'a': 'it\"s \\' '", {"a": "it\"s ' "}),
        ("a: '''one line'''", {"a": "one line"}),
        ("a:\n  '''\n  x\n    y\n  '''", {"a": "x\n  y"}),
        ("a: ''''''", {"a": ""}),
        ('{a: ["1" "2", 3,]}', {"a": ["1", "2", 3]}),
        ("{a:{b:{}},c:[]}", {"a": {"b": {}}, "c": []}),
        ("/* c\n */ a /* d */ : /* e */ 1", {"a": 1}),
        ("", {}),
        ("{}  # end", {}),
    ],
)
def test_text_is_read_as_the_real_node_reads_it(text, value):
    assert loads(text) == value


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("{", 1),
        ("{a: b}", 1),
        ("{\n\na", 3),
        ("a b: 1", 1),
        (": 1", 1),
        ("a:", 1),
        ("a: ]", 1),
        ("a: [x, 2]", 1),  # a bare text in a list runs to the end of the line
        ("{a: 1}}", 1),
        ('{"a": "b', 1),
        ('{"a": "\\x"}', 1),
        ('{\n"a": "b\nc"}', 2),
        ("a: '''b", 1),
        ("a: " + "[" * (MAX_DEPTH + 1), 1),
        ("a: " + "9" * 5000, 1),
        ("[]", 1),
    ],
)
def test_error_names_the_line(text, line):
    with pytest.raises(HjsonError, match=rf" at line {line}$"):
        loads(text)
