#!/bin/sh
# CPython with a shared library, for systems whose own Python is too old. Nothing that needs a library beyond zlib.
#
#   python.sh SOURCE PREFIX
set -eu
source=$1 prefix=$2
cd "$source"
./configure -q --prefix="$prefix" --enable-shared --with-ensurepip=no --without-doc-strings --disable-test-modules \
	LDFLAGS="-Wl,-rpath,$prefix/lib"
make -s -j"$(nproc)"
make -s install
