/* SPDX-License-Identifier: MIT
 * Whatever libssl would choose for this CPU is chosen here as well: it asks by the same names. */
#include "tls_vector.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#define MESSAGE_BYTES 1000
#define NONCE_MAX 16
#define TAG_BYTES 16

LAYOUT_FACT(TLS_VECTOR_MAX >= EVP_MAX_MD_SIZE);

static bool tag_of(uint8_t *tag, const EVP_CIPHER *cipher, const uint8_t *message)
{
	static const uint8_t nonce[NONCE_MAX];
	uint8_t sealed[MESSAGE_BYTES + EVP_MAX_BLOCK_LENGTH];
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int n;
	bool ok = context && EVP_CIPHER_get_flags(cipher) & EVP_CIPH_FLAG_AEAD_CIPHER && /* only they have a tag */
		  EVP_EncryptInit_ex2(context, cipher, message, nonce, NULL) == 1 &&
		  EVP_EncryptUpdate(context, sealed, &n, message, MESSAGE_BYTES) == 1 &&
		  EVP_EncryptFinal_ex(context, sealed + n, &n) == 1 &&
		  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, tag) == 1;

	EVP_CIPHER_CTX_free(context);
	return ok;
}

int tls_vector(uint8_t out[static TLS_VECTOR_MAX], size_t *len, const char *algorithm)
{
	uint8_t message[MESSAGE_BYTES];
	EVP_CIPHER *cipher;
	bool ok;

	for (size_t i = 0; i < sizeof message; i++)
		message[i] = (uint8_t)i;
	ERR_set_mark(); /* TLS on the same thread would take our failure for its own */
	cipher = EVP_CIPHER_fetch(NULL, algorithm, NULL);
	*len = TAG_BYTES;
	ok = cipher ? tag_of(out, cipher, message)
		    : EVP_Q_digest(NULL, algorithm, NULL, message, sizeof message, out, len) == 1;
	ERR_pop_to_mark();
	EVP_CIPHER_free(cipher);
	return ok ? 0 : -EINVAL;
}
