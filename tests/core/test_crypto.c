/* SPDX-License-Identifier: MIT
 * crypto: what goes together fits, what does not is refused. Vectors are in tests/unit/core. */
#include "crypto.h"

#include <sodium.h>

#include "check.h"

static void test_signatures(void)
{
	uint8_t seed[KEY_BYTES], signature[SIGNATURE_BYTES], message[200];
	struct identity id;

	check_fill(seed, sizeof seed);
	check_fill(message, sizeof message);
	identity_from_seed(&id, seed);
	for (size_t len = 0; len < sizeof message; len += 13) {
		identity_sign(signature, &id, message, len);
		CHECK(signature_ok(id.public, message, len, signature));
		for (size_t at = 0; at < sizeof signature; at += 7) {
			signature[at] ^= 1;
			CHECK(!signature_ok(id.public, message, len, signature));
			signature[at] ^= 1;
		}
		CHECK(!signature_ok(id.public, message, len + 1, signature));
	}
}

static void test_exchange_key_is_libsodium_s(void)
{
	uint8_t seed[KEY_BYTES], secret[crypto_sign_SECRETKEYBYTES], public[KEY_BYTES], theirs[KEY_BYTES];
	struct identity id;
	struct box_key converted;

	check_fill(seed, sizeof seed);
	identity_from_seed(&id, seed);
	crypto_sign_seed_keypair(public, secret, seed);
	CHECK(memcmp(public, id.public, KEY_BYTES) == 0);
	CHECK(crypto_sign_ed25519_pk_to_curve25519(theirs, public) == 0);
	box_key_from_private(&converted, id.exchange);
	CHECK(memcmp(converted.public, theirs, KEY_BYTES) == 0);
}

static void test_boxes_between_nodes(void)
{
	uint8_t seed[KEY_BYTES], plain[144], back[144], box[144 + BOX_TAG_BYTES];
	struct box_key ephemeral;
	struct identity id;

	check_fill(seed, sizeof seed);
	check_fill(plain, sizeof plain);
	identity_from_seed(&id, seed);
	box_key_new(&ephemeral);
	CHECK(box_key_seal_to(box, &ephemeral, id.public, plain, sizeof plain) == 0);
	CHECK(identity_open_box(back, &id, ephemeral.public, box, sizeof box) == 0);
	CHECK(memcmp(plain, back, sizeof plain) == 0);
	box[20] ^= 1;
	CHECK(identity_open_box(back, &id, ephemeral.public, box, sizeof box) == -EBADMSG);
	box[20] ^= 1;
	CHECK(identity_open_box(back, &id, id.public, box, sizeof box) == -EBADMSG);
	CHECK(identity_open_box(back, &id, ephemeral.public, box, BOX_TAG_BYTES - 1) == -EBADMSG);
}

static void test_odd_keys_are_refused(void)
{
	static const uint8_t zero[KEY_BYTES], identity_point[KEY_BYTES] = {1};
	uint8_t box[BOX_TAG_BYTES + 1];
	struct shared_key shared;
	struct box_key key;
	struct identity id;

	box_key_new(&key);
	identity_from_seed(&id, zero);
	CHECK(box_key_shared(&shared, &key, zero) == -EINVAL);
	CHECK(box_key_shared(&shared, &key, identity_point) == -EINVAL);
	CHECK(box_key_seal_to(box, &key, identity_point, zero, 1) == -EINVAL);
	CHECK(identity_open_box(box, &id, zero, box, sizeof box) == -EBADMSG);
}

static void test_blake2b_key_length(void)
{
	uint8_t key[BLAKE2B_KEY_MAX + 1] = {0}, out[BLAKE2B_BYTES], bare[BLAKE2B_BYTES];

	CHECK(digest_blake2b(bare, key, 5, NULL, 0) == 0);
	CHECK(digest_blake2b(out, key, 5, key, 1) == 0);
	CHECK(memcmp(out, bare, sizeof out) != 0);
	CHECK(digest_blake2b(out, key, 5, key, BLAKE2B_KEY_MAX) == 0);
	CHECK(digest_blake2b(out, key, 5, key, sizeof key) == -EINVAL);
}

static void test_wipe(void)
{
	uint8_t secret[64];

	memset(secret, 1, sizeof secret);
	secret_wipe(secret, sizeof secret);
	for (size_t i = 0; i < sizeof secret; i++)
		CHECK(secret[i] == 0);
}

int main(void)
{
	CHECK(crypto_start() == 0);
	CHECK(crypto_start() == 0);
	test_signatures();
	test_exchange_key_is_libsodium_s();
	test_boxes_between_nodes();
	test_odd_keys_are_refused();
	test_blake2b_key_length();
	test_wipe();
	return 0;
}
