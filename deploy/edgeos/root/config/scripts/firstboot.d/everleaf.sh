#!/bin/sh
# Runs once after a firmware upgrade, which keeps /config and nothing else. The router installs the packages it finds in
# PACKAGES by itself; where it did not, this does, so that `interfaces everleaf` is understood again.
set -eu

PACKAGES=/config/data/firstboot/install-packages

status=$(dpkg-query -W -f '${Status}' everleaf 2>/dev/null) || status=
[ "$status" != "install ok installed" ] || exit 0

set -- "$PACKAGES"/everleaf_*.deb
if [ -e "$1" ]; then
	exec dpkg -iG "$@" # of several, the newest
fi
logger -s -t everleaf "there is no everleaf_*.deb in $PACKAGES: install the package again, and save nothing before"
exit 1
