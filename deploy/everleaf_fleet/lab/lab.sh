# The first process of a lab: nothing here may change this machine, and when it ends, every host ends with it.
# Arguments: the topology's shape and count, for whoever finds this process later. Says its pid, as the outside sees it.
set -eu
read -r pid _ </proc/self/stat

# Each mount by itself: util-linux learned ro=recursive only in 2.39. One hidden under another fails, and needs no seal.
while read -r _ _ _ _ target flags _; do
	case $flags in
	rw*) mount -o "remount,bind,ro${flags#rw}" "$(printf %b "$target")" 2>/dev/null || : ;;
	esac
done </proc/self/mountinfo

echo "$pid"
exec >/dev/null 2>&1

# Until whoever made the lab closes the other end of stdin, be it by dying; or says that it stays until it is killed.
test "$(head -n 1)" = stay || exit 0
sleep infinity &
wait
