#!/bin/sh
# Puts one everleaf on this machine, out of a release: looks which program it needs, judges it, runs its selftest, moves it
# into place and says what comes next. It configures nothing and starts nothing.
#
#   install.sh [--from DIRECTORY|URL] [--to DIRECTORY] [--key KEY] [--version VERSION] [--unsigned]
#
# What is checked by what: SHA256SUMS is signed, and so are its name and version in the signature's comment; that is judged
# by minisign or, where there is none, by OpenSSL 3, with the key below. The program is then judged by its checksum in
# SHA256SUMS. This script itself is as good as the way it came here: compare the key with what its maker says elsewhere.
# Where nothing can judge a signature it stops: a program that vouched for itself would prove nothing. --unsigned goes
# on with the checksum alone, which finds a broken download, and nobody who meant it.
set -eu

RELEASE_KEY=''
VERSION=''
OPTIONS='[--from DIRECTORY|URL] [--to DIRECTORY] [--key KEY] [--version VERSION] [--unsigned]'
DER='\060\052\060\005\006\003\053\145\160\003\041\000' # what stands before an Ed25519 key for OpenSSL

from='' to='' unsigned='' work='' aside='' suffix=''

say() {
	printf 'everleaf: %s\n' "$*" >&2
}

fail() {
	say "$@"
	exit 1
}

have() {
	command -v "$1" >/dev/null 2>&1
}

tidy() {
	[ -z "$work" ] || rm -rf "$work"
	[ -z "$aside" ] || rm -f "$aside"
}

# --- getting files ----------------------------------------------------------------------------------------------------

fetch() { # NAME FILE
	case $from in
	http://* | https://*)
		if have curl; then
			curl -fsSL -o "$2" "$from/$1"
		elif have wget; then
			wget -q -O "$2" "$from/$1"
		elif have fetch; then
			fetch -q -o "$2" "$from/$1"
		elif have ftp; then
			ftp -V -o "$2" "$from/$1"
		else
			fail "no curl, wget, fetch or ftp is here; download the release, and name it with --from"
		fi || fail "$from/$1 cannot be fetched"
		;;
	*) cp "$from/$1" "$2" || fail "$from is no release: it lacks $1" ;;
	esac
}

# --- judging them -----------------------------------------------------------------------------------------------------

checksum() { # FILE
	if have sha256sum; then
		sha256sum "$1" | cut -d ' ' -f 1
	elif have sha256; then
		sha256 -q "$1"
	elif have shasum; then
		shasum -a 256 "$1" | cut -d ' ' -f 1
	else
		openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
	fi
}

decode() { # BASE64
	printf '%s' "$1" | openssl base64 -d -A
}

verified() { # FILE SIGNATURE: by OpenSSL, in the key that `by_openssl` left
	openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$work/key" -in "$1" -sigfile "$2" >/dev/null 2>&1
}

by_openssl() { # FILE
	decode "$(sed -n 2p "$1.minisig")" >"$work/packed"
	decode "$(sed -n 4p "$1.minisig")" >"$work/proof"
	decode "$RELEASE_KEY" >"$work/public"
	[ "$(head -c 2 "$work/packed")" = ED ] && [ "$(wc -c <"$work/packed")" -eq 74 ] || return 1
	{
		# shellcheck disable=SC2059
		printf "$DER"
		tail -c 32 "$work/public"
	} >"$work/key"
	tail -c 64 "$work/packed" >"$work/signature"
	openssl dgst -blake2b512 -binary "$1" >"$work/digest"
	{
		cat "$work/signature"
		printf '%s' "$(sed -n '3s/^trusted comment: //p' "$1.minisig")"
	} >"$work/claimed"
	verified "$work/digest" "$work/signature" && verified "$work/claimed" "$work/proof"
}

judge() { # FILE
	name=${1##*/}
	if [ -n "$unsigned" ]; then
		say "--unsigned: nobody vouches for this release; only its checksum is compared"
		return
	fi
	[ -n "$RELEASE_KEY" ] || fail "this script has no key: give the maker's with --key"
	if have minisign; then
		judged=minisign
		minisign -Vqm "$1" -P "$RELEASE_KEY" >/dev/null 2>&1
	elif have openssl && openssl version | grep -q '^OpenSSL [3-9]'; then
		judged=OpenSSL
		by_openssl "$1"
	else
		fail "nothing here can judge the signature: install minisign (or OpenSSL 3), or say --unsigned"
	fi || fail "$name: the signature is wrong, or of another key than $RELEASE_KEY; nothing was installed"
	claim=$(sed -n '3s/^trusted comment: //p' "$1.minisig")
	[ "$claim" = "$(printf 'file:%s\tversion:%s' "$name" "$VERSION")" ] ||
		fail "$name is not that of version $VERSION: its signature says $claim"
	say "$name is of version $VERSION and signed by $RELEASE_KEY, says $judged"
}

# --- what this machine needs ------------------------------------------------------------------------------------------

# A byte of the header of a program that runs here, so that a 32-bit system below a 64-bit kernel is one.
elf_byte() { # OFFSET
	dd if=/proc/self/exe bs=1 skip="$1" count=1 2>/dev/null | od -An -tu1 | tr -d ' '
}

linux_machine() {
	case $(uname -m) in
	x86_64 | amd64) [ "$(elf_byte 4)" = 2 ] && echo x86_64 || echo i686 ;;
	aarch64 | arm64) [ "$(elf_byte 4)" = 2 ] && echo aarch64 || echo armhf ;;
	armv7* | armv8*) echo armhf ;;
	mips*) [ "$(elf_byte 5)" = 1 ] && echo mipsel || echo mips ;;
	*) uname -m ;;
	esac
}

# os: what names of programs begin with. machine. level: what the system offers, as a number of those names. suffix: what
# the names of programs end with.
look() {
	level=0
	case $(uname -s) in
	Linux)
		os=linux machine=$(linux_machine)
		level=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc \([0-9]*\)\.\([0-9]*\).*/\1\2/p')
		;;
	Darwin) os=macos machine=$(uname -m) level=$(sw_vers -productVersion | cut -d . -f 1) ;;
	FreeBSD) os=freebsd machine=$(uname -m) level=$(uname -r | cut -d . -f 1) ;;
	NetBSD) os=netbsd machine=$(uname -m) level=$(uname -r | cut -d . -f 1) ;;
	OpenBSD) os=openbsd machine=$(uname -m) level=$(uname -r | tr -d .) ;;
	MINGW* | MSYS* | CYGWIN*) os=windows machine=$(uname -m) suffix=.exe ;;
	*) fail "$(uname -s) is not a system that this script knows; see the release for what there is" ;;
	esac
	level=${level:-0}
	[ "$machine" != amd64 ] || machine=x86_64
}

# What a program asks of the system, if it is for this one; a static one asks for nothing.
asks() { # NAME
	rest=${1#"everleaf-$VERSION-$os"}
	case $os/$rest in
	*/"$1" | *.tgz | *.zip) return 1 ;; # of another system or version; a folder
	windows/-"$machine".exe) echo 0 ;;
	linux/-"$machine"-static) echo 0 ;;
	linux/-"$machine"-glibc[0-9]*) echo "${rest##*glibc}" ;;
	linux/*) return 1 ;;
	*/[0-9]*-"$machine") echo "${rest%%-*}" ;;
	*) return 1 ;;
	esac
}

choose() { # SUMS: sets program to the name of the one that makes most of this system
	program='' best=-1
	while read -r _ name; do
		least=$(asks "$name") || continue
		if [ "$os" = openbsd ] && [ "$least" != "$level" ]; then
			continue # a release there runs no program of another
		fi
		if [ "$least" -le "$level" ] && [ "$least" -gt "$best" ]; then
			program=$name best=$least
		fi
	done <"$1"
	[ -n "$program" ] || fail "version $VERSION has no program for $os $machine (level $level); the index lists what there is"
}

# --- putting it there -------------------------------------------------------------------------------------------------

install_program() { # FILE
	mkdir -p "$to"
	if [ -L "$to/everleaf$suffix" ]; then
		fail "$to/everleaf is a link: a service of this machine uses it. Install elsewhere with --to DIRECTORY, and let" \
			"that program take its place: DIRECTORY/everleaf service install"
	fi
	aside=$to/.everleaf.$$$suffix
	cp "$1" "$aside"
	chmod 755 "$aside"
	"$aside" selftest >"$work/selftest" 2>&1 || {
		cat "$work/selftest" >&2
		fail "$program does not run well on this machine; nothing was installed"
	}
	mv "$aside" "$to/everleaf$suffix"
	aside=''
}

advise() {
	say "$to/everleaf$suffix is version $VERSION. Nothing was started and nothing configured. Next:"
	if [ "$os" = windows ]; then
		say "  $to/everleaf init --out FILE                # a configuration; the node then needs wintun.dll beside it"
		say "  for a service take the .zip: what is in it belongs to C:/Program Files/everleaf"
		return
	fi
	say "  $([ "$(id -u)" = 0 ] || echo 'sudo ')$to/everleaf service install    # a node of this machine from now on"
	say "  $to/everleaf init --out FILE                # or a configuration to look at first"
}

main() {
	while [ $# -gt 0 ]; do
		case $1 in
		--unsigned) unsigned=yes ;;
		--from | --to | --key | --version)
			[ $# -gt 1 ] || fail "$1 needs a value"
			case $1 in
			--from) from=${2%/} ;;
			--to) to=$2 ;;
			--key) RELEASE_KEY=$2 ;;
			--version) VERSION=$2 ;;
			esac
			shift
			;;
		--help)
			echo "usage: install.sh $OPTIONS"
			exit
			;;
		*) fail "$1 is no option: $OPTIONS" ;;
		esac
		shift
	done
	if [ -z "$from" ]; then
		from=$(dirname "$0")
		[ -f "$from/SHA256SUMS" ] || fail "say where the release is: --from DIRECTORY or --from https://..."
	fi
	[ -n "$VERSION" ] || fail "say which version this is to be: --version VERSION"
	[ -n "$to" ] || to=$([ "$(id -u)" = 0 ] && echo /usr/local/bin || echo "$HOME/.local/bin")
	trap tidy EXIT
	trap 'exit 1' HUP INT TERM
	work=$(mktemp -d)
	fetch SHA256SUMS "$work/SHA256SUMS"
	[ -n "$unsigned" ] || fetch SHA256SUMS.minisig "$work/SHA256SUMS.minisig"
	judge "$work/SHA256SUMS"
	look
	choose "$work/SHA256SUMS"
	fetch "$program" "$work/$program"
	[ "$(checksum "$work/$program")" = "$(sed -n "s/  $program\$//p" "$work/SHA256SUMS")" ] ||
		fail "$program is not the one of SHA256SUMS: it was changed or broke on its way; nothing was installed"
	install_program "$work/$program"
	advise
}

main "$@"
