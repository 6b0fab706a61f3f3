# A command on a router that is a directory: this machine's programs, and everything of the router's own in its place.
# Arguments: the directory, then the command. It runs in namespaces of its own, and what it mounts ends with it.
set -eu
root=$1
shift

for entry in /* /opt/*; do
	case $entry in
	/config | /opt | /run | /stubs | /opt/vyatta) continue ;;
	esac
	if [ -d "$entry" ] && [ ! -L "$entry" ]; then
		mkdir -p "$root$entry"
		mount --rbind "$entry" "$root$entry"
	fi
done
chroot=$(command -v chroot)
mount --bind "$root/stubs/sbin" "$root/usr/sbin"
exec "$chroot" "$root" "$@"
