#!/bin/sh
# Run a Python program in the Windows CPython of prepare.sh. Its input and output are pipes: wine's console is none.
set -u
root=$(cd "$(dirname "$0")/../../.." && pwd)
export WINEPREFIX="$root/build/wine/prefix" WINEDEBUG=-all PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH="Z:$root/build/wine/site"
{ : | wine "$root/build/wine/python/python.exe" "$@" 2>&1; echo $? >"$root/build/wine/status"; } | cat
exit "$(cat "$root/build/wine/status")"
