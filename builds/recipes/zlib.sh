#!/bin/sh
# zlib, static.
#
#   zlib.sh SOURCE PREFIX    CC AR RANLIB
set -eu
source=$1 prefix=$2
cd "$source"
# Any name of a host keeps it from asking this machine's what it is.
CHOST=elsewhere ./configure --static --prefix=/usr >configure.log
make -s libz.a >make.log
mkdir -p "$prefix/lib" "$prefix/include"
cp libz.a "$prefix/lib"
cp zlib.h zconf.h "$prefix/include"
