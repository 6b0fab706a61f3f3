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

public() { sha256sum "$1" | sed 's/^./f/' | cut -c1-64; }
# That of a key that begins with a one bit: the other bits, inverted.
address() {
	echo "$1" | awk '{
		for (i = 1; i <= 29; i++) bits[i] = 16 - index("0123456789abcdef", substr($1, i, 1))
		for (i = 1; i <= 28; i++) rest = rest sprintf("%x", bits[i] % 8 * 2 + int(bits[i + 1] / 8))
		address = "0200" rest
		for (i = 1; i <= 32; i += 4) { group = substr(address, i, 4); sub(/^0+/, "", group); printf "%s%s", (i > 1 ? ":" : ""), group }
	}'
}

# Every one that the configuration names is up, and who it should be; and one more, which dialled.
peers() {
	printf '{"remote": "tls://198.51.100.1:1", "up": true, "inbound": true, "key": ""}'
	sed -n 's/^peers = //p' /etc/everleaf/node.toml | grep -o '"[^"]*"' | tr -d '"' | while read -r uri; do
		printf ', {"remote": "%s", "up": true, "inbound": false, "key": "%s"}' "${uri%%\?*}" "$(echo "$uri" | sed 's/.*key=//')"
	done
}

mtu() { sed -n 's/^mtu = //p' "$1"; }

case $command in
selftest | cleanup) ;;
keygen)
	set -C && umask 077 && echo "secret $(hostname) $$" >"$out" && public "$out"
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
	printf '{"health": "healthy", "key": "%s", "address": "%s", "root": "%s", ' "$key" "$(address "$key")" "$key"
	printf '"peers": [%s], "interface": {"name": "tun0", "mtu": %s}}\n' "$(peers)" "$(tr -d '"' <$run/mtu | sed s/auto/65535/)"
	;;
wait)
	while ! test -e $run/node.pid; do sleep 0.05; done
	;;
*) exit 64 ;;
esac
