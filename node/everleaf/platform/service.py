"""What a service manager needs on a platform, as text: its files, and a command line for each verb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields

from everleaf.errors import UsageError
from everleaf.platform import Manager, Platform, Step, step
from everleaf.platform.render import render, render_text


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory of a host. What is above it exists, or comes before it."""

    path: str
    mode: str  # "0755"; "" where the system has no modes
    owner: str
    group: str


@dataclass(frozen=True, slots=True)
class File:
    """One file of a host, whole."""

    path: str
    content: str
    mode: str  # "0644"; "" where the system has no modes
    owner: str = "root"
    group: str = "root"


@dataclass(frozen=True, slots=True)
class Service:
    """How a node is run by one manager on one platform. Command lines are for the host's shell."""

    manager: str
    account: Step  # the user and group of the node
    directories: tuple[Directory, ...]  # what must be there before it starts
    tun: Step  # that a TUN can be opened
    files: tuple[File, ...]
    commands: Mapping[str, str]  # by verb
    leftovers: tuple[str, ...]  # files and directories of ours that are left when it has stopped and `files` are gone


def service(home: Platform, by: Manager) -> Service:
    """Render everything of `by` for `home`. Raises UsageError when that system has no such manager."""
    if not by.starts_on(home):
        raise UsageError(f"{by.name} starts nothing on {home.title}", fix=f"take its own: {home.manager}")
    values = context(home)
    paths = [render_text(file.path, **values) for file in by.files]
    values["files"] = paths
    files = tuple(
        File(path, _lines(home, render(file.template, **values)), file.mode, group=home.root_group)
        for path, file in zip(paths, by.files, strict=True)
    )
    commands = {verb: render_text(line, **values) for verb, line in by.commands.items()}
    if home.relabel:
        commands["refresh"] = f"{{ {home.relabel}; }} && {commands['refresh']}"
    return Service(
        by.name,
        account=_step("account", home.account, values),
        directories=_directories(home),
        tun=_step("tun", home.tun, values),
        files=files,
        commands=commands,
        leftovers=tuple(_leftovers(home, by)),
    )


def context(home: Platform) -> dict[str, object]:
    """The values that templates may use: the columns of the platform, and what follows from them.

    `files` is added by `service`: the paths of the manager's files, for its commands.
    """
    values: dict[str, object] = asdict(home) | {
        "key_file": home.key_file,
        "folder": home.parent(home.binary),
        "log_directory": _log_directory(home),
        "check": f"{home.binary} check --config {home.config}",  # no path of the table needs quoting
    }
    return values | {"tun": _step("tun", home.tun, values)}


def _lines(home: Platform, text: str) -> str:
    """`text` with the line ends of the system; its shell finds labels by them."""
    return text.replace("\n", "\r\n") if home.system == "Windows" else text


def _step(table: str, name: str, values: Mapping[str, object]) -> Step:
    row = step(table, name)
    return Step(**{item.name: render_text(getattr(row, item.name), **values) for item in fields(row)})


def _directories(home: Platform) -> tuple[Directory, ...]:
    if home.system == "Windows":  # where the manager's files say who may do what
        paths = (home.parent(home.binary), home.versions, home.state, home.cache, home.runtime)
        return tuple(Directory(path, "", "", "") for path in paths)
    made = [_public(home, home.versions), _own(home, home.state)]
    config = home.parent(home.config)
    if not home.runtime:  # nobody makes directories at the start
        return (*made, _public(home, config), _own(home, home.cache))
    if config == home.runtime:  # whoever writes the configuration makes it, and the start makes nothing
        return (*made, _own(home, config, "0750"), _own(home, home.cache))
    return (*made, _public(home, config))


def _public(home: Platform, path: str) -> Directory:
    """For everybody to look into."""
    return Directory(path, "0755", "root", home.root_group)


def _own(home: Platform, path: str, mode: str = "0700") -> Directory:
    """The node's own."""
    return Directory(path, mode, home.user, home.group)


def _leftovers(home: Platform, by: Manager) -> Iterator[str]:
    yield from by.owns
    yield home.cache
    if home.runtime:
        yield home.runtime
    if home.log_file:
        yield home.log_file
        yield _log_directory(home)


def _log_directory(home: Platform) -> str:
    """Where a manager that keeps a directory of logs has its files."""
    return home.log_file.removesuffix(".log") or "/var/log/everleaf"
