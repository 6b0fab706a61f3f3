"""The reader of node.def takes what the router's own does, and refuses what that takes otherwise than meant."""

from __future__ import annotations

import pytest

from edgeos.expression import (
    Both,
    Compare,
    Constant,
    Either,
    Exec,
    Explained,
    NodeDefError,
    Not,
    Output,
    Pattern,
    Reference,
    parse,
)
from edgeos.nodedef import PARENT, Definition, Shell, read
from edgeos.templates import load

SELF = Reference("@")


def define(tmp_path, text: str) -> Definition:
    path = tmp_path / "node.def"
    path.write_text(text)
    return read(path)


def test_every_field_is_read(tmp_path):
    made = define(
        tmp_path,
        '# a comment\n\ntag: 3\ntype: txt; "a name"\npriority: 470\nhelp: one line\n  and another\n'
        "val_help: <name>; of it\nval_help: other; too\ncomp_help: long\n"
        "allowed: echo a\n\techo b\nenumeration: names\n"
        'syntax:expression: pattern $VAR(@) "^a$"; "no"\ncommit:expression: exec "true"\n'
        "begin: one\n\ttwo\ncreate: three\nupdate: four\ndelete: five\nactivate: six\nend: seven\n",
    )
    assert (made.tag, made.multi, made.limit, made.types) == (True, False, 3, ("txt",))
    assert (made.type_message, made.priority) == ("a name", 470)
    assert made.help == "one line\n  and another"
    assert made.val_help == ["<name>; of it", "other; too"]
    assert (made.comp_help, made.allowed, made.enumeration) == ("long", "echo a\n\techo b", "names")
    assert made.syntax == [Explained(Pattern(SELF, "^a$"), "no")]
    assert made.commit == [Exec("true")]
    assert made.actions == {
        "begin": Shell("one\n\ttwo"),
        "create": Shell("three"),
        "update": Shell("four"),
        "delete": Shell("five"),
        "activate": Shell("six"),
        "end": Shell("seven"),
    }


@pytest.mark.parametrize(
    ("text", "types", "default"),
    [
        ('type: txt\ndefault: "a b"\n', ("txt",), "a b"),
        ("type: u32\ndefault: 7\n", ("u32",), "7"),
        ("type: bool\ndefault: true\n", ("bool",), "true"),
        ("type: ipv4, ipv6\n", ("ipv4", "ipv6"), None),
    ],
)
def test_types_and_defaults_are_read(text, types, default, tmp_path):
    made = define(tmp_path, f"{text}help: x\n")
    assert (made.types, made.default) == (types, default)


def test_a_priority_may_be_that_of_the_parent(tmp_path):
    assert define(tmp_path, "priority: PARENT\nhelp: x\n").priority == PARENT


def test_an_action_may_be_an_expression(tmp_path):
    assert define(tmp_path, 'help: x\ncreate:expression: exec "true"; "no"\n').actions == {
        "create": Explained(Exec("true"), "no")
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tag:\ntype: txt\n", "help: is missing"),
        ("help: x\ntag:\ntype: txt\n", "must be the first field"),
        ("tag:\nmulti:\ntype: txt\nhelp: x\n", "must be the first field"),
        ("multi:\nhelp: x\n", "type: is missing"),
        ("multi: x\nhelp: x\n", "multi: does not take 'x'"),
        ("type: text\nhelp: x\n", "text is none of txt"),
        ("type: txt\ntype: txt\nhelp: x\n", "stands here twice"),
        ("type: txt u32\nhelp: x\n", "does not take 'txt u32'"),
        ("type: u32\ndefault: many\nhelp: x\n", "cannot be read"),
        ('type: u32\ndefault: "1"\nhelp: x\n', "is a string, and the node u32"),
        ("type: u32\ndefault: 1, 2\nhelp: x\n", "does not take '1, 2'"),
        ('default: "1"\ntype: txt\nhelp: x\n', "comes before type:"),
        ('multi:\ntype: txt\ndefault: "a"\nhelp: x\n', "no meaning for a tag or a multi"),
        ("priority: high\nhelp: x\n", "priority: does not take 'high'"),
        ("help: x\nhelp: y\n", "help: stands here twice"),
        ("help: x\ncreate: a\ncreate: b\n", "create: stands here twice"),
        ("help: x\nprioritty: 3\n", "no known field begins here: 'prioritty: 3'"),  # to the router, more of the help
        ("prioritty: 3\nhelp: x\n", "no known field begins here: 'prioritty: 3'"),
        (" help: x\n", "no known field begins here"),
        ("type: txt\n help: x\n", "help: is indented, and so part of type:"),
        ("help: x\n priority: 3\n", "priority: is indented, and so part of help:"),
        ("help: x\nend:\n\ttrue\n# note\n\tfalse\n", "no known field begins here: '\\tfalse'"),
        ("help: x\nend: a \\ \n\tb\n", "a blank after the backslash"),
        ('help: x\nsyntax:expression: exec "a" \\\t\n\t; "b"\n', "a blank after the backslash"),
        ("type: txt\nval_help: x\nhelp: x\n", "val_help: is read only after help:"),
        ("help: x\nval_help:\n", "says nothing"),
        ("help: x\nsyntax: true\n", "without expression: checks nothing"),
        ("help:expression: x\n", "help: takes no expression"),
    ],
)
def test_what_is_not_meant_is_refused(text, words, tmp_path):
    with pytest.raises(NodeDefError) as caught:
        define(tmp_path, text)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/node.def:")


# --- expressions ------------------------------------------------------------------------------------------------------


def number(text: str) -> Constant:
    return Constant("u32", (text,))


ONE, TWO, THREE = (Compare(SELF, "==", number(digit)) for digit in "123")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('pattern $VAR(@) "^a$"', Pattern(SELF, "^a$")),
        ('exec "a $VAR(../b/@)"', Exec("a $VAR(../b/@)")),
        ("$VAR(@) >= 1280", Compare(SELF, ">=", number("1280"))),
        ('$VAR(@) in "a", "b"', Compare(SELF, "in", Constant("txt", ("a", "b")))),
        ('$VAR(./x/) != ""', Compare(Reference("./x/"), "!=", Constant("txt", ("",)))),
        ('`uname` == "Linux"', Compare(Output("uname"), "==", Constant("txt", ("Linux",)))),
        ("$VAR(@) == 1 || $VAR(@) == 2 && $VAR(@) == 3", Either(ONE, Both(TWO, THREE))),
        ("($VAR(@) == 1 || $VAR(@) == 2) && $VAR(@) == 3", Both(Either(ONE, TWO), THREE)),
        ("! $VAR(@) == 1 && $VAR(@) == 2", Both(Not(ONE), TWO)),
        ('$VAR(@) == 1 && $VAR(@) == 2 ; "no"', Explained(Both(ONE, TWO), "no")),
        ('$VAR(@) == 1 \\\n\t; "no"', Explained(ONE, "no")),
        ('exec "say \\"hi\\" \\\n now"', Exec('say "hi"  now')),
        ('pattern $VAR(@) "a\\.b[.]c"', Pattern(SELF, "a.b[.]c")),  # the reader eats the backslash
    ],
)
def test_expressions_mean_what_the_router_takes_them_for(text, meant):
    assert parse(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "exec",
        'exec "a',
        "pattern $VAR(@)",
        "$VAR(@)",
        "$VAR(@) == 1 &&",
        '(exec "a"',
        '$VAR(@) = "a" "b"',
        "1 == word",
        '$VAR(@) in "a", 1',
        'exec "a";',
        'pattern "a" "b"',
        'exec "a" exec "b"',
        "$VAR() == 1",
        'inexec "a"',
    ],
)
def test_expressions_that_are_none_are_refused(text):
    with pytest.raises(NodeDefError):
        parse(text)


# --- trees ------------------------------------------------------------------------------------------------------------


def plant(tmp_path, **files: str) -> None:
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/").replace("node_tag", "node.tag") / "node.def"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_tree_is_read_with_the_words_of_its_directories(tmp_path):
    plant(
        tmp_path,
        a="help: a\n",
        a__b="tag:\ntype: txt\nhelp: b\n",
        a__b__node_tag__c="type: u32\nhelp: c\n",
    )
    made = load(tmp_path)
    assert [" ".join(path) for path, _ in made.walk()] == ["a", "a b", "a b c"]
    assert made.find("a", "b", "c").definition.types == ("u32",)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a__b": "help: b\n"}, "/a: has no node.def"),
        ({"a": "tag:\ntype: txt\nhelp: a\n"}, "is a tag, and has [], not node.tag"),
        ({"a": "tag:\ntype: txt\nhelp: a\n", "a__b": "help: b\n"}, "is a tag, and has ['b'], not node.tag"),
        ({"a": "type: txt\nhelp: a\n", "a__b": "help: b\n"}, "is a leaf, and has ['b']"),
        ({"a": "help: a\n", "a__node_tag__b": "help: b\n"}, "is no word that can be typed"),
        (
            {"a": "tag:\ntype: txt\nhelp: a\n", "a__node_tag": "help: a\n", "a__node_tag__b": "help: b\n"},
            "has a node.def, which nothing reads",
        ),
        ({"A": "help: a\n"}, "is no word that can be typed"),
    ],
)
def test_a_tree_that_the_router_would_not_understand_is_refused(files, words, tmp_path):
    plant(tmp_path, **files)
    with pytest.raises(NodeDefError) as caught:
        load(tmp_path)
    assert words in str(caught.value)


def test_a_file_that_is_no_template_is_refused(tmp_path):
    plant(tmp_path, a="help: a\n")
    (tmp_path / "a" / "node.def~").touch()
    with pytest.raises(NodeDefError, match="is neither a directory nor a"):
        load(tmp_path)
