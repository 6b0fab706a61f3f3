"""The only way from platform knowledge to text: packages, deploys and `everleaf service` render here, byte for byte.

Ansible renders the same files itself and drops the newline after a block tag unless told otherwise; `trim_blocks` makes
that everybody's rule, so both ways give equal bytes.
"""

from __future__ import annotations

import json
from functools import cache
from shlex import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


def render(template: str, **values: object) -> str:
    """The text of `templates/TEMPLATE`. Raises jinja2.UndefinedError when the template asks for a value not given."""
    return _environment().get_template(template).render(values)


def render_text(text: str, **values: object) -> str:
    """`text`, itself a template."""
    return _template(text).render(values)


@cache
def _template(text: str) -> Template:
    """Compiled once: a fleet's every host asks for the same few lines of the table."""
    return _environment().from_string(text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("everleaf.platform"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["toml"] = _toml
    environment.filters["quote"] = quote  # one word of a shell's, as in Ansible
    return environment


def _toml(value: str | int | float | bool | list[str]) -> str:
    """`value` as TOML. JSON's strings, numbers, booleans and arrays are TOML's too, but for a raw DEL."""
    if isinstance(value, StrictUndefined):
        str(value)  # raises UndefinedError, which names what is missing
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
