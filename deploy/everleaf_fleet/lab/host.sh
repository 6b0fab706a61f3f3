# The first process of a host: gives it a name, a root of its own, and says its pid, as the outside sees it.
# Argument: the host's name. Everything it can write is in memory, and gone with it.
set -eu
read -r pid _ </proc/self/stat
hostname "$1"
mount -t proc proc /proc
for directory in /run /var; do mount -t tmpfs -o mode=0755 tmpfs "$directory"; done
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p /var/cache /var/lib /var/log /var/spool /run/lock
ln -s /run /var/run
ln -s /tmp /var/tmp

# The machine's /etc is copied: an overlay would keep its owner, whom an ordinary user's namespace cannot write as.
# What that user may not read, such as shadow, stays away.
own=/run/.lab
mkdir -p "$own/etc" "$own/local/bin" "$own/local/sbin" "$own/local/lib" "$own/work"
cp -RP --preserve=mode /etc/. "$own/etc" 2>/dev/null || test -e "$own/etc/passwd"
echo "$1" >"$own/etc/hostname"
mount --bind "$own/etc" /etc
mount -t overlay -o "userxattr,lowerdir=/usr/local,upperdir=$own/local,workdir=$own/work" overlay /usr/local

echo "$pid"
exec >/dev/null 2>&1
sleep infinity &
wait # for ever, and so for whatever is orphaned here
