/* SPDX-License-Identifier: MIT
 * What OpenSSL makes of known bytes, with one algorithm of TLS. For the selftest: two ends of one program that both
 * compute the same wrong thing understand each other, so a handshake between them proves little. Any thread. */
#ifndef EVERLEAF_TLS_VECTOR_H
#define EVERLEAF_TLS_VECTOR_H

#include <stddef.h>
#include <stdint.h>

#include "port.h"

#define TLS_VECTOR_MAX 64

/* Of the 1000 bytes 0, 1, 2 ... their digest; or, if `algorithm` is an AEAD, their tag under the first of them as key, the
 * nonce 0. -EINVAL when OpenSSL does not have it or it is neither. */
MUST_CHECK int tls_vector(uint8_t out[static TLS_VECTOR_MAX], size_t *len, const char *algorithm);

#endif
