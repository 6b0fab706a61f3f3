/* SPDX-License-Identifier: MIT
 * Keys, signatures and digests: thin names over libsodium, with OpenSSL as the judge of odd Ed25519 keys. */
#include "crypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <sodium.h>

LAYOUT_FACT(KEY_BYTES == crypto_box_PUBLICKEYBYTES);
LAYOUT_FACT(KEY_BYTES == crypto_box_BEFORENMBYTES);
LAYOUT_FACT(KEY_BYTES == crypto_sign_SEEDBYTES);
LAYOUT_FACT(BOX_TAG_BYTES == crypto_box_MACBYTES);
LAYOUT_FACT(BLAKE2B_BYTES == crypto_generichash_BYTES_MAX);
LAYOUT_FACT(BLAKE2B_KEY_MAX == crypto_generichash_KEYBYTES_MAX);

static const uint8_t NONCE_ZERO[crypto_box_NONCEBYTES];

int crypto_start(void)
{
	return sodium_init() < 0 ? -EIO : 0;
}

void identity_from_seed(struct identity *out, const uint8_t seed[static KEY_BYTES])
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES], hash[crypto_hash_sha512_BYTES];

	memcpy(out->seed, seed, KEY_BYTES);
	crypto_sign_seed_keypair(out->public, secret, seed);
	crypto_hash_sha512(hash, seed, KEY_BYTES);
	memcpy(out->exchange, hash, KEY_BYTES);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(hash, sizeof hash);
}

void identity_sign(uint8_t signature[static SIGNATURE_BYTES], const struct identity *id, const uint8_t *message,
		   size_t len)
{
	uint8_t secret[crypto_sign_SECRETKEYBYTES];

	memcpy(secret, id->seed, KEY_BYTES);
	memcpy(secret + KEY_BYTES, id->public, KEY_BYTES);
	crypto_sign_detached(signature, NULL, message, len, secret);
	sodium_memzero(secret, sizeof secret);
}

int identity_open_box(uint8_t *plain, const struct identity *id, const uint8_t ephemeral[static KEY_BYTES],
		      const uint8_t *box, size_t len)
{
	uint8_t shared[crypto_box_BEFORENMBYTES];
	int err = -EBADMSG;

	if (crypto_box_beforenm(shared, ephemeral, id->exchange) == 0 &&
	    crypto_box_open_easy_afternm(plain, box, len, NONCE_ZERO, shared) == 0)
		err = 0;
	sodium_memzero(shared, sizeof shared);
	return err;
}

/* Leaves nothing in the thread's error queue: TLS on the same thread would take it for its own. */
static bool openssl_accepts(const uint8_t *key, const uint8_t *message, size_t len, const uint8_t *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY *public;
	bool ok;

	ERR_set_mark();
	public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, KEY_BYTES);
	ok = public && context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1 &&
	     EVP_DigestVerify(context, signature, SIGNATURE_BYTES, message, len) == 1;
	ERR_pop_to_mark();
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public);
	return ok;
}

/* Both compute the same equation; libsodium refuses small-order and non-canonical points before it, which the network
 * does not. So what the faster one accepts is good, and only its refusals need the second opinion. */
bool signature_ok(const uint8_t key[static KEY_BYTES], const uint8_t *message, size_t len,
		  const uint8_t signature[static SIGNATURE_BYTES])
{
	return crypto_sign_verify_detached(signature, message, len, key) == 0 ||
	       openssl_accepts(key, message, len, signature);
}

void box_key_new(struct box_key *out)
{
	randombytes_buf(out->private, sizeof out->private);
	crypto_scalarmult_base(out->public, out->private);
}

void box_key_from_private(struct box_key *out, const uint8_t private[static KEY_BYTES])
{
	memcpy(out->private, private, KEY_BYTES);
	crypto_scalarmult_base(out->public, private);
}

int box_key_shared(struct shared_key *out, const struct box_key *ours, const uint8_t their_public[static KEY_BYTES])
{
	uint8_t shared[crypto_box_BEFORENMBYTES];

	if (crypto_box_beforenm(shared, their_public, ours->private))
		return -EINVAL;
	crypto_core_hsalsa20(out->subkey, NONCE_ZERO, shared, NULL);
	sodium_memzero(shared, sizeof shared);
	return 0;
}

int box_key_seal_to(uint8_t *box, const struct box_key *ephemeral, const uint8_t dest[static KEY_BYTES],
		    const uint8_t *plain, size_t len)
{
	uint8_t exchange[KEY_BYTES], shared[crypto_box_BEFORENMBYTES];

	if (crypto_sign_ed25519_pk_to_curve25519(exchange, dest) ||
	    crypto_box_beforenm(shared, exchange, ephemeral->private))
		return -EINVAL;
	crypto_box_easy_afternm(box, plain, len, NONCE_ZERO, shared);
	sodium_memzero(shared, sizeof shared);
	return 0;
}

int digest_blake2b(uint8_t out[static BLAKE2B_BYTES], const uint8_t *message, size_t len, const uint8_t *key,
		   size_t key_len)
{
	if (key_len > BLAKE2B_KEY_MAX)
		return -EINVAL;
	crypto_generichash(out, BLAKE2B_BYTES, message, len, key_len ? key : NULL, key_len);
	return 0;
}

void digest_sha256(uint8_t out[static SHA256_BYTES], const uint8_t *message, size_t len)
{
	crypto_hash_sha256(out, message, len);
}

void random_fill(uint8_t *out, size_t len)
{
	randombytes_buf(out, len);
}

void secret_wipe(void *secret, size_t len)
{
	sodium_memzero(secret, len);
}

const char *crypto_libsodium(void)
{
	return sodium_version_string();
}

const char *crypto_openssl(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
