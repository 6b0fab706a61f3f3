#!/bin/sh
# Make a Windows CPython that runs under wine, and a wintun.dll that only pretends.
#
#   tests/host/wine/prepare.sh && tests/host/wine/run.sh tests/host/wine/check.py
#
# Needs wine (Debian: apt install wine wine64), a Python 3.12 for its standard library ($PYTHON312) and the virtual
# environment of `make` with ziglang. The interpreter is python.org's own python312.dll, which the Windows wheel of
# panda3d carries along; python.exe is eight lines of C. On a real Windows none of this is needed: run check.py there.
set -eu
cd "$(dirname "$0")/../../.."
here=tests/host/wine
out=build/wine
python312=${PYTHON312:-python3.12}
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
	cp -r "$("$python312" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" $out/python/Lib
	rm -rf $out/python/Lib/test $out/python/Lib/site-packages $out/python/Lib/lib-dynload
}
.venv/bin/python -m pip install -q --upgrade --target $out/site toml

printf 'LIBRARY python312.dll\nEXPORTS\nPy_Main\n' >$out/python312.def
$zig dlltool -d $out/python312.def -l $out/python312.lib -m i386:x86-64
$zig cc -target x86_64-windows-gnu -municode -o $out/python/python.exe $here/python.c $out/python312.lib
$zig cc -target x86_64-windows-gnu -shared -Wall -Werror -o $out/python/wintun.dll $here/wintun.c \
	-liphlpapi

export WINEPREFIX="$PWD/$out/prefix" WINEDEBUG=-all
[ -e $out/prefix/system.reg ] || wineboot -i >/dev/null 2>&1
wine winecfg -v win10
