"""The maintainer scripts of a format, rendered from the words of its platform and its service manager."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from builds.packages.form import Form
from jinja2 import Environment, FileSystemLoader, StrictUndefined

STAGES = ("postinstall", "preremove", "postremove")


def scripts(form: Form) -> dict[str, str]:
    """By nfpm's name of the stage. `postupgrade` is there where that is a stage of its own."""
    made = {stage: _render(form, stage) for stage in STAGES}
    if form.name in ("apk", "archlinux"):
        made["postupgrade"] = _render(form, "postinstall", upgrade=True)
    return made


def _render(form: Form, stage: str, *, upgrade: bool = False) -> str:
    home, service = form.home, form.service
    commands = {verb: _invoked(form, line) for verb, line in service.commands.items()}
    return (
        _environment()
        .get_template(f"{stage}.sh.j2")
        .render(
            form=form.name,
            upgrade=upgrade,
            manager=service.manager,
            account=service.account,
            directories=[one for one in service.directories if one.path != form.libraries],
            leftovers=[path for path in service.leftovers if path],
            binary=home.binary,
            config=home.config,
            config_directory=home.parent(home.config),
            key_file=home.key_file,
            state=home.state,
            user=home.user,
            group=home.group,
            relabel=home.relabel,
            **commands,
        )
    )


def _invoked(form: Form, line: str) -> str:
    """Debian's administrators may forbid that packages start or stop anything: that is asked on the way."""
    if form.name != "deb":
        return line
    for verb in ("restart", "stop"):
        line = line.replace(f"systemctl {verb} ", f"deb-systemd-invoke {verb} ")
    return line


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(Path(__file__).with_name("stages"))
    return Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
