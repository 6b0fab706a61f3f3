"""Programs of the system are run as backends need it: in the C locale, without a shell, and always with an answer."""

from __future__ import annotations

import sys

from everleaf.host import program
from everleaf.host.program import Completed, run


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_run_tells_status_and_both_outputs() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    assert run(python(code)) == Completed(3, "out\n", "err\n")


def test_run_asks_for_the_c_locale_whatever_the_operator_speaks(monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert run(python("import os; print(os.environ['LC_ALL'])")).stdout == "C\n"


def test_run_hands_every_word_over_untouched_by_a_shell() -> None:
    assert run((*python("import sys; print(sys.argv[1])"), "a; b $c")).stdout == "a; b $c\n"


def test_run_gives_a_program_nothing_to_read_from_the_operator() -> None:
    assert run(python("import sys; print(repr(sys.stdin.read()))")).stdout == "''\n"


def test_run_answers_127_when_there_is_no_such_program() -> None:
    assert run(("no-such-program-here", "add")) == Completed(127, "", "no-such-program-here: not found")


def test_run_answers_124_when_a_program_does_not_end(monkeypatch) -> None:
    monkeypatch.setattr(program, "TIMEOUT", 0.01)
    assert run(("sleep", "60")).status == 124


def test_run_replaces_bytes_that_are_no_text() -> None:
    assert run(python("import os; os.write(1, b'\\xff')")).stdout == "\ufffd"
