/* SPDX-License-Identifier: MIT
 * Which keystream this CPU gets, and libsodium's, which every CPU can have.
 *
 * With AVX2 libsodium makes eight blocks at a time, with SSE2 four, each as fast as the CPU allows; but what is left of
 * a message then it makes block by block, and two blocks so cost more than a whole pass. So the rest is done in a
 * scratch of a pass's size. */
#include "keystream.h"

#include <sodium.h>

#include "crypto.h"
#include "port.h"

#define FOUR_BLOCKS (4 * KEYSTREAM_BLOCK)
#define EIGHT_BLOCKS (8 * KEYSTREAM_BLOCK)

LAYOUT_FACT(KEYSTREAM_KEY_BYTES == crypto_stream_salsa20_KEYBYTES);
LAYOUT_FACT(KEYSTREAM_NONCE_BYTES == crypto_stream_salsa20_NONCEBYTES);

static bool everywhere(void)
{
	return true;
}

/* What libsodium does at once. */
static size_t pass_bytes(void)
{
	if (sodium_runtime_has_avx2())
		return EIGHT_BLOCKS;
	return sodium_runtime_has_sse2() ? FOUR_BLOCKS : KEYSTREAM_BLOCK;
}

/* The least that takes `len` bytes and costs no more than they would alone. */
static size_t padded(size_t len, size_t pass)
{
	if (len <= KEYSTREAM_BLOCK)
		return KEYSTREAM_BLOCK;
	return len <= FOUR_BLOCKS ? FOUR_BLOCKS : pass;
}

static void libsodium_xor(uint8_t *data, size_t len, uint64_t block, const uint8_t nonce[static KEYSTREAM_NONCE_BYTES],
			  const uint8_t key[static KEYSTREAM_KEY_BYTES])
{
	const size_t pass = pass_bytes(), rest = len % pass, whole = pass > KEYSTREAM_BLOCK ? len - rest : len;
	uint8_t scratch[EIGHT_BLOCKS];
	size_t size;

	crypto_stream_salsa20_xor_ic(data, data, whole, nonce, block, key);
	if (whole == len)
		return;
	size = padded(rest, pass);
	memset(scratch, 0, size);
	memcpy(scratch, data + whole, rest);
	crypto_stream_salsa20_xor_ic(scratch, scratch, size, nonce, block + whole / KEYSTREAM_BLOCK, key);
	memcpy(data + whole, scratch, rest);
	secret_wipe(scratch, size);
}

const struct keystream keystream_libsodium = {"libsodium", everywhere, libsodium_xor};

const struct keystream *const keystream_all[KEYSTREAMS] = {&keystream_avx512, &keystream_libsodium};

const struct keystream *keystream_fastest(void)
{
	size_t i = 0;

	while (!keystream_all[i]->usable())
		i++;
	return keystream_all[i];
}
