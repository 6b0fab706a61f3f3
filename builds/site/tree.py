"""A hook of MkDocs: the Markdown of the whole tree as pages, where it lies, so that its links are the same in both."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from posixpath import dirname, join, normpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[([^\]]*)\]\(([^)#:]+)\)")  # to a file here


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Every Markdown file that is kept in the tree, but templates and the pages that are here already."""
    for path in _kept():
        if path.suffix == ".md" and "pages" not in path.parts and "template" not in path.parts:
            files.append(File.generated(config, path.as_posix(), abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_: object) -> str:
    """Name what is no page but a source, instead of linking it. What does not exist stays a link."""

    def shown(link: re.Match[str]) -> str:
        text, target = link.groups()
        path = normpath(join(dirname(page.file.src_uri), target))
        page_of_directory = files.get_file_from_path(join(path, "README.md"))
        if page_of_directory:
            return f"[{text}]({join(target, 'README.md')})"
        if files.get_file_from_path(path) or not (ROOT / path).exists():
            return link[0]
        return text if f"`{target}`" == text else f"{text} (`{path}`)"

    return LINK.sub(shown, markdown)


def _kept() -> list[Path]:
    """Paths that git keeps, from the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name]
