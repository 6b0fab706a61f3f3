"""From a Config to a file for people: every option with its meaning as a comment."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import toml

from everleaf.config.model import Config
from everleaf.config.option import free_field, options

_WIDTH = 100
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class _Encoder(toml.TomlEncoder):  # type: ignore[type-arg] # generic in its stub only
    """toml's, with three of its writers replaced: it spoils `\\x` in texts, quotes no inner keys, and spaces lists."""

    def __init__(self) -> None:
        super().__init__()
        self.dump_funcs[str] = _quoted
        self.dump_funcs[dict] = self.dump_inline_table

    def dump_list(self, v: Iterable[Any]) -> str:
        items = [str(self.dump_value(item)) for item in v]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= _WIDTH else "[\n    " + ",\n    ".join(items) + ",\n]"

    def dump_inline_table(self, section: Mapping[str, Any]) -> str:
        rows = (f"{_key(name)} = {self.dump_value(value)}" for name, value in section.items())
        return f"{{ {', '.join(rows)} }}" if section else "{}"


def _quoted(text: str) -> str:
    """JSON's quoting is TOML's too, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else _quoted(name)


def render(config: Config) -> str:
    """A TOML file that `loads` back to `config`."""
    return "\n".join(_blocks(config, ""))


def _blocks(value: Any, prefix: str) -> Iterator[str]:
    """The tables inside `value`, each followed by the tables inside it."""
    for item in options(type(value)):
        name, content = prefix + item.name, getattr(value, item.name)
        if "section" in item.metadata:
            yield _block(content, f"[{name}]")
            yield from _blocks(content, name + ".")
        elif "sections" in item.metadata:
            yield from (_block(one, f"[[{name}]]") for one in content)
            if not content:
                yield _commented_out(_block(item.metadata["example"], f"[[{name}]]"))


def _block(value: Any, header: str) -> str:
    """One table: what it is for, its header, its options."""
    lines = [*_comment(type(value).__doc__ or ""), header]
    for item in options(type(value)):
        if "doc" in item.metadata:
            lines += _comment(item.metadata["doc"])
            lines += _assignment(item.name, item.metadata["kind"].write(getattr(value, item.name)))
    if rest := free_field(type(value)):
        lines += _comment(rest.metadata["doc"])
        for name, content in getattr(value, rest.name).items():
            lines += _assignment(name, content)
    return "\n".join(lines) + "\n"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _assignment(name: str, value: Any) -> list[str]:
    return f"{_key(name)} = {_Encoder().dump_value(value)}".split("\n")


def _commented_out(block: str) -> str:
    return "".join(line if line.startswith("#") else f"#{line}" for line in block.splitlines(keepends=True))
