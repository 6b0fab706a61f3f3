#!/bin/sh
# Unpack runit and OpenRC into a directory, for tests that start services with them. Nothing is installed: a machine has
# one init system, and keeps it.
#
#   builds/inits.sh DIRECTORY
set -eu

target=$1
if ! command -v apt-get >/dev/null; then
	echo "inits: not Debian or Ubuntu: put the files of runit and OpenRC into $target" >&2
	exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$work" # apt reads as a user of its own

libraries=$(apt-cache depends openrc | sed -n 's/.*Depends: \(\(librc\|libeinfo\)[^ ]*\)$/\1/p')
# shellcheck disable=SC2086
(cd "$work" && apt-get -qq download runit openrc $libraries 2>/dev/null)
mkdir "$work/root"
for package in "$work"/*.deb; do
	dpkg-deb -x "$package" "$work/root"
done
rm -rf "$target" "$work/root/usr/share"
mkdir -p "$(dirname "$target")"
mv "$work/root" "$target"
