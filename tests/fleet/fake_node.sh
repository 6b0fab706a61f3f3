#!/bin/sh
# A program with the command line of a node and no network: enough for a deploy to install, ask, start and stop it.
set -eu
run=/run/everleaf
command=$1
shift
json=
verb=
while [ $# -gt 0 ]; do
	case $1 in
	--json) json=1 ;;
	--*) eval "$(printf %s "${1#--}" | tr - _)=\$2" && shift ;;
	*) verb=$1 ;;
	esac
	shift
done

public() { sha256sum "$1" | cut -c1-64; }
mtu() { sed -n 's/^mtu = //p' "$1"; }

case $command in
selftest | cleanup) ;;
keygen)
	set -C && umask 077 && echo "secret $$" >"$out" && public "$out"
	;;
identity)
	printf '{"public_key": "%s", "address": "200::1", "subnet": "300::/64"}\n' "$(public "$key")"
	;;
check)
	grep -q '^\[identity\]$' "$config" || { echo "$config: identity: missing" >&2 && exit 78; }
	;;
run)
	mtu "$config" >$run/mtu
	echo $$ >"$pidfile"
	: >$run/admin.sock
	trap 'rm -f "$pidfile" $run/admin.sock; exit 0' TERM
	while :; do sleep 1 & wait $! || :; done
	;;
ctl)
	test -e $run/node.pid || exit 69
	echo "$verb" >>/var/log/asked
	needs=
	test "$(mtu /etc/everleaf/node.toml)" = "$(cat $run/mtu)" || needs='"interface"'
	printf '{\n  "needs_restart": [%s]\n}\n' "$needs"
	;;
status)
	test -e $run/node.pid || { echo '{"health": "down", "reasons": ["no answer"]}' && exit 2; }
	key=$(public /var/lib/everleaf/identity.key)
	printf '{"health": "healthy", "key": "%s", "address": "200::1", "root": "%s", "peers": [{"up": true}],' "$key" "$key"
	printf ' "interface": {"name": "tun0", "mtu": %s}}\n' "$(cat $run/mtu | tr -d '"' | sed s/auto/65535/)"
	;;
wait)
	while ! test -e $run/node.pid; do sleep 0.05; done
	;;
*) exit 64 ;;
esac
