#!/bin/sh
# A program with the command line of a node and no network: enough for a deploy to install, ask, start and stop it.
set -eu
key=${HOME:-/tmp}
command=$1
shift
json=
while [ $# -gt 0 ]; do
	case $1 in
	--json) json=1 ;;
	--*) eval "$(printf %s "${1#--}" | tr - _)=\$2" && shift ;;
	esac
	shift
done

case $command in
selftest) ;;
keygen)
	set -C && umask 077 && echo "secret $$" >"$out"
	;;
identity)
	printf '{"public_key": "%s", "address": "200::1", "subnet": "300::/64"}\n' "$(sha256sum "$key" | cut -c1-64)"
	;;
check)
	grep -q '^\[identity\]$' "$config" || { echo "$config: identity: missing" >&2 && exit 78; }
	;;
run)
	cat "$config" >/dev/null
	echo $$ >"$pidfile"
	trap 'rm -f "$pidfile"; exit 0' TERM
	while :; do sleep 1 & wait $! || :; done
	;;
status)
	test -e /run/everleaf/node.pid || { echo '{"health": "down", "reasons": ["no answer"]}' && exit 2; }
	echo '{"health": "healthy", "reasons": [], "address": "200::1", "peers": []}'
	;;
wait)
	while ! test -e /run/everleaf/node.pid; do sleep 0.05; done
	;;
*) exit 64 ;;
esac
