"""A service on this machine: put there, told what to do, and taken away. All of it can be done twice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from everleaf import __version__
from everleaf.cli import program
from everleaf.cli.command import say
from everleaf.cli.defaults import configuration
from everleaf.cli.owned import give_to_node, let_node_read, put_directory, put_file
from everleaf.errors import HostError, UsageError
from everleaf.platform import Platform, Step
from everleaf.platform.service import File, Service


class Installation:
    """What `made` describes, on the machine that we run on."""

    def __init__(self, home: Platform, made: Service, report: Callable[[str], None]) -> None:
        """`report` gets a line for each thing that was changed."""
        self.home = home
        self.made = made
        self._report = report
        self._changed = False

    # --- what is ------------------------------------------------------------------------------------------------------

    def ask(self, verb: str) -> bool:
        """Whether the manager says yes to `enabled` or `running`."""
        return not _shell(self.made.commands[verb]).returncode

    @property
    def installed(self) -> bool:
        """Whether all of its files are there."""
        return all(Path(file.path).is_file() for file in self.made.files)

    @property
    def outdated(self) -> list[str]:
        """Its files that say something else than this version of everleaf would."""
        there = [(Path(file.path), file.content) for file in self.made.files]
        return [str(path) for path, content in there if path.is_file() and path.read_bytes() != content.encode()]

    # --- what shall be ------------------------------------------------------------------------------------------------

    def install(self) -> None:
        """From nothing, or anything older, to a node that runs now and after every start of the machine."""
        self._make(self.made.account, f"made the user {self.home.user}")
        for directory in self.made.directories:
            if put_directory(directory):
                self._note(f"made {directory.path}")
        for said in program.install(self.home, __version__):
            self._note(said)
        self._key()
        self._config()
        self._make(self.made.tun, "loaded the TUN driver", required=False)
        if written := [file for file in self.made.files if put_file(file)]:
            self.tell("refresh")
        for file in written:
            self._note(f"wrote {file.path}")
        if not self.ask("enabled"):
            self.tell("enable")
            self._report("enabled")
        if not self.ask("running"):
            self.start()
        elif self._changed:
            self.restart()

    def uninstall(self) -> None:
        """Take away what `install` has put there, but for key, configuration and user."""
        for question, verb, said in (("running", "stop", "stopped"), ("enabled", "disable", "disabled")):
            if self.ask(question):
                self.tell(verb)
                self._report(said)
        if self.installed:
            self.tell("forget")
        paths = [file.path for file in self.made.files]
        gone = [path for path in [*paths, *self.made.leftovers] if _remove(Path(path))]
        if gone:
            self.tell("refresh")
        gone += program.uninstall(self.home)
        gone += [each.path for each in self.made.directories if _remove_empty(Path(each.path))]
        for path in gone:
            self._report(f"removed {path}")

    def start(self) -> None:
        """Do nothing when it runs."""
        if not self.ask("running"):
            self._tell_node("start", "started")

    def stop(self) -> None:
        """Do nothing when it does not run."""
        if self.ask("running"):
            self._tell_node("stop", "stopped")

    def restart(self) -> None:
        """Also when it does not run."""
        self._tell_node("restart", "restarted")

    def reload(self) -> None:
        """Raise HostError when it does not run."""
        self._tell_node("reload", "told to read its configuration again")

    def tell(self, verb: str) -> None:
        """Raise HostError when the command of a verb fails; standard error then has what it and the node said."""
        line = self.made.commands[verb]
        done = _shell(line)
        if done.returncode:
            for said in [
                *(done.stderr or done.stdout).splitlines(),
                *_shell(self.made.commands["log"]).stdout.splitlines(),
            ]:
                say(said)
            fix = f"look at what is said above, and at more of it: {self.made.commands['log']}"
            raise HostError(f"`{line}` failed with exit status {done.returncode}", fix=fix)

    def _tell_node(self, verb: str, said: str) -> None:
        if not self.installed:
            raise UsageError("the service is not installed", fix="run: everleaf service install")
        self.tell(verb)
        self._report(said)

    # --- the parts ----------------------------------------------------------------------------------------------------

    def _make(self, step: Step, said: str, *, required: bool = True) -> None:
        if not _shell(step.check).returncode:
            return
        done = _shell(step.make)
        if not done.returncode:
            self._note(said)
        elif required:
            raise HostError(f"`{step.make}` failed: {done.stderr.strip()}", fix="run it by hand to see why")

    def _key(self) -> None:
        from everleaf import identity
        from everleaf.daemon.privacy import this_privacy

        path = Path(self.home.key_file)
        if path.exists():
            if not path.is_symlink() and give_to_node(path, self.home.user):
                self._note(f"gave {path} to {self.home.user}")
            return
        with identity.new_seed() as seed:
            identity.write(path, seed, this_privacy())
        self._note(f"made a key: {path}")

    def _config(self) -> None:
        from everleaf.config.text import render

        path = Path(self.home.config)
        if path.exists():
            if let_node_read(path, self.home.user, self.home.group):
                self._note(f"let {self.home.user} read {path}")
            return
        if self.home.parent(self.home.config) == self.home.runtime:
            fix = "set interfaces everleaf there; its package starts the node"
            raise UsageError(f"{self.home.title} writes {path} from its own configuration", fix=fix)
        file = File(str(path), render(configuration(self.home)), "0640", group=self.home.group)
        put_file(file)
        self._note(f"wrote {path}; to add peers, edit it and run: everleaf service reload")

    def _note(self, said: str) -> None:
        self._changed = True
        self._report(said)


def _shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(line, shell=True, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def _remove(path: Path) -> bool:
    """Whatever it is; whether it was there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
        return True
    if not path.exists() and not path.is_symlink():
        return False
    path.unlink()
    return True


def _remove_empty(directory: Path) -> bool:
    """Whether it was one that is empty."""
    if not directory.is_dir() or any(directory.iterdir()):
        return False
    directory.rmdir()
    return True
