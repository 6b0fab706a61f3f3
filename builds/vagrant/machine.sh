#!/bin/sh
# Inside a machine of the Vagrantfile or of the forge, as root.
#
#   machine.sh prepare          what a deploy needs: a Python that Ansible finds
#   machine.sh build TARGET     the tools, the tests of this system, and the program into dist/
set -eu

SOURCE=$(cd "$(dirname "$0")/../.." && pwd)

say() {
	echo "machine: $*" >&2
}

# The name by which `install` knows this system.
family() {
	system=$(uname -s)
	if [ "$system" != Linux ]; then
		echo "$system"
	elif [ -e /etc/vyos-release ] || [ -d /opt/vyatta ]; then
		echo VyOS
	elif command -v apt-get >/dev/null; then
		echo Debian
	elif command -v dnf >/dev/null; then
		echo Fedora
	elif command -v apk >/dev/null; then
		echo Alpine
	else
		echo "Linux without a package manager that is known here"
	fi
}

install() { # PACKAGE...
	case $(family) in
	Debian) apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install "$@" ;;
	Fedora) dnf -q -y install "$@" ;;
	Alpine) apk add --quiet "$@" ;;
	FreeBSD | DragonFly) env ASSUME_ALWAYS_YES=yes pkg install -q "$@" ;;
	OpenBSD) pkg_add -I "$@" ;;
	Darwin) brew install --quiet "$@" ;; # not as root
	NetBSD) PATH=$PATH:/usr/pkg/bin:/usr/pkg/sbin && pkgin -y install "$@" ;;
	VyOS) ;; # an image: nothing is installed on it
	*)
		say "$(family): packages are installed by nothing that is known here; add it to $0"
		exit 1
		;;
	esac
}

prepare() {
	case $(family) in
	FreeBSD | DragonFly | NetBSD) install python311 ;;
	OpenBSD) install python%3 ;;
	*) install python3 ;;
	esac
}

# A compiler, the headers of libsodium and OpenSSL 3, GNU make, and Python's own.
tools() {
	case $(family) in
	Debian) "$SOURCE/builds/bootstrap.sh" ;;
	Fedora) install gcc make pkgconf libsodium-devel openssl-devel python3-devel iproute iputils ;;
	Alpine) install gcc musl-dev linux-headers make pkgconf libsodium-dev openssl-dev python3-dev iproute2 ;;
	FreeBSD | DragonFly) install gmake pkgconf libsodium openssl python311 ;;
	OpenBSD) install gmake libsodium openssl%3.5 python%3 ;;
	NetBSD) install gmake pkgconf libsodium openssl python311 ;;
	Darwin)
		install make pkgconf libsodium openssl@3
		PKG_CONFIG_PATH=$(brew --prefix openssl@3)/lib/pkgconfig
		export PKG_CONFIG_PATH
		;;
	VyOS) say "nothing is built on VyOS" && exit 1 ;;
	esac
}

build() { # TARGET
	tools
	cd "$SOURCE"
	case $(uname -s) in
	Linux) make core ;;
	*) gmake core ;;
	esac
	.venv/bin/python -m pytest tests/unit tests/host
	.venv/bin/python -m builds "$1"
}

case ${1:-} in
prepare) prepare ;;
build) build "${2:?build which TARGET?}" ;;
*)
	say "usage: machine.sh prepare | build TARGET"
	exit 2
	;;
esac
