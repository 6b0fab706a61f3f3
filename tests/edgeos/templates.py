"""A tree of templates: one directory for each word, `node.tag` for what stands below a value of a tag node."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edgeos.nodedef import Definition, NodeDefError, read

TAG = "node.tag"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(slots=True)
class Template:
    """One node of the grammar, with those below it; for a tag node, with those below each of its values."""

    name: str
    definition: Definition
    children: dict[str, Template] = field(default_factory=dict)

    def find(self, *names: str) -> Template:
        """The template at a path of names, without values. Raises KeyError."""
        return self.children[names[0]].find(*names[1:]) if names else self

    def walk(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Template]]:
        """Every template below this one, with its path."""
        for name, child in self.children.items():
            yield (*path, name), child
            yield from child.walk((*path, name))


def load(*directories: Path) -> Template:
    """The templates of several trees, one laid over the other. Raises NodeDefError."""
    root = Template("", Definition(help="the root, which has no file"))
    for directory in directories:
        _merge(root, directory)
    return root


def _merge(into: Template, directory: Path) -> None:
    for path in sorted(directory.iterdir()):
        if not path.is_dir():
            if path.name != "node.def":
                raise NodeDefError(f"{path}: is neither a directory nor a node.def")
            continue
        if not _NAME.fullmatch(path.name):
            raise NodeDefError(f"{path}: is no word that can be typed")
        if path.name not in into.children:
            into.children[path.name] = Template(path.name, _definition(path))
        _below(into.children[path.name], path)


def _definition(path: Path) -> Definition:
    if not (path / "node.def").exists():
        raise NodeDefError(f"{path}: has no node.def")
    return read(path / "node.def")


def _below(template: Template, path: Path) -> None:
    """The children of one node; a tag node has them in its `node.tag`, a leaf nowhere."""
    below = [entry.name for entry in path.iterdir() if entry.name != "node.def"]
    definition = template.definition
    if definition.tag:
        if below != [TAG]:
            raise NodeDefError(f"{path}: is a tag, and has {below}, not {TAG}")
        if (path / TAG / "node.def").exists():
            raise NodeDefError(f"{path / TAG}: has a node.def, which nothing reads")
        _merge(template, path / TAG)
    elif definition.is_leaf and below:
        raise NodeDefError(f"{path}: is a leaf, and has {below}")
    else:
        _merge(template, path)
