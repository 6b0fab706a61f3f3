#!/bin/sh
# Runs at every boot, when the configuration is loaded, and mends an installation that a firmware upgrade broke. What
# it starts runs on its own: dpkg may wait for services that wait for the boot, which waits for this script.
set -eu

PACKAGES=/config/data/firstboot/install-packages

status=$(dpkg-query -W -f '${Status}' everleaf 2>/dev/null) || status=
case $status in
"install ok installed") exit 0 ;;
*half-configured | *unpacked | *triggers-*) exec systemd-run --no-block dpkg --configure -a ;;
esac

set -- "$PACKAGES"/everleaf_*.deb
if [ -e "$1" ]; then
	exec systemd-run --no-block dpkg -iG "$@" # of several, the newest
fi
logger -s -t everleaf "there is no everleaf_*.deb in $PACKAGES: install the package again, and save nothing before"
exit 1
