"""What must be so on a host with Windows, each as a change: how to see it, what to bring there, how to make it so.

pyinfra and Ansible do the same ones, by the same lines; the order is theirs. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from everleaf.errors import UnavailableError
from everleaf.platform import Platform
from everleaf.platform.service import File
from everleaf_fleet.member import Member
from everleaf_fleet.programs import PREFIX, folder, program
from everleaf_fleet.windows import batch, deadman, places

NEW = ".new"  # what a file is called until it has been judged
_OURS = '"*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F"'  # the system's and the administrators', and nobody else's


@dataclass(frozen=True, slots=True)
class Change:
    """One of them. Its lines are batch, and end with 0 when all is well."""

    check: str
    make: str
    files: tuple[File, ...] = ()  # brought there before `make`, under their new names


def changes(member: Member) -> dict[str, Change]:
    """All of them by name, but for the program, of which somebody has to say where it comes from."""
    return {
        "directories": _directories(member.home),
        "identity": _key(member),
        "way_back": _kept(member, _stays(member)),
        "way_back_of_program": _kept(member, program_stays(member)),
        "way_back_of_rollback": _kept(member, "exit /b 1"),
        "program": _used(member),
        "rollback": _rolled_back(member),
        "configuration": _configuration(member),
        "tun": Change(member.service.tun.check, member.service.tun.make),
        "boot": Change(member.service.commands["enabled"], f"{member.service.commands['enable']} >nul"),
        "service": _current(member),
        "old_programs": _few(member),
        "stopped": _stopped(member),
        "files": _removed(member),
        "state": _forgotten(member.home),
    }


# --- the directories and the key --------------------------------------------------------------------------------------


def _directories(home: Platform) -> Change:
    """Somebody else may have made the first one, where everybody may: it is taken from them before a key is in it.

    That of the versions is made last, so where it is, the others are as they should be.
    """
    wanted = [home.state, home.cache, home.runtime, home.versions]
    secured = [
        f'icacls "{home.state}" /setowner "*S-1-5-32-544" /t /q >nul',
        f'icacls "{home.state}" /inheritance:r /grant:r {_OURS} /q >nul',
    ]
    made = [batch.directory(wanted[0]), batch.each(secured), *map(batch.directory, wanted[1:])]
    return Change("\n".join(batch.is_there(f"{path}\\") for path in wanted), "\n".join(made))


def _key(member: Member) -> Change:
    """There is a key, which only the directory protects. One that the lock knows is not made again."""
    home, known = member.home, member.locked
    make = f'"{home.binary}" keygen --out "{home.key_file}" >nul'
    if known:
        make = batch.refuse(
            f"{home.key_file} is gone, but the lock knows the key {known.public_key[:16]}; put it back, "
            f"or delete hosts.{member.name} from {member.book.path} so that a new one is made"
        )
    return Change(batch.is_there(home.key_file), make)


def identity(home: Platform) -> str:
    """Print what the key is called, as JSON: empty when there is none, and nothing when no program can tell."""
    none = f'if not exist "{home.key_file}" echo {{"public_key": ""}}& exit /b 0'
    return f'{none}\nif exist "{home.binary}" "{home.binary}" identity --key "{home.key_file}" --json'


# --- the program ------------------------------------------------------------------------------------------------------


def present(home: Platform, version: str, sha256: str) -> Change:
    """A version is there that passes its selftest. It is not used yet, and its archive has to be `places.archive`."""
    where, archive, mark = folder(home, version), places.archive(home, version), places.mark(home, version)
    service = home.join(places.root(home), "service.cmd")
    in_use = f'if exist "{service}" findstr /l /c:"{PREFIX}{version}\\everleaf.exe" "{service}" >nul'
    refused = batch.say(f"version {version} is used there, and is another program; give the new one another version")
    wrong = batch.say(f"{archive} did not arrive as it was sent")
    lines = [
        f"{in_use} && ({refused}& exit /b 1)",
        f"{batch.has_checksum(archive, sha256)} || ({wrong}& exit /b 1)",
        batch.remove(where),
        batch.directory(where),
        f'{places.TAR} -xf "{archive}" --strip-components 1 -C "{where}" || exit /b 1',
        f'"{program(home, version)}" selftest >nul || exit /b 1',
        f'(echo {sha256})>"{mark}"',
        f'del /q "{archive}"',
    ]
    return Change(f'{batch.is_there(mark)}\nfindstr /l /c:"{sha256}" "{mark}" >nul', "\n".join(lines))


def _used(member: Member) -> Change:
    """The manager's file is the one that names the wanted version; the one before is remembered."""
    [file], before = member.service.files, places.previous(member.home)
    lines = [
        f'del /q "{places.read(member.home)}" 2>nul',
        f'if not exist "{file.path}" goto put',
        batch.copy(file.path, before),
        ":put",
        batch.move(file.path + NEW, file.path),
        f'call "{file.path}" install >nul',
    ]
    return Change(batch.holds(file), "\n".join(lines), (_new(file),))


def _rolled_back(member: Member) -> Change:
    """The version before is used, if it accepts the configuration; twice is back again."""
    [file], before, aside = member.service.files, places.previous(member.home), member.home.versions + "\\aside.cmd"
    none = batch.say("there is no version to go back to")
    lines = [
        f'if not exist "{before}" ({none}& exit /b 1)',
        f'call "{before}" program check --config "{member.home.config}" || exit /b 1',
        batch.copy(file.path, aside),
        batch.move(before, file.path),
        batch.move(aside, before),
        f'call "{file.path}" install >nul || exit /b 1',
        f'del /q "{places.read(member.home)}" 2>nul',
        f'call "{file.path}" restart >nul',
    ]
    return Change("exit /b 1", "\n".join(lines))


def _few(member: Member) -> Change:
    """No more versions than wanted, the one that is used and the one before among them. `%%i` is a line of a file."""
    home, [file], keep = member.home, member.service.files, max(member.fleet.upgrade.keep - 2, 0)

    def lines(then: str) -> str:
        """Count the other versions, the newest first, and do that with each there is too much."""
        newest_first = f'dir /b /ad /o-d "{home.join(home.versions, PREFIX)}*" 2^>nul'
        files = (file.path, places.previous(home))
        needed = [f'if exist "{one}" findstr /l /c:"%~1\\everleaf.exe" "{one}" >nul && exit /b 0' for one in files]
        return "\n".join(
            [
                "set others=0",
                "set old=0",
                f'for /f "delims=" %%i in (\'{newest_first}\') do call :one "%%i"',
                "exit /b %old%",
                ":one",
                *needed,
                "set /a others+=1",
                f"if %others% gtr {keep} {then}",
                "exit /b 0",
            ]
        )

    return Change(lines("set old=1"), lines(f'rmdir /s /q "{home.versions}\\%~1"'))


# --- the way back -----------------------------------------------------------------------------------------------------


def _kept(member: Member, stays: str) -> Change:
    """Nothing that the node runs will change; or the host keeps what there is, and returns to it if nobody confirms."""
    files = deadman.files(member.home, member.service, member.fleet.upgrade.gate)
    returning = places.change(member.home, "returning")
    busy = batch.say("this host is returning to what it ran before; try again")
    lines = [
        f'if exist "{returning}\\" ({busy}& exit /b 1)',
        f"schtasks /end /tn {places.TASK} >nul 2>&1",
        *(batch.move(file.path + NEW, file.path) for file in files),
        f'call "{places.deadman(member.home)}" keep',
    ]
    return Change(stays, "\n".join(lines), tuple(map(_new, files)))


def _stays(member: Member) -> str:
    config = _config(member)
    return f"{program_stays(member)}\n{batch.each([batch.holds(config)])}" if config else "exit /b 1"


def waits(home: Platform) -> str:
    """Whether a change is neither confirmed nor taken back."""
    lines = [f'if exist "{places.change(home, what)}\\" exit /b 0' for what in ("unconfirmed", "returning")]
    return "\n".join([*lines, "exit /b 1"])


def program_stays(member: Member) -> str:
    """Whether the wanted program is the one that is used, and no change waits for its confirmation."""
    waiting = [places.change(member.home, what) for what in ("unconfirmed", "returning")]
    lines = [f'if exist "{path}\\" exit /b 1' for path in waiting]
    return "\n".join([*lines, batch.each(map(batch.holds, member.service.files))])


def confirm(home: Platform) -> str:
    """Let a change stay. Fails where the host has returned already."""
    return f'call "{places.deadman(home)}" confirm'


def back(home: Platform) -> str:
    """Return now, or end a return that was begun. Fails only if that does."""
    return f'call "{places.deadman(home)}" back'


def told(home: Platform, verb: str) -> str:
    """Tell the way back something, if a change waits: `keep` gives it its time anew."""
    return f'if exist "{places.change(home, "unconfirmed")}\\" call "{places.deadman(home)}" {verb}'


# --- the configuration and the service --------------------------------------------------------------------------------


def _config(member: Member) -> File | None:
    """None while it lets in only hosts whose keys are not known."""
    try:
        return member.blueprint().config
    except UnavailableError:
        return None


def _configuration(member: Member) -> Change:
    """The configuration is in place, which the program that is used has accepted."""
    config = _config(member)
    if not config:
        return Change("exit /b 1", batch.refuse("the configuration waits for the keys of other hosts"))
    judged = f'{_say(member)} check --config "{config.path + NEW}" || exit /b 1'
    return Change(batch.holds(config), f"{judged}\n{batch.move(config.path + NEW, config.path)}", (_new(config),))


def _say(member: Member) -> str:
    """The program that is used, whichever that is."""
    return f'call "{places.service_file(member.service)}" program'


def _current(member: Member) -> Change:
    """The node runs, and with all that is in place: it reads its configuration again, or restarts, or is started.

    What it has read is written down there, so nothing is lost when a run ends too early.
    """
    home, running = member.home, f"{member.service.commands['running']} >nul"
    program, config = (batch.digest(file)[:16] if file else "none" for file in (*member.service.files, _config(member)))
    read, reload = places.read(home), f"{_say(member)} ctl --endpoint {home.admin} --json reload"
    lines = [
        f"{told(home, 'keep')} || exit /b 1",
        f'if not exist "{read}" goto restart',
        f'findstr /l /c:"{program} " "{read}" >nul || goto restart',
        f"{running} || goto restart",
        f'del /q "{read}" 2>nul',
        rf'{reload} | findstr /r /c:"needs_restart.: \[\]" >nul && goto read',
        ":restart",
        f'del /q "{read}" 2>nul',
        f'call "{places.service_file(member.service)}" restart >nul || exit /b 1',
        ":read",
        f'(echo {program} {config})>"{read}"',
    ]
    check = batch.each([running, f'findstr /l /c:"{program} {config}" "{read}" >nul'])
    return Change(f"{batch.is_there(read)}\n{check}", "\n".join(lines))


def gate(member: Member) -> str:
    """Wait until the node is well, and print what it says about itself, as JSON."""
    say, endpoint, wanted = _say(member), member.home.admin, member.fleet.upgrade.gate
    wait = f"{say} wait --endpoint {endpoint} --peers {wanted.min_peers} --timeout {wanted.within:g} || exit /b 1"
    status = f"{say} status --endpoint {endpoint} --json"
    return f"{wait}\n{status}\nif errorlevel 2 exit /b 1\nexit /b 0"  # 1 is a degraded node, which may have its peers


def status(member: Member) -> str:
    """Print what the node says about itself; nothing where no program is used."""
    there = f'if not exist "{places.service_file(member.service)}" exit /b 0'
    return f"{there}\n{_say(member)} status --endpoint {member.home.admin} --json\nexit /b 0"


def healthy(member: Member) -> str:
    """Fail on a node that is not healthy, and say what ails it."""
    return f"{_say(member)} status --endpoint {member.home.admin}"


# --- the end ----------------------------------------------------------------------------------------------------------


def _stopped(member: Member) -> Change:
    """The node neither runs nor starts with the machine: Windows does not know it."""
    file = places.service_file(member.service)
    return Change("sc query everleaf >nul 2>&1 && exit /b 1\nexit /b 0", f'call "{file}" remove >nul || exit /b 1')


def _removed(member: Member) -> Change:
    """Nothing of ours is there but the key."""
    home, service = member.home, member.service
    waiting = [places.change(home, what) for what in ("unconfirmed", "confirmed", "returning")]
    mine = [places.deadman(home), places.task(home), *waiting, f"{home.key_file}.lock"]
    ours = [*(file.path for file in service.files), *service.leftovers, *mine, home.config, home.versions]
    task = f"schtasks /delete /f /tn {places.TASK} >nul 2>&1"
    emptied = f'rmdir "{places.root(home)}" 2>nul'
    lines = [task, *map(batch.remove, ours), emptied, "exit /b 0"]
    return Change("\n".join(f'if exist "{path}" exit /b 1' for path in ours), "\n".join(lines))


def _forgotten(home: Platform) -> Change:
    """There is no key."""
    return Change(f'if exist "{home.state}\\" exit /b 1', f"{batch.remove(home.state)}\nexit /b 0")


def _new(file: File) -> File:
    return replace(file, path=file.path + NEW)
