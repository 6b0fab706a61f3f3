/* SPDX-License-Identifier: MIT
 * The self-signed certificate that shows our key to a TLS peer. Made once per core, in memory only. */
#ifndef EVERLEAF_TLS_CERTIFICATE_H
#define EVERLEAF_TLS_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto.h"
#include "port.h"

struct tls_certificate {
	EVP_PKEY *key; /* secret; OpenSSL wipes it when the last reference goes */
	X509 *certificate;
};

/* Valid from now to the end of the year 9999, named by the key in hex, for servers. -ENOMEM or -EIO. */
MUST_CHECK int tls_certificate_make(struct tls_certificate *out, const struct identity *id);
void tls_certificate_free(struct tls_certificate *c);

#endif
