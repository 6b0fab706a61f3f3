/* SPDX-License-Identifier: MIT
 * Session payloads, sealed and opened in place.
 *
 * The stream's first 32 bytes are the Poly1305 key and the rest belongs to the message, so the head of the message
 * takes a detour through a scratch; a packet of usual size then costs one pass of the keystream.
 * The MAC is OpenSSL's where that is faster: with AVX2 and with AVX-512 it wins from 192 bytes on, and is 2.4 and 4.7
 * times as fast at 64 KiB; below that its set-up dominates. Fed more than 8 KiB at a time its AVX-512 code slows down,
 * at 64 KiB to 0.6 of its speed. */
#include "aead.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>

#define MAC_KEY_BYTES crypto_onetimeauth_poly1305_KEYBYTES
#define SCRATCH_BLOCKS 16
#define HEAD_MAX (SCRATCH_BLOCKS * KEYSTREAM_BLOCK - MAC_KEY_BYTES)
#define LONG_MESSAGE 192 /* from here on OpenSSL's Poly1305 */
#define MAC_FEED 4096

LAYOUT_FACT(BOX_TAG_BYTES == crypto_onetimeauth_poly1305_BYTES);
LAYOUT_FACT(BOX_TAG_BYTES == crypto_verify_16_BYTES);
LAYOUT_FACT(KEY_BYTES == KEYSTREAM_KEY_BYTES);

/* MAC key, then the head of the message: under the keystream, or freed from it. */
struct scratch {
	uint8_t mac_key[MAC_KEY_BYTES];
	uint8_t head[HEAD_MAX];
};
LAYOUT_FACT(sizeof(struct scratch) == SCRATCH_BLOCKS * KEYSTREAM_BLOCK);
LAYOUT_FACT(offsetof(struct scratch, head) == MAC_KEY_BYTES);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct keystream *stream;
static pthread_key_t mac_key; /* of each thread's EVP_MAC_CTX */
static EVP_MAC *mac_method;   /* NULL: OpenSSL lacks it, libsodium does all */

static void mac_forget(void *context)
{
	EVP_MAC_CTX_free(context);
}

static void mac_start(void)
{
	ERR_set_mark(); /* TLS on the same thread would take our failure for its own */
	if (pthread_key_create(&mac_key, mac_forget) == 0)
		mac_method = EVP_MAC_fetch(NULL, "POLY1305", NULL);
	ERR_pop_to_mark();
}

static void start(void)
{
	stream = keystream_fastest();
	mac_start();
}

void aead_use(const struct keystream *other)
{
	pthread_once(&once, start);
	stream = other;
}

static EVP_MAC_CTX *mac_context(void)
{
	EVP_MAC_CTX *context;

	if (!mac_method)
		return NULL;
	context = pthread_getspecific(mac_key);
	if (context)
		return context;
	context = EVP_MAC_CTX_new(mac_method);
	if (context && pthread_setspecific(mac_key, context)) {
		EVP_MAC_CTX_free(context);
		return NULL;
	}
	return context;
}

static bool mac_feed(EVP_MAC_CTX *context, const uint8_t *data, size_t len)
{
	for (; len > MAC_FEED; data += MAC_FEED, len -= MAC_FEED)
		if (!EVP_MAC_update(context, data, MAC_FEED))
			return false;
	return EVP_MAC_update(context, data, len);
}

static bool mac_openssl(uint8_t tag[static BOX_TAG_BYTES], const uint8_t *data, size_t len, const uint8_t *key)
{
	EVP_MAC_CTX *context = mac_context();
	size_t written;

	return context && EVP_MAC_init(context, key, MAC_KEY_BYTES, NULL) && mac_feed(context, data, len) &&
	       EVP_MAC_final(context, tag, &written, BOX_TAG_BYTES) && written == BOX_TAG_BYTES;
}

static void mac(uint8_t tag[static BOX_TAG_BYTES], const uint8_t *data, size_t len, const uint8_t *key)
{
	if (len < LONG_MESSAGE || !mac_openssl(tag, data, len, key))
		crypto_onetimeauth_poly1305(tag, data, len, key);
}

/* Fill the scratch: MAC key, and the first `head` bytes of data xor keystream. */
static void scratch_fill(struct scratch *s, const uint8_t *data, size_t head, const uint8_t *nonce, const uint8_t *key)
{
	memset(s->mac_key, 0, sizeof s->mac_key);
	memcpy(s->head, data, head);
	stream->xor((uint8_t *)s, MAC_KEY_BYTES + head, 0, nonce, key);
}

/* Write the scratch back and xor what lies beyond it. */
static void finish(uint8_t *data, size_t len, const struct scratch *s, size_t head, const uint8_t *nonce,
		   const uint8_t *key)
{
	memcpy(data, s->head, head);
	if (len > head)
		stream->xor(data + head, len - head, SCRATCH_BLOCKS, nonce, key);
}

void aead_seal(uint8_t *box, size_t len, uint64_t counter, const struct shared_key *key)
{
	uint8_t *data = box + BOX_TAG_BYTES, nonce[KEYSTREAM_NONCE_BYTES];
	size_t head = len < HEAD_MAX ? len : HEAD_MAX;
	struct scratch s;

	pthread_once(&once, start);
	store_be64(nonce, counter);
	scratch_fill(&s, data, head, nonce, key->subkey);
	finish(data, len, &s, head, nonce, key->subkey);
	mac(box, data, len, s.mac_key);
	secret_wipe(&s, MAC_KEY_BYTES + head);
}

bool aead_open(uint8_t *box, size_t len, uint64_t counter, const struct shared_key *key)
{
	uint8_t *data = box + BOX_TAG_BYTES, nonce[KEYSTREAM_NONCE_BYTES], tag[BOX_TAG_BYTES];
	size_t head = len < HEAD_MAX ? len : HEAD_MAX;
	struct scratch s;
	bool ok;

	pthread_once(&once, start);
	store_be64(nonce, counter);
	scratch_fill(&s, data, head, nonce, key->subkey);
	mac(tag, data, len, s.mac_key);
	ok = crypto_verify_16(tag, box) == 0;
	if (ok)
		finish(data, len, &s, head, nonce, key->subkey);
	secret_wipe(&s, MAC_KEY_BYTES + head);
	return ok;
}
