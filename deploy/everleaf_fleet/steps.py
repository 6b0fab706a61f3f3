"""What must be so on a host besides its files, each as a step: how to see it, how to make it so, how to undo it.

The platform's table has the words; here they are put together into lines of POSIX shell, as plain text. No path of that
table, no version and no user needs quoting, but on Windows, which has no such shell.
"""

from __future__ import annotations

from everleaf.platform import Platform, Step
from everleaf_fleet.member import Member

PREFIX = "everleaf-"  # of the file of a version
PREVIOUS = "previous"  # the link beside those files that says which was used before


def program(member: Member) -> str:
    """The file of the wanted version."""
    return member.home.join(member.home.versions, PREFIX + member.fleet.version)


def steps(member: Member) -> dict[str, Step]:
    """Every step by name."""
    return {
        "account": member.service.account,
        "tun": member.service.tun,
        "program": _used(member),
        "old_programs": _few(member),
        "identity": _key(member),
        "boot": _verbs(member, "enabled", "enable", "disable"),
        "service": _current(member),
        "running": _verbs(member, "running", "start", "stop"),
        "files": _removed(member),
        "orphan": _orphan(member.home),
        "state": _forgotten(member.home),
    }


# --- the program ------------------------------------------------------------------------------------------------------


def _used(member: Member) -> Step:
    """The link that people call leads to the wanted version, and another one to the version before."""
    binary, wanted = member.home.binary, program(member)
    previous = member.home.join(member.home.versions, PREVIOUS)
    return Step(
        check=f'test "$(readlink {binary})" = {wanted}',
        make=f"if test -h {binary}; then {_link(previous, f'$(readlink {binary})')}; fi && {_link(binary, wanted)}",
        unmake=f"test -h {previous} && {_link(binary, f'$(readlink {previous})')}",
    )


def _link(name: str, target: str) -> str:
    """At no moment is there none. Not for links to directories."""
    return f'rm -f {name}.new && ln -s "{target}" {name}.new && mv -f {name}.new {name}'


def _few(member: Member) -> Step:
    """No more versions than wanted, the one that is used and the one before among them."""
    home, keep = member.home, member.fleet.upgrade.keep
    needed = f'-e "$(readlink {home.binary})" -e "$(readlink {home.join(home.versions, PREVIOUS)} || echo none)"'
    newest_first = f"ls -1td {home.join(home.versions, PREFIX)}* 2>/dev/null"
    old = f"{newest_first} | grep -vxF {needed} | tail -n +{max(keep - 2, 0) + 1}"
    return Step(check=f'test -z "$({old})"', make=f"rm -f $({old})", unmake="")


# --- the key ----------------------------------------------------------------------------------------------------------


def _key(member: Member) -> Step:
    """There is a key that the node may read, and nobody else. One that the lock knows is not made again."""
    home, known = member.home, member.locked
    make = f"{home.binary} keygen --out {home.key_file} >/dev/null"
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


def identity(home: Platform) -> str:
    """Print what the key is called, as JSON: empty when there is none, and nothing when no program can tell."""
    ask = f"{home.binary} identity --key {home.key_file} --json"
    none = """echo '{"public_key": ""}'"""
    return f"if ! test -e {home.key_file}; then {none}; elif test -x {home.binary}; then {ask}; fi"


# --- the configuration ------------------------------------------------------------------------------------------------


def accept(home: Platform, staged: str) -> str:
    """Let the node judge a configuration, and keep the one that it is about to replace."""
    kept = f"! test -f {home.config} || cp -p {home.config} {home.config}.previous"
    return f"{home.binary} check --config {staged} && {{ {kept}; }}"


def config_back(home: Platform) -> str:
    """Use the one before."""
    return f"test -f {home.config}.previous && mv -f {home.config}.previous {home.config}"


# --- the service ------------------------------------------------------------------------------------------------------


def _verbs(member: Member, check: str, make: str, unmake: str) -> Step:
    say = member.service.commands
    return Step(say[check], say[make], say[unmake])


def _current(member: Member) -> Step:
    """The node runs, and with all that is in place: it is started, or reads its configuration again, or restarts.

    The host itself tells what the node has not read, so nothing is lost when a run ends too early. A reload that the
    node answers with the wish for a restart gets that.
    """
    home, say = member.home, member.service.commands
    running = f"( {say['running']} ) >/dev/null 2>&1"
    start, restart = (f"( {say['refresh']} ) && ( {say[verb]} )" for verb in ("start", "restart"))
    answer = f"{home.binary} ctl --endpoint {home.admin} --json reload"
    reload = f"case $({answer}) in *'\"needs_restart\": []'*) touch -c {_socket(home)} ;; *) {restart} ;; esac"
    unread = f'"$({_unread(member)})"'
    return Step(
        check=f"{running} && test -e {_socket(home)} && test -z {unread}",
        make=f"if ! {running}; then {start}; elif test {unread} = {home.config}; then {reload}; else {restart}; fi",
        unmake="",
    )


def _unread(member: Member) -> str:
    """Print the files that are newer than the admin socket: it is made at the start, and touched after a reload.

    A link counts as newer when it was moved, or when what it leads to is.
    """
    home = member.home
    files = " ".join([home.binary, home.config, *(file.path for file in member.service.files)])
    newer = f"{files} -prune -newer {_socket(home)}"
    return f"{{ find {newer}; find -H {newer}; }} 2>/dev/null | sort -u"


def _socket(home: Platform) -> str:
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
    units = [file.path for file in service.files]
    paths = [*units, *service.leftovers, home.binary, home.versions, home.config, f"{home.config}.previous"]
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
