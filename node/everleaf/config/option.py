"""Options as dataclass fields: kind, default and meaning stand once, for reading, checking and writing."""

from __future__ import annotations

from dataclasses import MISSING, Field, field, fields
from typing import Any, TypeVar

from everleaf import gojson
from everleaf.config.values import BadValue, Kind, list_of, shown

T = TypeVar("T")


def option(kind: Kind[Any], doc: str, default: Any = MISSING, *, secret: bool = False) -> Any:
    """One option. `doc` becomes its comment in a generated file; without `default` it must be given."""
    return field(default=default, repr=not secret, metadata={"kind": kind, "doc": doc})


def section(cls: type) -> Any:
    """A table of options, described by the docstring of its class."""
    return field(default_factory=cls, metadata={"kind": table(cls), "section": cls})


def sections(cls: type, example: Any) -> Any:
    """A list of tables. `example` stands in a generated file, commented out, where there are none."""
    return field(default=(), metadata={"kind": list_of(table(cls)), "sections": cls, "example": example})


def tables(cls: type) -> Any:
    """Tables by name, `[hosts.alpha]`, each described by the docstring of its class."""
    return field(default_factory=dict, metadata={"kind": tables_of(table(cls)), "tables": cls})


def free(doc: str) -> Any:
    """Takes every key of its table that no option has, as JSON values; nobody here gives them a meaning."""
    return field(default_factory=dict, metadata={"free": True, "doc": doc})


def options(cls: type) -> list[Field[Any]]:
    """The fields of `cls` that have a key of their own."""
    return [item for item in fields(cls) if "free" not in item.metadata]


def free_field(cls: type) -> Field[Any] | None:
    """The field that takes the other keys, if `cls` has one."""
    return next((item for item in fields(cls) if "free" in item.metadata), None)


def table(cls: type[T]) -> Kind[T]:
    """A TOML table that becomes a `cls`. Keys nobody knows are refused, with the likeliest one suggested."""

    known = {item.name: item for item in options(cls)}
    rest = free_field(cls)

    def read(value: Any) -> T:
        if not isinstance(value, dict):
            raise BadValue(f"must be a table, not {shown(value)}")
        given = {name: _read_option(known[name], value[name]) for name in value if name in known}
        others = {name: value[name] for name in value if name not in known}
        if rest:
            given[rest.name] = _json(others)
        elif others:
            raise _unknown(next(iter(others)), list(known))
        for item in known.values():
            if item.name not in given and item.default is item.default_factory is MISSING:
                raise BadValue("is missing", fix=f"add it: {item.metadata['doc']}", key=item.name)
        return cls(**given)

    def write(value: T) -> dict[str, Any]:
        plain = {name: item.metadata["kind"].write(getattr(value, name)) for name, item in known.items()}
        return plain | (getattr(value, rest.name) if rest else {})

    return Kind(read, write)


def tables_of(kind: Kind[T]) -> Kind[dict[str, T]]:
    """A table of tables, `[hosts.alpha]`: each is read as `kind`, in the order of the file."""

    def read(value: Any) -> dict[str, T]:
        if not isinstance(value, dict):
            raise BadValue(f"must be a table, not {shown(value)}")
        return {name: _inside(name, kind, item) for name, item in value.items()}

    return Kind(read, lambda rows: {name: kind.write(row) for name, row in rows.items()})


def _inside(name: str, kind: Kind[T], value: Any) -> T:
    try:
        return kind.read(value)
    except BadValue as bad:
        raise bad.inside(name) from None


def _read_option(item: Field[Any], value: Any) -> Any:
    return _inside(item.name, item.metadata["kind"], value)


def _unknown(name: str, known: list[str]) -> BadValue:
    from difflib import get_close_matches  # noqa: PLC0415 - slow to load, and only errors need it

    close = get_close_matches(name, known, n=1)
    fix = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return BadValue("is not a key this version knows", fix=fix, key=name)


def _json(data: dict[str, Any]) -> dict[str, Any]:
    for name, value in data.items():
        try:
            gojson.encode(value)
        except (TypeError, ValueError):
            raise BadValue("is or contains what JSON cannot carry, such as a date", fix="quote it", key=name) from None
    return data
