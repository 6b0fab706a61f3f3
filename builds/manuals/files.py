"""Where manuals and completions are on a host, below /usr/share or what stands for it."""

from __future__ import annotations

from pathlib import Path

from builds.manuals.command import PROGRAMS
from builds.manuals.completions import bash, fish, zsh
from builds.manuals.pages import pages


def write(share: Path, epoch: int, programs: tuple[str, ...] = tuple(PROGRAMS)) -> list[Path]:
    """Write what belongs to these programs below `share`; the files."""
    made: dict[str, str] = {}
    for name in programs:
        command = PROGRAMS[name]()
        made |= {f"man/man{file[-1]}/{file}": text for file, text in pages(name, epoch).items()}
        made[f"bash-completion/completions/{name}"] = bash(command)
        made[f"zsh/site-functions/_{name}"] = zsh(command)
        made[f"fish/vendor_completions.d/{name}.fish"] = fish(command)
    for place, text in made.items():
        path = share / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [share / place for place in made]
