"""What must be so on a host besides its files, each as a step: how to see it, how to make it so, how to undo it.

The platform's table has the words; here they are put together into lines of POSIX shell, as plain text. No path of that
table, no version and no user needs quoting, but on Windows, which has no such shell.
"""

from __future__ import annotations

from hashlib import sha256
from shlex import quote

from everleaf.errors import UnavailableError
from everleaf.platform import Platform, Step
from everleaf.platform.service import File, Service
from everleaf_fleet import deadman
from everleaf_fleet.checksum import checksum_line
from everleaf_fleet.member import Member
from everleaf_fleet.programs import PREFIX, previous_program, program


def steps(member: Member) -> dict[str, Step]:
    """Every step by name."""
    return {
        "account": member.service.account,
        "tun": member.service.tun,
        "identity": _key(member),
        "way_back": _kept(member),
        "program": _used(member),
        "boot": _verbs(member, "enabled", "enable", "disable"),
        "service": _current(member),
        "running": _verbs(member, "running", "start", "stop"),
        "stopped": _undone(_verbs(member, "running", "start", "stop")),
        "disabled": _undone(_verbs(member, "enabled", "enable", "disable")),
        "unknown": _undone(member.service.account),
        "old_programs": _few(member),
        "files": _removed(member),
        "orphan": _orphan(member.home),
        "state": _forgotten(member.home),
    }


# --- the key ----------------------------------------------------------------------------------------------------------


def _key(member: Member) -> Step:
    """There is a key that the node may read, and nobody else. One that the lock knows is not made again."""
    home, known = member.home, member.locked
    make = f"{program(home, member.fleet.version)} keygen --out {home.key_file} >/dev/null"
    if known:
        lost = f"{home.key_file} is gone, but the lock knows the key {known.public_key[:16]}; put it back"
        make = f'{{ echo "{lost}, or delete the host from the lock" >&2; exit 1; }}'
    mine = f"find {home.key_file} -prune -user {home.user} -group {home.group} -perm 0600"
    own = f"chown {home.user}:{home.group} {home.key_file} && chmod 0600 {home.key_file}"
    return Step(
        check=f'test -n "$({mine} 2>/dev/null)"',  # a user that does not exist yet owns nothing
        make=f"{{ test -e {home.key_file} || {make}; }} && {own}",
        unmake="",
    )


def identity(home: Platform, version: str) -> str:
    """Print what the key is called, as JSON: empty when there is none, and nothing when no program can tell."""
    ask = " ".join(
        f"elif test -x {file}; then {file} identity --key {home.key_file} --json;"
        for file in (program(home, version), home.binary)
    )
    none = """echo '{"public_key": ""}'"""
    return f"if ! test -e {home.key_file}; then {none}; {ask} fi"


# --- the way back -----------------------------------------------------------------------------------------------------


def _kept(member: Member) -> Step:
    """Nothing that the node runs will change; or the host keeps what there is, and returns to it if nobody confirms."""
    made = deadman.script(member.home, member.service, member.fleet.upgrade.gate)
    put = f"umask 077 && mkdir -p {deadman.directory(member.home)} && printf %s {quote(made.content)} >{made.path}"
    return Step(check=_stays(member), make=f"( {put} ) && sh {made.path} keep", unmake="")


def _stays(member: Member) -> str:
    try:
        files = [member.blueprint().config, *member.service.files]
    except UnavailableError:  # the configuration is not known yet
        return "false"
    return " && ".join([program_stays(member), *map(_holds, files)])


def program_stays(member: Member) -> str:
    """Whether the wanted program is the one that is used, and no change waits for its confirmation."""
    return f"! test -e {deadman.directory(member.home)} && {_used(member).check}"


def _holds(file: File) -> str:
    """Whether that is what the file says."""
    return f"{checksum_line(file.path)} | grep -q {sha256(file.content.encode()).hexdigest()}"


def confirm(home: Platform) -> str:
    """Let a change stay. Fails where the host has returned already."""
    gone = "this host has returned to what it ran before: the change was not confirmed in time"
    return f'if test -e {deadman.path(home)}; then sh {deadman.path(home)} confirm; else echo "{gone}" >&2; exit 1; fi'


def told(home: Platform, verb: str) -> str:
    """Tell the way back something, if there is one: `keep` gives it its time anew."""
    return f"{{ ! test -e {deadman.path(home)} || sh {deadman.path(home)} {verb}; }}"


# --- the program ------------------------------------------------------------------------------------------------------


def _used(member: Member) -> Step:
    """The link that people call leads to the wanted version, and another one to the version before."""
    binary, wanted = member.home.binary, program(member.home, member.fleet.version)
    remember = link(previous_program(member.home), f"$(readlink {binary})")
    return Step(
        check=f'test "$(readlink {binary})" = {wanted}',
        make=f"if test -h {binary}; then {remember}; fi && {link(binary, wanted)}",
        unmake="",
    )


def accept(home: Platform, version: str, staged: str) -> str:
    """Let a program judge itself that is about to become the file of a version.

    If that file is another program, which runs, that one stays at hand: a frozen file reads itself while it runs.
    """
    target = program(home, version)
    aside = f"{target}.before"
    away = f"{{ ln -f {target} {aside} && {link(home.binary, aside)}; }}"
    return f'{staged} selftest >/dev/null && {{ test "$(readlink {home.binary})" != {target} || {away}; }}'


def link(name: str, target: str) -> str:
    """Have a symbolic link; at no moment is there none. Not for links to directories."""
    return f'rm -f {name}.new && ln -s "{target}" {name}.new && mv -f {name}.new {name}'


def _few(member: Member) -> Step:
    """No more versions than wanted, the one that is used and the one before among them."""
    home, keep = member.home, member.fleet.upgrade.keep
    needed = f'-e "$(readlink {home.binary})" -e "$(readlink {previous_program(home)} || echo none)"'
    newest_first = f"ls -1td {home.join(home.versions, PREFIX)}* 2>/dev/null"
    old = f"{newest_first} | grep -vxF {needed} | tail -n +{max(keep - 2, 0) + 1}"
    return Step(check=f'test -z "$({old})"', make=f"rm -f $({old})", unmake="")


# --- the service ------------------------------------------------------------------------------------------------------


def _verbs(member: Member, check: str, make: str, unmake: str) -> Step:
    """Where the manager has nothing to do for it, as where nobody starts services, the lines are empty."""
    say = member.service.commands
    return Step(say[check], *("" if say[verb] == "true" else say[verb] for verb in (make, unmake)))


def _undone(step: Step) -> Step:
    """The opposite of a step; its line is empty where it stays."""
    return Step(f"! ( {step.check} )", step.unmake, unmake="")


def _current(member: Member) -> Step:
    """The node runs, and with all that is in place: it is started, or reads its configuration again, or restarts.

    The host itself tells what the node has not read, so nothing is lost when a run ends too early.
    """
    home, say = member.home, member.service.commands
    running = f"( {say['running']} ) >/dev/null 2>&1"
    start, restart = (f"( {say['refresh']} ) && ( {say[verb]} )" for verb in ("start", "restart"))
    stale = f'"$({unread(home, member.service)})"'
    decide = (
        f"if ! {running}; then {start}; "
        f"elif test {stale} = {home.config}; then {reload(home, restart)}; else {restart}; fi"
    )
    return Step(
        check=f"{running} && test -e {socket(home)} && test -z {stale}",
        make=f"{told(home, 'keep')} && {decide}",
        unmake="",
    )


def unread(home: Platform, service: Service) -> str:
    """Print the files that are newer than the admin socket: it is made at the start, and touched after a reload.

    A link counts as newer when it was moved, or when what it leads to is.
    """
    files = " ".join([home.binary, home.config, *(file.path for file in service.files)])
    newer = f"{files} -prune -newer {socket(home)}"
    return f"{{ find {newer}; find -H {newer}; }} 2>/dev/null | sort -u"


def reload(home: Platform, restart: str) -> str:
    """Have the node read its configuration, and restart it if it answers that this takes one, or not at all."""
    answer = f"{home.binary} ctl --endpoint {home.admin} --json reload"
    return f"case $({answer}) in *'\"needs_restart\": []'*) touch -c {socket(home)} ;; *) {restart} ;; esac"


def socket(home: Platform) -> str:
    """The file of the admin socket."""
    return home.admin.removeprefix("unix://")


def gate(member: Member) -> str:
    """Wait until the node is well, and print what it says about itself, as JSON."""
    binary, endpoint, wanted = member.home.binary, member.home.admin, member.fleet.upgrade.gate
    wait = f"{binary} wait --endpoint {endpoint} --peers {wanted.min_peers} --timeout {wanted.within:g}"
    status = f"{binary} status --endpoint {endpoint} --json"
    return f"{wait} && {{ {status} || test $? = 1; }}"  # so exits a degraded node, which may have its peers


# --- the end ----------------------------------------------------------------------------------------------------------


def _removed(member: Member) -> Step:
    """Nothing of ours is there but the key."""
    home, service = member.home, member.service
    paths = [*(file.path for file in service.files), *service.leftovers, home.binary, home.versions, home.config]
    ours = " ".join([*paths, f"{home.key_file}.lock"])
    homes = " ".join(path for path in map(home.parent, (home.config, home.versions)) if path.endswith("/everleaf"))
    return Step(
        check=f"for path in {ours}; do ! test -e $path && ! test -h $path || exit 1; done",
        make=f"rm -rf {ours} && {{ rmdir {homes} 2>/dev/null || :; }} && ( {service.commands['refresh']} )",
        unmake="",
    )


def _orphan(home: Platform) -> Step:
    """The key is root's: its owner goes."""
    return Step(
        check=f'! test -e {home.state} || test -z "$(find {home.state} ! -user root)"',
        make=f"chown -R root:{home.root_group} {home.state}",
        unmake="",
    )


def _forgotten(home: Platform) -> Step:
    """There is no key."""
    parent = home.parent(home.state)
    empty = f" && {{ rmdir {parent} 2>/dev/null || :; }}" if parent.endswith("/everleaf") else ""
    return Step(check=f"! test -e {home.state}", make=f"rm -rf {home.state}{empty}", unmake="")
