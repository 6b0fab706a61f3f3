#!/bin/sh
# Print the Python that builds and freezes the project: 3.11 or newer, with venv, headers and a shared libpython.
# PYTHON=/path/to/python overrides the search.
set -eu

for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
	command -v "$python" >/dev/null || continue
	if "$python" -c '
import ensurepip, pathlib, sys, sysconfig, venv
header = pathlib.Path(sysconfig.get_path("include"), "Python.h")
shared = pathlib.Path(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME"))
sys.exit(not (sys.version_info >= (3, 11) and header.exists() and shared.suffix != ".a" and shared.exists()))
' 2>/dev/null; then
		command -v "$python"
		exit 0
	fi
done
echo "no Python 3.11 or newer with venv, headers and a shared libpython; set PYTHON=/path/to/one" >&2
exit 1
