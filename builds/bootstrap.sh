#!/bin/sh
# Install what build, tests and demo need on Debian and Ubuntu. Quick and quiet when nothing is missing.
#
#   builds/bootstrap.sh            tools and libraries, and with them the real peers if they can be had
#   builds/bootstrap.sh --peers    the real peers and what boots test machines in any case, or fail (`make test` as root)
#   builds/bootstrap.sh --rivals   the real peers and the other programs that `make bench` measures, or fail
#
# What is too old in the machine's own sources comes from Debian trixie. Only this script's own apt configuration knows
# that suite, at a priority that upgrades nothing else; the machine's sources and lists stay as they are. No service starts.
set -eu

PACKAGES="gcc libc6-dev make pkg-config libsodium-dev libssl-dev clang iproute2 iputils-ping iperf3 nftables procps
	qemu-user-static busybox mksh minisign mandoc"
MACHINES="mmdebstrap systemd-container openssh-client vagrant arch-test" # with --peers: tests/machines boots hosts of its own
PYTHONS="3.14 3.13 3.12 3.11"
PEERS="yggdrasil>=0.5.12" # before 0.5 the protocol was another one
RIVALS="wireguard-go>=0.0.20231211 wireguard-tools>=1.0 nebula>=1.9 tinc>=1.0.36" # the first: older ones know no offloads
PEER_SUITE="trixie"
KEYRING="/usr/share/keyrings/debian-archive-keyring.gpg"
POLICY="/usr/sbin/policy-rc.d"

here=$(dirname "$0")
required=${1:-}
case $required in
--peers) PACKAGES="$PACKAGES $MACHINES" ;;
--rivals) PEERS="$PEERS $RIVALS" ;;
esac
work=""
policy_is_ours=""

say() {
	echo "bootstrap: $*" >&2
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" \
		</dev/null >/dev/null # /var/log/apt/term.log has what dpkg said
}

installed() { # PACKAGE [LEAST-VERSION]
	state=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null) || return 1
	[ "${state%% *}" = installed ] && dpkg --compare-versions "${state#* }" ge "${2:-0}"
}

# A fit Python, under the name this release gives to its newest one.
missing_python() {
	! "$here/python.sh" >/dev/null 2>&1 || return 0
	for version in $PYTHONS; do
		if [ -n "$(apt-cache show "python$version-dev" 2>/dev/null)" ]; then
			echo "python$version" "python$version-dev" "python$version-venv"
			return
		fi
	done
	echo python3-dev python3-venv
}

# clang's run-time libraries for sanitizers and fuzzers; their package carries clang's major version.
missing_sanitizers() {
	[ ! -e "$(clang --print-file-name="libclang_rt.fuzzer-$(uname -m).a" 2>/dev/null)" ] || return 0
	apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/libclang-rt-\1-dev/p'
}

missing_packages() {
	for package in $PACKAGES; do
		installed "$package" || echo "$package"
	done
	missing_python
	missing_sanitizers
}

missing_peers() {
	for peer in $PEERS; do
		installed "${peer%>=*}" "${peer#*>=}" || echo "$peer"
	done
}

# Until the script ends no package may start a service; the machine's own policy wins if there is one.
forbid_services() {
	[ ! -e "$POLICY" ] || return 0
	policy_is_ours=yes
	printf '#!/bin/sh\nexit 101\n' >"$POLICY"
	chmod 755 "$POLICY"
}

tidy() {
	rm -rf "$work"
	[ -z "$policy_is_ours" ] || rm -f "$POLICY"
}

# The Debian mirror that this machine uses already; nothing on Ubuntu.
debian_mirror() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1
}

# An apt configuration that knows PEER_SUITE besides the machine's own sources.
configure_peer_suite() { # MIRROR PACKAGE
	signed=""
	[ ! -e "$KEYRING" ] || signed="[signed-by=$KEYRING]"
	mkdir -p "$work/lists/partial"
	{
		cat /etc/apt/sources.list 2>/dev/null || :
		echo "deb $signed $1 $PEER_SUITE main"
	} >"$work/sources.list"
	{
		cat /etc/apt/preferences 2>/dev/null || :
		printf '\nPackage: *\nPin: release n=%s\nPin-Priority: 100\n' "$PEER_SUITE"
		printf '\nPackage: %s\nPin: release n=%s\nPin-Priority: 990\n' "$2" "$PEER_SUITE"
	} >"$work/preferences"
	cat >"$work/apt.conf" <<-END
		Dir::Etc::SourceList "$work/sources.list";
		Dir::Etc::Preferences "$work/preferences";
		Dir::State::Lists "$work/lists";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		APT::Sandbox::User "root";
	END
}

# From the machine's own sources if they are new enough, else from Debian.
install_peers() { # PACKAGE>=LEAST-VERSION...
	for peer in "$@"; do
		name=${peer%>=*}
		offered=$(apt-cache show --no-all-versions "$name" 2>/dev/null | sed -n 's/^Version: //p')
		if dpkg --compare-versions "${offered:-0}" ge "${peer#*>=}"; then
			apt install "$name"
			continue
		fi
		mirror=$(debian_mirror)
		if [ -n "$mirror" ]; then
			configure_peer_suite "$mirror" "$name"
			apt -c "$work/apt.conf" update
			apt -c "$work/apt.conf" install "$name"
		fi
	done
}

if ! command -v dpkg-query >/dev/null; then
	say "not Debian or Ubuntu: nothing is checked or installed. Needed: $PACKAGES, Python 3.11 with headers and" \
		"shared library; by what meets real peers: $PEERS"
	exit 0
fi

packages=$(missing_packages)
peers=$(missing_peers)
if [ -z "$packages" ] && { [ -z "$peers" ] || [ -z "$required" ]; }; then
	exit 0
fi
if [ "$(id -u)" != 0 ]; then
	say "missing:" $packages ${required:+$peers}
	say "run: sudo $0${required:+ $required}"
	exit 1
fi

trap tidy EXIT
trap 'exit 1' HUP INT TERM
work=$(mktemp -d)
forbid_services
apt update
packages=$(missing_packages) # again: apt may know its names only now
if [ -n "$packages" ]; then
	say "installing" $packages
	apt install $packages
fi
"$here/python.sh" >/dev/null
if [ -n "$peers" ]; then
	say "installing" $peers
	(install_peers $peers) || :
	peers=$(missing_peers)
fi
if [ -n "$peers" ]; then
	say "could not install" $peers "(Debian $PEER_SUITE has it); what meets them (tests, demo, bench) is not possible"
	[ -z "$required" ]
fi
