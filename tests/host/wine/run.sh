#!/bin/sh
# Run a Python program in the Windows Python of prepare.py.
set -u
root=$(cd "$(dirname "$0")/../../.." && pwd)
export WINEPREFIX="$root/build/wine/prefix"
export PYTHONPATH="Z:$root/build/wine/site"
exec "$root/builds/wine.sh" "$root/build/wine/python/python.exe" "$@"
