/* SPDX-License-Identifier: MIT
 * Keys, signatures and digests. All mathematics is libsodium's and OpenSSL's; this file only names what we use of it.
 *
 * Threads: no state after crypto_start; everything may be called from any thread.
 * (Names avoid libsodium's own crypto_* family on purpose.)
 */
#ifndef EVERLEAF_CRYPTO_H
#define EVERLEAF_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port.h"

#define KEY_BYTES 32 /* seeds, Ed25519 and X25519 keys */
#define SIGNATURE_BYTES 64
#define BOX_TAG_BYTES 16
#define BLAKE2B_BYTES 64
#define BLAKE2B_KEY_MAX 64
#define SHA256_BYTES 32

struct identity { /* secret */
	uint8_t seed[KEY_BYTES];
	uint8_t public[KEY_BYTES];   /* Ed25519 */
	uint8_t exchange[KEY_BYTES]; /* the same key as X25519 private key, unclamped */
};

struct box_key { /* secret */
	uint8_t private[KEY_BYTES];
	uint8_t public[KEY_BYTES]; /* X25519 */
};

/* The box key of a pair, one step further: our nonces are 16 zero bytes and a 64-bit counter, so the first half of
 * XSalsa20, HSalsa20(box key, 16 zero bytes), is the same for all packets of a pair and is done once. */
struct shared_key { /* secret */
	uint8_t subkey[KEY_BYTES];
};

/* Once, before anything else here. -EIO when a library does not start. Again is harmless. */
MUST_CHECK int crypto_start(void);

void identity_from_seed(struct identity *out, const uint8_t seed[static KEY_BYTES]);
void identity_sign(uint8_t signature[static SIGNATURE_BYTES], const struct identity *id, const uint8_t *message,
		   size_t len);
/* Open an init or ack: box is tag and ciphertext; plain gets len - BOX_TAG_BYTES bytes. -EBADMSG when it does not open.
 * May not overlap. */
MUST_CHECK int identity_open_box(uint8_t *plain, const struct identity *id, const uint8_t ephemeral[static KEY_BYTES],
				 const uint8_t *box, size_t len);

/* Ed25519 as the network has it: no cofactor, canonical S, any key encoding, small-order keys included. */
MUST_CHECK bool signature_ok(const uint8_t key[static KEY_BYTES], const uint8_t *message, size_t len,
			     const uint8_t signature[static SIGNATURE_BYTES]);

void box_key_new(struct box_key *out); /* random */
void box_key_from_private(struct box_key *out, const uint8_t private[static KEY_BYTES]);
/* -EINVAL when their key has small order. */
MUST_CHECK int box_key_shared(struct shared_key *out, const struct box_key *ours,
			      const uint8_t their_public[static KEY_BYTES]);
/* Seal an init or ack to a node: box gets BOX_TAG_BYTES + len bytes. Use each key for one box only: the nonce is 0.
 * -EINVAL when dest is no Ed25519 key of full order. May not overlap. */
MUST_CHECK int box_key_seal_to(uint8_t *box, const struct box_key *ephemeral, const uint8_t dest[static KEY_BYTES],
			       const uint8_t *plain, size_t len);

/* BLAKE2b-512; an empty key is no key. -EINVAL when the key is longer than BLAKE2B_KEY_MAX. */
MUST_CHECK int digest_blake2b(uint8_t out[static BLAKE2B_BYTES], const uint8_t *message, size_t len,
			      const uint8_t *key, size_t key_len);
void digest_sha256(uint8_t out[static SHA256_BYTES], const uint8_t *message, size_t len);

void random_fill(uint8_t *out, size_t len);
void secret_wipe(void *secret, size_t len); /* not optimised away */

const char *crypto_libsodium(void); /* versions in use */
const char *crypto_openssl(void);

#endif
