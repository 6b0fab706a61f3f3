#!/bin/sh
# Compile the node's core for the Windows CPython of prepare.sh: zig's clang, libsodium out of PyNaCl's source, OpenSSL's
# headers of this machine with the DLLs that came along with that Python.
set -eu
cd "$(dirname "$0")/../../.."
out=build/wine
zig="$PWD/.venv/bin/python -m ziglang"
python312=${PYTHON312:-python3.12}
headers=$("$python312" -c 'import sysconfig; print(sysconfig.get_path("include"))')
[ -f "$headers/Python.h" ] || { echo "$python312 has no headers in $headers" >&2; exit 1; }
multiarch=$(cc -print-multiarch)
sodium=$out/pynacl/src/libsodium/src/libsodium

[ -e $out/libsodium.a ] || {
	.venv/bin/python -m pip download -q --no-deps --no-binary :all: --no-build-isolation --dest $out pynacl==1.5.0
	mkdir -p $out/pynacl
	tar xzf $out/[Pp]y[Nn]a[Cc]l-1.5.0.tar.gz -C $out/pynacl --strip-components 1
	sed -e 's/@VERSION@/1.0.18/; s/@SODIUM_LIBRARY_VERSION_M\(AJ\|IN\)OR@/0/; s/@SODIUM_LIBRARY_MINIMAL_DEF@//' \
		$sodium/include/sodium/version.h.in >$sodium/include/sodium/version.h
	# shellcheck disable=SC2046 # a list of files
	$zig build-lib -lc -target x86_64-windows-gnu -O ReleaseFast -femit-bin=$out/libsodium.a \
		-cflags -w -DSODIUM_STATIC -DCONFIGURED=1 -DNATIVE_LITTLE_ENDIAN=1 -DHAVE_TI_MODE=1 -DHAVE_CPUID=1 \
		-I$sodium/include/sodium -- $(find $sodium -name '*.c')
}

mkdir -p $out/include/openssl $out/include/python
cp -r "$headers"/* $out/include/python
cp tests/core/elsewhere/pyconfig.h $out/include/python # quotes find the one beside Python.h first
cp /usr/include/openssl/*.h "/usr/include/$multiarch/openssl"/*.h $out/include/openssl
files=$(.venv/bin/python -c "import setup; print(*setup.sources('windows'))")
# shellcheck disable=SC2086 # a list of files
$zig cc -target x86_64-windows-gnu -shared -std=c11 -pthread -O2 -D_GNU_SOURCE -DSODIUM_STATIC \
	-DPy_LIMITED_API=0x030B0000 -DPy_NO_LINK_LIB -DPy_ENABLE_SHARED -DHAVE_DECLSPEC_DLL -DMS_WINDOWS -DMS_WIN64 \
	-DEVERLEAF_VERSION='"wine"' -I$out/include/python -I$out/include \
	-I$sodium/include -I$sodium/include/sodium $files -o $out/site/everleaf/_core.pyd \
	$out/libsodium.a $out/python/libssl-3.dll $out/python/libcrypto-3.dll $out/python/python312.dll -lws2_32
