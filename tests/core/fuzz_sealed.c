/* SPDX-License-Identifier: MIT
 * Session payloads: as one that came, which must not open; as a message, which must come back after sealing. */
#include "frame.h"

#include "aead.h"
#include "fuzz.h"

static struct shared_key key;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	memset(key.subkey, 0x5a, sizeof key.subkey);
	return crypto_start();
}

static void claim_refused(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct sealed s;

	CLAIM(copy);
	memcpy(copy, data, len);
	if (sealed_parse(&s, copy, len) == 0) {
		CLAIM(s.box >= 4 && s.box <= SEALED_HEAD_MAX && len - s.box >= SEALED_BOX_MIN);
		CLAIM(!aead_open(copy + s.box, len - s.box - BOX_TAG_BYTES, s.nonce, &key));
		CLAIM(memcmp(copy, data, len) == 0);
	}
	free(copy);
}

static void claim_comes_back(const uint8_t *data, size_t len)
{
	uint64_t a = len > 24 ? load_be64(data) : 1, b = len > 24 ? load_be64(data + 8) : 2;
	uint64_t nonce = len > 24 ? load_be64(data + 16) : 3;
	size_t plain = len < KEY_BYTES ? KEY_BYTES : len, size = SEALED_HEAD_MAX + BOX_TAG_BYTES + plain;
	uint8_t *copy = calloc(1, size), *box = copy + SEALED_HEAD_MAX, *payload;
	struct sealed s;

	CLAIM(copy);
	memcpy(box + BOX_TAG_BYTES, data, len);
	aead_seal(box, plain, nonce, &key);
	payload = sealed_put_head(box, a, b, nonce);
	CLAIM(payload >= copy);
	CLAIM(sealed_parse(&s, payload, (size_t)(copy + size - payload)) == 0);
	CLAIM(payload + s.box == box && s.local_seq == a && s.remote_seq == b && s.nonce == nonce);
	CLAIM(aead_open(box, plain, nonce, &key) && memcmp(box + BOX_TAG_BYTES, data, len) == 0);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	claim_refused(data, len);
	claim_comes_back(data, len);
	return 0;
}
