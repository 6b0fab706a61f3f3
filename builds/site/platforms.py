"""A hook of MkDocs: a page for every platform, out of what the node itself knows about it."""

from __future__ import annotations

from collections.abc import Iterator

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from everleaf.platform import ROUTER, WINDOWS, Platform, manager, platforms
from everleaf.platform.service import Service, service

TOLD = {
    "start": "start it",
    "stop": "stop it",
    "reload": "have it read its configuration again",
    "enable": "start it with the machine",
    "log": "see what it said last",
}
PATHS = {
    "binary": "program",
    "config": "configuration",
    "key_file": "private key",
    "admin": "admin socket",
    "log_file": "log",
    "hosts_file": "names of a fleet's hosts",
}

_OF_A_ROUTER = (
    "The node is part of the router's configuration, and [a package](../deploy/edgeos/README.md) brings the words for "
    "it; `everleaf service` refuses a router."
)
_OF_A_FLEET = (
    r"A fleet has each version in a folder below `C:\Program Files\everleaf\versions`, and `service.cmd` names the one "
    "that runs: `service.cmd program status` speaks to it. That is rendered and checked, not executed on Windows."
)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List them in the navigation, below the page that has them all."""
    [chapter] = [entry["Platforms"] for entry in config.nav or [] if isinstance(entry, dict) and "Platforms" in entry]
    chapter.extend(f"platforms/{name}.md" for name in platforms())
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """One page each, and one that lists them."""
    homes = platforms().values()
    files.append(File.generated(config, "platforms/index.md", content=_index(list(homes))))
    for home in homes:
        files.append(File.generated(config, f"platforms/{home.name}.md", content="\n".join(_page(home))))
    return files


def _index(homes: list[Platform]) -> str:
    rows = [f"| [{home.title}]({home.name}.md) | {home.manager} | {home.mtu_ceiling} |" for home in homes]
    return "\n".join(["# Platforms", "", "| system | who starts the node | largest MTU |", "|---|---|---|", *rows, ""])


def _page(home: Platform) -> Iterator[str]:
    made = service(home, manager(home.manager))
    yield from (f"# {home.title}", "")
    if home.manager == ROUTER:
        yield _OF_A_ROUTER
    else:
        yield f"`everleaf service install` puts the node there as a service of {home.manager}."
    yield f'`everleaf-fleet`, pyinfra and Ansible call the platform `"{home.name}"`.'
    if home.system == WINDOWS:
        yield from ("", _OF_A_FLEET)
    yield from ("", "| | |", "|---|---|")
    yield from (f"| {what} | `{getattr(home, name)}` |" for name, what in PATHS.items() if _is_used(home, made, name))
    yield f"| runs as | `{home.user}` |"
    yield f"| largest MTU | {home.mtu_ceiling} |"
    yield from ("", "## By hand", "")
    yield from _commands(made)
    yield from ("", "## Files of the service", "")
    for file in made.files:
        yield from (f"`{file.path}`", "", "```", file.content.replace("\r", "").rstrip(), "```", "")


def _is_used(home: Platform, made: Service, name: str) -> bool:
    """The log has a file of its own only where that is what its command reads."""
    path: str = getattr(home, name)
    return bool(path) and (name != "log_file" or path in made.commands["log"])


def _commands(made: Service) -> Iterator[str]:
    yield "```"
    yield from (f"{made.commands[verb]:60} # {what}" for verb, what in TOLD.items() if made.commands[verb] != "true")
    yield "```"
