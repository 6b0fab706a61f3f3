/* SPDX-License-Identifier: MIT
 * Session payloads, sealed and opened in place: NaCl's crypto_box (XSalsa20, Poly1305) with a cached subkey.
 *
 * Layout: tag[16] ciphertext[len], byte for byte what crypto_box_easy_afternm writes.
 * Threads: any; each keeps its own MAC context, freed when the thread ends.
 */
#ifndef EVERLEAF_AEAD_H
#define EVERLEAF_AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "keystream.h"

/* `box` has room for the tag and then `len` bytes of plaintext; afterwards it is sealed. One counter, one packet. */
void aead_seal(uint8_t *box, size_t len, uint64_t counter, const struct shared_key *key);

/* `box` is the tag and then `len` bytes of ciphertext. False and untouched when it is not authentic; otherwise the
 * plaintext stands at box + BOX_TAG_BYTES. */
MUST_CHECK bool aead_open(uint8_t *box, size_t len, uint64_t counter, const struct shared_key *key);

/* For tests and benchmarks, before other threads seal: another keystream than the fastest. */
void aead_use(const struct keystream *other);

#endif
