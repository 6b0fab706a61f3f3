"""`everleaf init`: a configuration to start from, or one made of Yggdrasil's."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from everleaf.cli.command import Command, say
from everleaf.errors import ConfigError, OutputError

if TYPE_CHECKING:
    from everleaf.config import Config
    from everleaf.config.convert import Imported
    from everleaf.identity import Seed
    from everleaf.platform import Platform

_KEY_NAME = "identity.key"


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", required=True, help="new configuration file; never replaced")
    parser.add_argument("--from", dest="source", metavar="FILE", help="Yggdrasil configuration to convert")


def _run(options: Namespace) -> int:
    from everleaf.cli.defaults import configuration_here, service_of
    from everleaf.cli.owned import let_node_read
    from everleaf.config import cautions
    from everleaf.config.text import render
    from everleaf.daemon.privacy import this_privacy

    out = Path(options.out)
    if options.source is None:
        plain = configuration_here()
        _write_new(out, render(plain), _open_new)
        _say_next(out, plain)
        return 0
    if out.exists():  # before there is a key file that belongs to nothing
        raise OutputError(f"{out} exists and is never replaced", fix="choose another name, or move it away")
    imported, home = _convert(Path(options.source)), service_of(out)
    config, remarks = _placed(imported, options.source, out, home)
    if home:
        _make_directory(out.parent, 0o755)
    _write_new(out, render(config), this_privacy().create)  # peers' URIs may hold passwords
    if home:
        let_node_read(out, home.user, home.group)
    for remark in [*imported.remarks, *remarks, *cautions(config)]:
        say(f"{options.source}: {remark}")
    _say_next(out, config)
    return 0


def _say_next(out: Path, config: Config) -> None:
    if not Path(config.identity.key_file).exists():
        say(f"{out} is written; now make a key: everleaf keygen --out {config.identity.key_file}")


def _convert(source: Path) -> Imported:
    from everleaf.config.convert import convert

    try:
        return convert(source.read_bytes(), str(source))
    except OSError as error:
        raise ConfigError(str(source), "", f"cannot be read: {error.strerror}") from None


def _placed(imported: Imported, source: str, out: Path, home: Platform | None) -> tuple[Config, list[str]]:
    """The configuration with paths that whoever reads `out` can use, and what was changed for that.

    The service of `home` runs as a user of its own, who can use nothing outside of its directories.
    """
    from everleaf.config import AdminConfig
    from everleaf.endpoint import Endpoint

    config, remarks = imported.config, []
    elsewhere = config.identity.key_file if imported.key_elsewhere else ""
    if imported.seed is not None or (home and elsewhere):
        path = Path(home.key_file) if home else out.absolute().with_name(_KEY_NAME)
        _keep_key(imported, source, elsewhere, path)
        config = replace(config, identity=replace(config.identity, key_file=str(path)))
    elif elsewhere:
        remarks.append(f"PrivateKeyPath: the key stays in {elsewhere}, which only the node's user may be able to read")
    if home and config.admin.listen and config.admin.listen.path:
        own = Endpoint.parse(home.admin)
        if config.admin.listen not in (own, AdminConfig().listen):
            remarks.append(f"AdminListen: changed to {home.admin}, for the service has a directory there")
        config = replace(config, admin=replace(config.admin, listen=own))
    return config, remarks


def _keep_key(imported: Imported, source: str, elsewhere: str, path: Path) -> None:
    """Put the imported key, or that of the file `elsewhere`, into the new file `path`."""
    from everleaf import identity
    from everleaf.daemon.privacy import this_privacy

    with identity.load(elsewhere, this_privacy()) if elsewhere else identity.Seed(imported.seed or b"") as seed:
        if not elsewhere:
            _refuse_wrong_half(seed, imported, source)
        _make_directory(path.parent, 0o700)
        identity.write(path, seed, this_privacy())
    say(f"the private key is now in {path}")


def _make_directory(path: Path, mode: int) -> None:
    try:
        path.mkdir(mode, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be made: {error.strerror}", fix="run as root, or choose another --out"
        ) from None


def _refuse_wrong_half(seed: Seed, imported: Imported, source: str) -> None:
    from everleaf import _core

    if _core.Identity(seed).public != imported.public_key:
        raise ConfigError(source, "PrivateKey", "its second half is not the public key of its first")


def _open_new(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)


def _write_new(path: Path, text: str, create: Callable[[Path], int]) -> None:
    try:
        descriptor = create(path)
    except FileExistsError:
        raise OutputError(f"{path} exists and is never replaced", fix="choose another name, or move it away") from None
    except OSError as error:
        fix = "" if path.parent.is_dir() else f"make its directory: mkdir -p {path.parent}"
        raise OutputError(f"{path} cannot be written: {error.strerror}", fix=fix) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


COMMAND = Command(
    "init", "Write a configuration with every option explained, or convert Yggdrasil's.", _arguments, _run
)
