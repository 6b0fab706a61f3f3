#!/bin/sh
# Make a Windows CPython that runs under wine, with a copy of the node, its core, and a wintun.dll that only pretends.
#
#   tests/host/wine/prepare.sh && tests/host/wine/run.sh tests/host/wine/check.py
#
# Needs wine (Debian: apt install wine wine64), a Python 3.12 for its library and headers ($PYTHON312), OpenSSL's headers
# and the virtual environment of `make`. The interpreter is python.org's own python312.dll, which the Windows wheel of
# panda3d carries along; python.exe is a few lines of C. On a real Windows none of this is needed: run check.py there.
set -eu
cd "$(dirname "$0")/../../.."
here=tests/host/wine
out=build/wine
python312=${PYTHON312:-python3.12}
library=$("$python312" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
[ -f "$library/os.py" ] || { echo "$python312 has no library in $library" >&2; exit 1; }
zig=".venv/bin/python -m ziglang"
mkdir -p $out/wheel $out/python/DLLs $out/site

[ -e $out/wheel/deploy_libs ] || {
	.venv/bin/python -m pip download -q --no-deps --only-binary :all: --platform win_amd64 --python-version 3.12 \
		--dest $out panda3d
	.venv/bin/python -m zipfile -e $out/panda3d-*.whl $out/wheel
}
cp $out/wheel/deploy_libs/*.dll $out/python
cp $out/wheel/deploy_libs/*.pyd $out/python/DLLs
rm -f $out/python/DLLs/_wmi.pyd # wine's WMI crashes, and `platform` does without
[ -e $out/python/Lib ] || {
	cp -r "$library" $out/python/Lib
	rm -rf $out/python/Lib/test $out/python/Lib/site-packages $out/python/Lib/lib-dynload
}
.venv/bin/python -m pip install -q --upgrade --target $out/site toml jinja2
rm -rf $out/site/everleaf
cp -r node/everleaf $out/site
$here/core.sh

$zig cc -target x86_64-windows-gnu -municode -o $out/python/python.exe $here/python.c $out/python/python312.dll
$zig cc -target x86_64-windows-gnu -shared -Wall -Werror -o $out/python/wintun.dll $here/wintun.c -liphlpapi

export WINEPREFIX="$PWD/$out/prefix" WINEDEBUG=-all
[ -e $out/prefix/system.reg ] || wineboot -i >/dev/null 2>&1
wine winecfg -v win10
