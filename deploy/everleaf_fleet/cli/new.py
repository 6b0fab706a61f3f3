"""`everleaf-fleet new DIRECTORY`: a repository for a fleet, to be filled in. Needs no network."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from cookiecutter.exceptions import CookiecutterException, FailedHookException  # type: ignore[import-untyped]
from cookiecutter.main import cookiecutter  # type: ignore[import-untyped]
from jinja2 import TemplateError

from everleaf.errors import OutputError, UsageError

TEMPLATE = Path(__file__).parents[1] / "template"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("directory", metavar="DIRECTORY", type=Path, help="to be made; it must not exist")
    text = f"an answer; KEY is one of {', '.join(_questions())}"
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help=text)
    parser.add_argument("--no-input", action="store_true", help="ask nothing: what is not set keeps its default")


def run(options: argparse.Namespace) -> int:
    """Make it aside, then rename: there is all of it or nothing. Raises UsageError, OutputError."""
    target: Path = options.directory
    if os.path.lexists(target):
        raise OutputError(f"{target} exists and is never replaced", fix="choose another name, or move it away")
    answers = {"name": target.resolve().name} | _answers(options.set)
    ask = not options.no_input and sys.stdin.isatty()
    with _aside(target) as aside:
        _generate(answers, aside, ask=ask).rename(target)
    print(f"{target} is written", file=sys.stderr)
    return 0


def _questions() -> Mapping[str, object]:
    """What the template asks, and its defaults; the first of a list is one."""
    asked = json.loads((TEMPLATE / "cookiecutter.json").read_text("utf-8"))
    return {key: default for key, default in asked.items() if not key.startswith("_")}


def _answers(words: Sequence[str]) -> dict[str, str]:
    """Those on the command line. Cookiecutter itself would pass over what it does not know."""
    questions = _questions()
    given = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in questions:
            raise UsageError(f"--set {word} answers no question", fix=f"KEY=VALUE with {', '.join(questions)}")
        choices = questions[key]
        if isinstance(choices, list) and value not in choices:
            raise UsageError(f"--set {word} is no choice", fix=f"{key} is one of {', '.join(choices)}")
        given[key] = value
    return given


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """An empty directory on the target's file system."""
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as aside:
            yield Path(aside)
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror}") from None


def _generate(answers: dict[str, str], below: Path, *, ask: bool) -> Path:
    """The new repository. The user's own cookiecutter settings have no say, and get no record of it."""
    logging.getLogger("cookiecutter").setLevel(logging.CRITICAL)  # it logs a traceback where a hook says a sentence
    try:
        made = cookiecutter(
            str(TEMPLATE),
            no_input=not ask,
            extra_context=answers,
            output_dir=str(below),
            default_config={"replay_dir": str(below / ".replay")},
        )
    except FailedHookException:  # it has said why
        raise UsageError("no fleet can be made of these answers", fix="change what is said above") from None
    except (CookiecutterException, TemplateError) as error:
        raise UsageError(f"no fleet can be made of these answers: {error}", fix="change them with --set") from None
    except EOFError:
        raise UsageError("the answers end too early", fix="give the rest, or use --no-input") from None
    return Path(made)
