"""The Debian archive that this machine's apt uses, and the source packages in it."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from builds.errors import BuildError
from builds.step import cache, run, say

SUITE = "trixie"  # whose sources are built
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
TABLE = Path(__file__).with_name("libraries.toml")


@dataclass(frozen=True, slots=True)
class Source:
    """One row of libraries.toml."""

    package: str
    version: str
    directory: str  # what the tarball unpacks into
    sha256: str


def archive() -> str:
    """The Debian archive in this machine's own configuration of apt."""
    query = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"]
    found = run([*query, "Label: Debian"]).split()
    if not found:
        raise BuildError("apt's configuration names no Debian archive", fix="add one, or build on a Debian")
    return found[0]


def sources() -> dict[str, Source]:
    """Every library and Python itself, by the name in libraries.toml."""
    return {name: Source(**row) for name, row in tomllib.loads(TABLE.read_text("utf-8")).items()}


def unpack(name: str, place: Path) -> Path:
    """Put the source called `name` into `place`, fetched if need be; its directory there."""
    source = sources()[name]
    place.mkdir(parents=True, exist_ok=True)
    run(["tar", "xf", tarball(source)], cwd=place)
    return place / source.directory


def tarball(source: Source) -> Path:
    """Upstream's tarball, from the cache or from Debian. Raise BuildError unless it is the one that was meant."""
    place = cache() / "sources"
    pattern = f"{source.package}_{source.version}.orig.tar.?z"
    if not list(place.glob(pattern)):
        place.mkdir(exist_ok=True)
        _fetch(source, place)
    found = list(place.glob(pattern))
    if not found:
        raise BuildError(f"Debian {SUITE} has no {source.package} {source.version}", fix=f"name a newer one in {TABLE}")
    digest = hashlib.sha256(found[0].read_bytes()).hexdigest()
    if digest != source.sha256:
        raise BuildError(f"{found[0]} has the digest {digest}", fix=f"{TABLE} wants {source.sha256}: remove the file")
    return found[0]


def _fetch(source: Source, place: Path) -> None:
    """Revisions of one upstream version share its tarball, and not every mirror has every revision."""
    env = {"APT_CONFIG": str(_configuration())}
    run(["apt-get", "-qq", "update"], env=env)
    told = run(["apt-cache", "showsrc", "--only-source", source.package], env=env).splitlines()
    revisions = [line.removeprefix("Version: ") for line in told if line.startswith("Version: ")]
    for revision in revisions:
        if revision.partition(":")[2].startswith(f"{source.version}-") or revision.startswith(f"{source.version}-"):
            try:
                run(["apt-get", "-qq", "--download-only", "source", f"{source.package}={revision}"], cwd=place, env=env)
            except BuildError as error:
                say(str(error))


def _configuration() -> Path:
    """Of an apt that knows these sources and nothing else; the machine's own stays as it is."""
    home = cache() / "apt"
    (home / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    signed = f"[signed-by={KEYRING}]" if Path(KEYRING).exists() else ""
    (home / "sources.list").write_text(f"deb-src {signed} {archive()} {SUITE} main\n")
    settings = {
        "Dir::Etc::SourceList": home / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": home / "lists",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "APT::Sandbox::User": "root",
    }
    (home / "apt.conf").write_text("".join(f'{key} "{value}";\n' for key, value in settings.items()))
    return home / "apt.conf"
