"""Completions for bash, zsh and fish: commands, their options, and words where those are known; files elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builds.manuals.command import Command

_FILES = re.compile(r"FILE|DIRECTORY|KEY")


def bash(program: Command) -> str:
    """A script to be sourced."""
    function = f"_{program.name.replace('-', '_')}"
    cases = "".join(
        f"\t{key}) words='{' '.join(_words(command))}' ;;\n" for key, command in _paths(program) if _words(command)
    )
    values = "".join(
        f"\t{flag}) COMPREPLY=($(compgen -W '{' '.join(choices)}' -- \"$word\")); return ;;\n"
        for flag, choices in _choices(program)
    )
    known = "|".join(key for key, _ in _paths(program) if key != "''")
    files = "|".join(sorted(set(_file_flags(program))))
    return f"""# bash completion of {program.name}; made of its own parser.
{function}() {{
	local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} path='' words='' part
	for part in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
		case "$path/$part" in
		{known}) path=$path/$part ;;
		esac
	done
	case $before in
{values}	{files}) COMPREPLY=($(compgen -f -- "$word")); return ;;
	esac
	case $path in
{cases}	esac
	COMPREPLY=($(compgen -W "$words" -- "$word"))
	[[ $word == -* || ${{#COMPREPLY[@]}} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$word"))
}}
complete -o filenames -F {function} {program.name}
"""


def zsh(program: Command) -> str:
    """A file for a directory of $fpath."""
    inner = "\n".join(f"\t\t{one.name}) _arguments {' '.join(_zsh_rows(one))} ;;" for one in program.inner)
    names = " ".join(_zsh_quoted(f"{one.name}:{_plain(one.says)}") for one in program.inner)
    return f"""#compdef {program.name}
# zsh completion of {program.name}; made of its own parser.
local -a commands=({names})
local context state line
typeset -A opt_args
_arguments -C '1:command:->command' '*::argument:->argument' '--help[show help]' '--version[show the version]'
case $state in
command) _describe command commands ;;
argument)
	case $words[1] in
{inner}
	esac
	;;
esac
"""


def fish(program: Command) -> str:
    """A file for a directory of $fish_complete_path."""
    lines = [f"# fish completion of {program.name}; made of its own parser.", f"complete -c {program.name} -f"]
    for one in program.inner:
        lines.append(f"complete -c {program.name} -n __fish_use_subcommand -a {one.name} -d {_quoted(one.says)}")
        seen = f"'__fish_seen_subcommand_from {one.name}'"
        verbs = ((inner.name, inner.says) for inner in one.inner)
        lines += [f"complete -c {program.name} -n {seen} -a {verb} -d {_quoted(says)}" for verb, says in verbs]
        for option in (*one.options, *(option for inner in one.inner for option in inner.options)):
            for flag in (flag for flag in option.flags if flag.startswith("--")):
                takes = f" -xa '{' '.join(option.choices)}'" if option.choices else " -rF" if option.value else ""
                lines.append(f"complete -c {program.name} -n {seen} -l {flag[2:]}{takes} -d {_quoted(option.says)}")
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _paths(program: Command, path: str = "") -> Iterator[tuple[str, Command]]:
    """Every command with the words that lead to it, as /service/print; '' is the program."""
    yield path or "''", program
    for one in program.inner:
        yield from _paths(one, f"{path}/{one.name}")


def _words(command: Command) -> list[str]:
    flags = [flag for option in command.options for flag in option.flags if flag.startswith("--")]
    return [*(one.name for one in command.inner), *flags]


def _choices(program: Command) -> list[tuple[str, tuple[str, ...]]]:
    every = [option for _, command in _paths(program) for option in command.options]
    return sorted({(flag, option.choices) for option in every for flag in option.flags if option.choices})


def _file_flags(program: Command) -> Iterator[str]:
    """The options that take the path of a file, for one command at least."""
    for _, command in _paths(program):
        for option in command.options:
            if option.value and _FILES.fullmatch(option.value) and not option.choices:
                yield from option.flags


def _zsh_rows(command: Command) -> Iterator[str]:
    for option in (*command.options, *(option for one in command.inner for option in one.options)):
        for flag in (flag for flag in option.flags if flag.startswith("--")):
            value = f":{option.value}:({' '.join(option.choices)})" if option.choices else ""
            value = value or (f":{option.value}:_files" if option.value else "")
            yield _zsh_quoted(f"{flag}[{_plain(option.says)}]{value}")
    if command.inner:
        yield _zsh_quoted(f"1:verb:({' '.join(one.name for one in command.inner)})")
    yield "'*:file:_files'"


def _plain(says: str) -> str:
    """What a description may have in it there."""
    return re.sub(r"[\[\]:]", " ", says)


def _zsh_quoted(words: str) -> str:
    return "'" + words.replace("'", "'\\''") + "'"


def _quoted(words: str) -> str:
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"
