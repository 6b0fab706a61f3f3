#!/bin/sh
# zlib, static.
#
#   zlib.sh SOURCE PREFIX    CC AR RANLIB
set -eu
source=$1 prefix=$2
cd "$source"
# Any name of a host keeps it from asking this machine what it is. A copyright notice, with the version, stays beside data.
CHOST=elsewhere CFLAGS="-O2 -fno-data-sections" ./configure --static --prefix=/usr >configure.log
make -s libz.a >make.log
mkdir -p "$prefix/lib" "$prefix/include"
cp libz.a "$prefix/lib"
cp zlib.h zconf.h "$prefix/include"
