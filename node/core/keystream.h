/* SPDX-License-Identifier: MIT
 * Salsa20's keystream, the one primitive of the core's own: as wide as the CPU at hand allows, libsodium's otherwise.
 *
 * Every way gives the same bytes, in a time that depends on lengths alone. Threads: any; no state.
 */
#ifndef EVERLEAF_KEYSTREAM_H
#define EVERLEAF_KEYSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYSTREAMS 2
#define KEYSTREAM_BLOCK 64 /* bytes */
#define KEYSTREAM_KEY_BYTES 32
#define KEYSTREAM_NONCE_BYTES 8

struct keystream {
	const char *name;
	bool (*usable)(void); /* whether this CPU and its system can; slow, ask once */
	/* Xor `data` with the stream from `block` on. Where the last block number is passed it goes on at 0. */
	void (*xor)(uint8_t *data, size_t len, uint64_t block, const uint8_t nonce[static KEYSTREAM_NONCE_BYTES],
		    const uint8_t key[static KEYSTREAM_KEY_BYTES]);
};

extern const struct keystream keystream_avx512, keystream_libsodium;
extern const struct keystream *const keystream_all[KEYSTREAMS]; /* fastest first, the last one usable everywhere */

/* The first that is usable. */
const struct keystream *keystream_fastest(void);

#endif
