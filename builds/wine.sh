#!/bin/sh
# Run a Windows program under wine; WINEPREFIX says in which Windows.
#
#   wine.sh PROGRAM [ARGUMENT...]
#
# Both outputs go through pipes: a Windows Python does not start on a file that wine hands on to it. The exit status is
# the program's own.
set -u
export WINEDEBUG=-all
unset TMPDIR # wine's own leftovers go there
wine cmd /c exit </dev/null >/dev/null 2>&1 # starts wine's services, which would keep the program's pipes open
exec 4>&1 5>&2
status=$({ { { : | wine "$@" 3>&- 4>&- 5>&- 6>&-; echo $? >&3; } 2>&1 >&6 | cat >&5; } 6>&1 | cat >&4; } 3>&1)
exit "$status"
