"""Files and directories with an owner and a mode: put in place whole, and only where something differs."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from pathlib import Path

from everleaf.errors import OutputError
from everleaf.platform.service import Directory, File


def put_directory(wanted: Directory) -> bool:
    """Make it what is wanted; whether it was not."""
    path = Path(wanted.path)
    try:
        made = not path.is_dir()
        path.mkdir(parents=True, exist_ok=True)
        return _agree(path, wanted) or made
    except OSError as error:
        raise OutputError(f"{path} cannot be made: {error.strerror}", fix="look at what is there") from None


def put_file(wanted: File) -> bool:
    """Make it what is wanted; whether it was not. At no time is there half a file, or one with another's rights."""
    path = Path(wanted.path)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and not path.is_symlink() and path.read_bytes() == wanted.content.encode():
            return _agree(path, wanted)
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(wanted.content.encode())
                file.flush()
                os.fsync(descriptor)
            _agree(aside, wanted)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}", fix="look at what is there") from None
    return True


def let_node_read(path: Path, user: str, group: str) -> bool:
    """Let the group of the node's user read a file that only root could; whether that user could not before.

    Nothing while there is no such user, which a package or `everleaf service install` makes.
    """
    if sys.platform == "win32":
        return False
    import grp
    import pwd

    try:
        node, members = pwd.getpwnam(user), grp.getgrnam(group)
    except KeyError:
        return False
    seen = path.stat()
    if seen.st_uid or not node.pw_uid or seen.st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return False
    os.chown(path, -1, members.gr_gid)
    path.chmod(stat.S_IMODE(seen.st_mode) | stat.S_IRGRP)
    return True


def give_to_node(path: Path, user: str) -> bool:
    """Make a file of root's the node's own; whether it was not.

    It lies in a directory of that user, so no link is followed, and what has a second name may be another's file.
    """
    if sys.platform == "win32":
        return False
    import pwd

    node = pwd.getpwnam(user)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        seen = os.fstat(descriptor)
        if seen.st_uid or not node.pw_uid or not stat.S_ISREG(seen.st_mode) or seen.st_nlink > 1:
            return False
        os.fchown(descriptor, node.pw_uid, node.pw_gid)
    finally:
        os.close(descriptor)
    return True


def _agree(path: Path, wanted: Directory | File) -> bool:
    """Give it its owner and mode; whether it had others. Nothing on a system without modes."""
    if sys.platform == "win32" or not wanted.mode:
        return False
    import grp
    import pwd

    seen = path.stat()
    owner = (pwd.getpwnam(wanted.owner).pw_uid, grp.getgrnam(wanted.group).gr_gid)
    mode = int(wanted.mode, 8)
    if (seen.st_uid, seen.st_gid) != owner:
        os.chown(path, *owner)
    elif seen.st_mode & 0o7777 == mode:
        return False
    path.chmod(mode)
    return True
