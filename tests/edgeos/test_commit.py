"""The simulator of sessions and commits does what the router's own code does, shown on small grammars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from edgeos.configuration import Configuration, Refused
from edgeos.scope import Scope
from edgeos.session import Session
from edgeos.templates import load

NODE = "begin: begin\ncreate: create\nupdate: update\ndelete: delete\nend: end\n"


@dataclass(slots=True)
class Notebook:
    """Runs nothing: writes down what it is given, and fails where it is told to."""

    failing: set[str] = field(default_factory=set)
    ran: list[str] = field(default_factory=list)

    def show(self, active: Configuration, working: Configuration) -> None:
        """Nobody asks here."""

    def run(self, text: str, environment: Mapping[str, str]) -> tuple[int, str]:
        line = f"{text} {environment.get('COMMIT_ACTION', '-')}"
        self.ran.append(line)
        return int(line in self.failing), ""


@pytest.fixture
def router(tmp_path):
    """Call with templates, by path; gives a session of that router."""

    def make(**templates: str) -> Session:
        for name, text in templates.items():
            path = tmp_path / name.replace("__", "/").replace("_tag", "node.tag") / "node.def"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return Session.open(load(tmp_path), Notebook())

    return make


def ran(session: Session) -> list[str]:
    """What was run since the last look."""
    assert isinstance(session.machine, Notebook)
    found, session.machine.ran = session.machine.ran, []
    return found


def spell(name: str, *kinds: str) -> str:
    """Actions that say their node, their kind and their value."""
    return "".join(f"{kind}: {name} {kind} $VAR(@)\n" for kind in kinds)


ALL = ("begin", "create", "update", "delete", "end")


@pytest.fixture
def nested(router):
    """A tag node with begin and end, with leaves, a node inside, and a leaf of several values."""
    return router(
        a=f"tag:\npriority: 10\ntype: txt\nhelp: a\n{spell('a', *ALL)}",
        a___tag__leaf=f"type: u32\nhelp: leaf\n{spell('leaf', *ALL[1:4])}",
        a___tag__many=f"multi:\ntype: txt\nhelp: many\n{spell('many', *ALL)}",
        a___tag__box=f"help: box\n{spell('box', *ALL[1:4])}",
        a___tag__box__inner=f"type: txt\nhelp: inner\n{spell('inner', *ALL[1:4])}",
    )


# --- order ------------------------------------------------------------------------------------------------------------


def test_a_node_is_made_from_the_top_between_begin_and_end(nested):
    nested.type("set a x leaf 1\nset a x box inner i\nset a x many m\nset a x many n")
    assert nested.commit().status == "SUCCESS"
    assert ran(nested) == [
        "a begin x SET",
        "many begin m SET",  # the delete pass visits values too
        "many end m SET",
        "many begin n SET",
        "many end n SET",
        "a create x SET",
        "box create box SET",
        "inner create i SET",
        "leaf create 1 SET",
        "many begin m SET",
        "many create m SET",
        "many end m SET",
        "many begin n SET",
        "many create n SET",
        "many end n SET",
        "a end x SET",
    ]


def test_a_node_is_taken_away_from_the_bottom(nested):
    nested.type("set a x leaf 1\nset a x box inner i")
    nested.commit()
    ran(nested)
    nested.type("delete a x")
    nested.commit()
    assert ran(nested) == [
        "a begin x DELETE",
        "inner delete i DELETE",
        "box delete box DELETE",
        "leaf delete 1 DELETE",
        "a delete x DELETE",
        "a end x DELETE",
    ]
    assert nested.active.commands() == []


def test_a_change_below_runs_begin_and_end_of_a_node_that_stays(nested):
    nested.type("set a x leaf 1\nset a x many m\nset a y")
    nested.commit()
    ran(nested)
    nested.type("set a x leaf 2\ndelete a x many m\nset a x many n")
    nested.commit()
    assert ran(nested) == [
        "a begin x ACTIVE",
        "many begin n SET",
        "many end n SET",
        "many begin m DELETE",
        "many delete m DELETE",
        "many end m DELETE",
        "leaf update 2 SET",
        "many begin n SET",
        "many create n SET",
        "many end n SET",
        "many begin m DELETE",
        "many end m DELETE",
        "a end x ACTIVE",
    ]


def test_update_stands_in_for_a_create_that_is_missing(router):
    session = router(a=f"type: txt\nhelp: a\n{spell('a', 'update')}")
    session.type("set a 1")
    session.commit()
    assert ran(session) == ["a update 1 SET"]


def test_a_commit_without_changes_runs_nothing(nested):
    nested.type("set a x leaf 1")
    nested.commit()
    ran(nested)
    nested.type("set a x leaf 2\nset a x leaf 1")
    assert nested.commit().actions == []


@pytest.fixture
def units(router):
    """Three units of different priority, and a node without one."""
    return router(
        first=f"priority: 10\nhelp: first\n{spell('first', 'create', 'delete')}",
        first__leaf=f"type: txt\nhelp: leaf\n{spell('leaf', 'update', 'delete')}",
        first__own=f"priority: 30\nhelp: own\n{spell('own', 'create', 'delete')}",
        first__near=f"priority: PARENT\nhelp: near\n{spell('near', 'create', 'delete')}",
        second=f"priority: 20\nhelp: second\n{spell('second', 'create', 'delete')}",
        none=f"help: none\n{spell('none', 'create', 'delete')}",
    )


def test_units_are_made_by_ascending_priority_and_removed_by_descending(units):
    units.type("set second\nset first own\nset first near\nset none")
    units.commit()
    made = ["none create none", "first create first", "near create near", "second create second", "own create own"]
    assert ran(units) == [f"{line} SET" for line in made]
    units.type("delete first\ndelete second\ndelete none")
    units.commit()
    gone = ["own delete own", "second delete second", "near delete near", "first delete first", "none delete none"]
    assert ran(units) == [f"{line} DELETE" for line in gone]


def test_removals_come_before_everything_that_is_made(units):
    units.type("set first own")
    units.commit()
    ran(units)
    units.type("delete first own\nset second\nset none")
    units.commit()
    assert ran(units) == ["own delete own DELETE", "none create none SET", "second create second SET"]


def test_a_priority_below_its_parents_is_raised(router):
    session = router(
        a=f"priority: 10\nhelp: a\n{spell('a', 'create')}",
        a__b=f"priority: 5\nhelp: b\n{spell('b', 'create')}",
    )
    session.type("set a b")
    session.commit()
    assert ran(session) == ["a create a SET", "b create b SET"]


# --- failures ---------------------------------------------------------------------------------------------------------


def test_a_unit_that_fails_is_skipped_and_the_others_commit(units):
    units.machine.failing = {"second create second SET"}
    units.type("set first leaf x\nset second\nset none")
    result = units.commit()
    assert result.status == "PARTIAL"
    assert result.said == ("[[second]] failed",)
    assert units.active.commands() == ["set first leaf x", "set none"]
    units.machine.failing = set()
    assert units.commit().status == "SUCCESS"  # the proposal still has it
    assert units.active.commands() == ["set first leaf x", "set none", "set second"]


def test_an_action_that_fails_ends_its_unit_there(nested):
    nested.machine.failing = {"box create box SET"}
    nested.type("set a x leaf 1\nset a x box inner i\nset a y")
    assert nested.commit().status == "PARTIAL"
    assert ran(nested) == [
        *("a begin x SET", "a create x SET", "box create box SET"),
        *("a begin y SET", "a create y SET", "a end y SET"),
    ]
    assert nested.active.commands() == ["set a y"]


def test_nothing_is_made_inside_what_could_not_be_made(units):
    units.machine.failing = {"first create first SET"}
    units.type("set first own")
    assert units.commit().said == ("[[first]] failed", "[[first own]] failed")
    assert ran(units) == ["first create first SET"]
    assert units.active.commands() == []


def test_what_is_inside_may_fail_alone(units):
    units.machine.failing = {"own create own SET"}
    units.type("set first leaf x\nset first own")
    assert units.commit().status == "PARTIAL"
    assert units.active.commands() == ["set first leaf x"]


def test_nothing_is_removed_around_what_could_not_be_removed(units):
    units.type("set first leaf x\nset first own")
    units.commit()
    ran(units)
    units.machine.failing = {"own delete own DELETE"}
    units.type("delete first")
    assert units.commit().said == ("[[first own]] failed", "[[first]] failed")
    assert ran(units) == ["own delete own DELETE"]
    assert units.active.commands() == ["set first leaf x", "set first own"]


def test_a_change_that_fails_leaves_the_active_value(nested):
    nested.type("set a x leaf 1")
    nested.commit()
    nested.machine.failing = {"leaf update 2 SET"}
    nested.type("set a x leaf 2")
    assert nested.commit().status == "PARTIAL"
    assert nested.active.commands() == ["set a x leaf 1"]


# --- checks -----------------------------------------------------------------------------------------------------------


def test_all_checks_of_a_unit_come_before_its_first_action(router):
    session = router(
        a=f'priority: 10\nhelp: a\ncommit:expression: exec "check a"\n{spell("a", "create")}',
        a__b=f'type: txt\nhelp: b\ncommit:expression: exec "check b"; "b is $VAR(@)"\n{spell("b", "update")}',
    )
    session.type("set a b 1")
    session.commit()
    assert ran(session) == ["check a SET", "check b SET", "a create a SET", "b update 1 SET"]
    session.machine.failing = {"check b SET"}
    session.type("set a b 2")
    assert session.commit().said == ("b is 2", "[[a]] failed")
    assert ran(session) == ["check a ACTIVE", "check b SET"]  # a, because what is right below it changed


def test_checks_of_a_node_see_changes_of_children_and_not_of_grandchildren(router):
    session = router(
        a='priority: 10\nhelp: a\ncommit:expression: exec "check a"\n',
        a__b="help: b\n",
        a__b__c="type: txt\nhelp: c\n",
    )
    session.type("set a b c 1")
    session.commit()
    assert ran(session) == ["check a SET"]
    session.type("set a b c 2")
    session.commit()
    assert ran(session) == []


def test_nothing_is_checked_where_it_is_removed(router):
    session = router(a='priority: 10\ntype: txt\nhelp: a\ncommit:expression: exec "check $VAR(@)"\n')
    session.type("set a 1")
    session.commit()
    session.type("delete a")
    session.commit()
    assert ran(session) == ["check 1 SET"]


def test_syntax_is_checked_when_typed_and_commit_is_not(router):
    session = router(
        a='type: txt\nhelp: a\nsyntax:expression: pattern $VAR(@) "^x"; "not $VAR(@)"\ncommit:expression: exec "true"\n'
    )
    with pytest.raises(Refused) as caught:
        session.set("a", "y")
    assert str(caught.value) == "not y\nValue validation failed"
    session.set("a", "x")
    assert ran(session) == []


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nothing", "The specified configuration node is not valid"),
        ("a x nothing", "The specified configuration node is not valid"),
        ("a x leaf 1 2", "The specified configuration node is not valid"),
        ("a x box inner i i", "The specified configuration node is not valid"),
        ("a", "The specified configuration node requires a value"),
        ("a x leaf", "The specified configuration node requires a value"),
        ("a x leaf many", '"many" is not a valid value of type "u32"'),
        ("a x leaf -1", '"-1" is not a valid value of type "u32"'),
    ],
)
def test_what_the_grammar_does_not_have_cannot_be_set(words, said, nested):
    with pytest.raises(Refused) as caught:
        nested.type(f"set {words}")
    assert str(caught.value) == said
    assert nested.working.commands() == []


def test_a_default_comes_with_its_parent_and_comes_back(router):
    session = router(a="help: a\n", a__leaf=f'type: txt\ndefault: "d"\nhelp: leaf\n{spell("leaf", "update", "delete")}')
    session.type("set a")
    session.commit()
    assert session.active.find(("a", "leaf")).values == ["d"]
    assert session.active.commands() == ["set a"]  # defaults are not shown
    session.type("set a leaf e")
    session.commit()
    session.type("delete a leaf")
    session.commit()
    assert session.active.find(("a", "leaf")).values == ["d"]
    assert ran(session) == ["leaf update d SET", "leaf update e SET", "leaf update d SET"]
    session.type("set a leaf d")
    assert session.commit().actions == []  # only that it is no default any more has changed


def test_the_last_value_of_a_tag_takes_the_tag_along(nested):
    nested.type("set a x\nset a y\ndelete a x")
    assert nested.working.exists(("a",))
    nested.type("delete a y")
    assert not nested.working.exists(("a",))
    with pytest.raises(Refused, match="Nothing to delete"):
        nested.type("delete a y")


@pytest.mark.parametrize(
    ("value", "held"), [("1279", False), ("1280", True), ("65535", True), ("65536", False), ("4294968696", True)]
)
def test_numbers_are_compared_as_the_router_does_and_wrap(value, held, router):
    session = router(a='type: u32\nhelp: a\nsyntax:expression: $VAR(@) >= 1280 && $VAR(@) <= 65535; "no"\n')
    if held:
        session.set("a", value)
        return
    with pytest.raises(Refused, match="no"):
        session.set("a", value)


def test_every_line_of_a_value_is_judged_for_itself(router):
    session = router(a='type: txt\nhelp: a\nsyntax:expression: pattern $VAR(@) "^[a-z]+$"; "no"\n')
    session.set("a", "one\ntwo")
    for value in ("one\n2", "one\n\n", ""):
        with pytest.raises(Refused, match="no"):
            session.set("a", value)


# --- references -------------------------------------------------------------------------------------------------------


@pytest.fixture
def tree(nested):
    nested.type("set a x leaf 1\nset a x many m\nset a x many n\nset a x box inner i\nset a y leaf 2")
    return nested.working


@pytest.mark.parametrize(
    ("path", "at", "reference", "meant"),
    [
        ("a x leaf", "1", "@", "1"),
        ("a x leaf", "1", "../@", "x"),
        ("a x leaf", "1", "../many/@", "m n"),
        ("a x leaf", "1", "../many/@@", "m n"),
        ("a x leaf", "1", "../box", "box"),
        ("a x leaf", "1", "../box/inner/@", "i"),
        ("a x box inner", "i", "../../@", "x"),
        ("a x box inner", "i", "../../leaf/@", "1"),
        ("a", "x", "@", "x"),
        ("a", "x", "./leaf/@", "1"),
        ("a", "x", "leaf/@", "1"),
        ("a", "y", "./leaf/@", "2"),
        ("a", "y", "./box", ""),
        ("a", "x", "./box", "box"),
        ("a", "x", "@@", "x y"),
        ("a x leaf", "1", "/a/@@", "x y"),
        ("a x leaf", "1", "/b/@", ""),
        ("a x box", "box", "./inner/@", "i"),
        ("a x box", "box", "../@", "x"),
    ],
)
def test_references_lead_where_the_router_follows_them(path, at, reference, meant, tree):
    assert Scope(tree, tuple(path.split()), at).expand(f"<$VAR({reference})>") == f"<{meant}>"


def test_in_a_delete_action_references_mean_what_was(router):
    session = router(a="help: a\n", a__b="type: txt\nhelp: b\ndelete: was $VAR(../c/@)\n", a__c="type: txt\nhelp: c\n")
    session.type("set a b 1\nset a c old")
    session.commit()
    session.type("delete a b\nset a c new")
    session.commit()
    assert ran(session) == ["was old DELETE"]


def test_text_without_reference_is_left_alone(tree):
    assert Scope(tree, ("a",), "x").expand("$(date) ${HOME} $VAR $VARS(@)") == "$(date) ${HOME} $VAR $VARS(@)"
