#!/bin/sh
# OpenSSL as the core needs it, TLS 1.2 and 1.3 over TCP: two static libraries, fit to become part of a shared one. They
# are told a prefix that says nothing of the machine they are built on, since they write it down.
#
#   openssl.sh SOURCE PREFIX TARGET    SOURCE: an unpacked tree; TARGET: OpenSSL's own name of the system; CC AR RANLIB
set -eu
source=$1 prefix=$2 target=$3

LEFT_OUT="apps aria async autoload-config bf blake2 camellia cast cmp cms comp ct deprecated des dgram docs dsa dso dtls
	ec2m engine filenames gost http idea legacy md4 mdc2 ml-dsa module multiblock nextprotoneg ocb ocsp padlockeng pinshared
	psk quic rc2 rc4 rfc3779 rmd160 scrypt seed shared siphash siv slh-dsa sm2 sm3 sm4 srp srtp ssl-trace
	tests tls-deprecated-ec ts ui-console uplink whirlpool"

options=""
for feature in $LEFT_OUT; do
	options="$options no-$feature"
done
cd "$source"
# The core has a tls_free of its own, and both end up in one object.
# shellcheck disable=SC2086 # a list of options
./Configure "$target" $options -Dtls_free=ossl_tls_free -fPIC -ffunction-sections -fdata-sections ${CFLAGS:-} --prefix=/usr --libdir=lib \
	--openssldir=/etc/ssl >configure.log
make -s -j"$(nproc)" build_libs >make.log
make -s install_dev INSTALLTOP="$prefix" >>make.log
sed -i "s,^prefix=.*,prefix=$prefix," "$prefix"/lib/pkgconfig/*.pc
