#!/bin/sh
# CPython as a static library, with the C modules named and no others; or, without HOST, one that runs on this machine,
# stays in SOURCE and has the same modules but zlib.
#
#   static_python.sh SOURCE PREFIX MODULES [HOST PYTHON]    PREFIX has zlib; PYTHON: what this made for this machine; CC AR
set -eu
source=$1 prefix=$2 modules=$3 host=${4:-} python=${5:-}
cd "$source"

# Of all modules keep those that are wanted, and what stands there beside them.
cp Modules/Setup.stdlib.in Modules/Setup.all
awk -v wanted="$modules" 'BEGIN { n = split(wanted, names, " "); for (i = 1; i <= n; i++) keep[names[i]] = 1 }
	/^@MODULE_/ { name = $1; sub(/^@MODULE_[A-Z0-9_]*_TRUE@/, "", name); if (!(name in keep)) next }
	{ print }' Modules/Setup.all >Modules/Setup.stdlib.in

if [ -z "$host" ]; then
	MODULE_BUILDTYPE=static PKG_CONFIG_LIBDIR=/nonexistent ./configure -q --prefix=/usr --disable-test-modules \
		--without-ensurepip OPT="-O1 -DNDEBUG" py_cv_module_zlib=n/a >configure.log 2>&1
	make -s -j"$(nproc)" python pybuilddir.txt >make.log 2>&1
	exit
fi

# What a configure cannot find out without running programs: musl's getaddrinfo is good, Linux has /dev/ptmx.
MODULE_BUILDTYPE=static PKG_CONFIG_LIBDIR=/nonexistent OPT=-DNDEBUG \
	ZLIB_CFLAGS="-I$prefix/include" ZLIB_LIBS="-L$prefix/lib -lz" \
	./configure -q --host="$host" --build="$(cc -dumpmachine)" --with-build-python="$python" --prefix=/usr \
	--disable-test-modules --without-doc-strings --without-ensurepip \
	ac_cv_buggy_getaddrinfo=no ac_cv_file__dev_ptmx=yes ac_cv_file__dev_ptc=no >configure.log 2>&1
make -s -j"$(nproc)" libpython3.13.a >make.log 2>&1
rm -rf "$prefix/include/python"
mkdir -p "$prefix/lib" "$prefix/include"
cp libpython3.13.a "$prefix/lib"
find Modules -name 'lib*.a' -exec cp {} "$prefix/lib" \;
cp -r Include "$prefix/include/python"
cp pyconfig.h "$prefix/include/python"
