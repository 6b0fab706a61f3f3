/* SPDX-License-Identifier: MIT
 * The checksum of the Internet's protocols, RFC 1071: a ones' complement sum of 16-bit words. Words are taken and sums
 * stored as they lie in memory, so the byte order of the machine does not matter. */
#ifndef EVERLEAF_CHECKSUM_H
#define EVERLEAF_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "port.h"

/* `sum` and the words of `data`; one of an odd length ends in a zero, so nothing may be added after it. */
uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t len);
/* What IPv6 adds to a transport's own bytes: the addresses of `packet`, `len` of these bytes, and the protocol. */
uint64_t checksum_pseudo(const uint8_t *packet, size_t len, uint8_t protocol);
/* The 16 bits of a sum, not complemented. All ones: the bytes hold their own valid checksum. */
uint16_t checksum_fold(uint64_t sum);

/* Store the checksum of the sum at `out`; never zero, which means "none" to UDP. */
void checksum_store(uint8_t *out, uint64_t sum);

/* A packet whose checksum at `start` + `offset` holds only what IPv6 adds: put the rest in, from `start` to the end.
 * -EBADMSG when that place is not within the packet. */
MUST_CHECK int checksum_complete(uint8_t *packet, size_t len, size_t start, size_t offset);

#endif
