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

_KEY_NAME = "identity.key"


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", metavar="FILE", required=True, help="new configuration file; never replaced")
    parser.add_argument("--from", dest="source", metavar="FILE", help="Yggdrasil configuration to convert")


def _run(options: Namespace) -> int:
    from everleaf.cli.defaults import configuration_here
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
    imported = _convert(Path(options.source))
    config = imported.config
    if imported.seed is not None:
        config = replace(config, identity=replace(config.identity, key_file=_keep_key(imported, options.source, out)))
    _write_new(out, render(config), this_privacy().create)  # peers' URIs may hold passwords
    for remark in [*imported.remarks, *cautions(config)]:
        say(f"{options.source}: {remark}")
    if not Path(config.identity.key_file).exists():
        _say_next(out, config)
    return 0


def _say_next(out: Path, config: Config) -> None:
    say(f"{out} is written; now make a key: everleaf keygen --out {config.identity.key_file}")


def _convert(source: Path) -> Imported:
    from everleaf.config.convert import convert

    try:
        return convert(source.read_bytes(), str(source))
    except OSError as error:
        raise ConfigError(str(source), "", f"cannot be read: {error.strerror}") from None


def _keep_key(imported: Imported, source: str, out: Path) -> str:
    """Put the imported key into its own file beside `out`; its path."""
    from everleaf import identity
    from everleaf.daemon.privacy import this_privacy

    path = out.absolute().with_name(_KEY_NAME)
    with identity.Seed(imported.seed or b"") as seed:
        _refuse_wrong_half(seed, imported, source)
        identity.write(path, seed, this_privacy())
    say(f"the private key is now in {path}")
    return str(path)


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
        raise OutputError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


COMMAND = Command(
    "init", "Write a configuration with every option explained, or convert Yggdrasil's.", _arguments, _run
)
