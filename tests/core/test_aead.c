/* SPDX-License-Identifier: MIT
 * aead: with each keystream this CPU can, every length equals libsodium's crypto_box; nothing forged opens; threads do
 * not meet. */
#include "aead.h"

#include <pthread.h>
#include <sodium.h>

#include "check.h"

#define SHORT 4096
#define LONGEST 131072
#define THREADS 4

static struct shared_key cached;
static uint8_t classic[crypto_box_BEFORENMBYTES];

static void make_keys(void)
{
	struct box_key ours, theirs;

	box_key_new(&ours);
	box_key_new(&theirs);
	CHECK(box_key_shared(&cached, &ours, theirs.public) == 0);
	CHECK(crypto_box_beforenm(classic, theirs.public, ours.private) == 0);
}

static void check_length(size_t len, uint64_t counter)
{
	uint8_t nonce[crypto_box_NONCEBYTES] = {0};
	uint8_t *plain = malloc(len + 1), *theirs = malloc(len + BOX_TAG_BYTES), *ours = malloc(len + BOX_TAG_BYTES);

	CHECK(plain && theirs && ours);
	check_fill(plain, len);
	store_be64(nonce + 16, counter);
	CHECK(crypto_box_easy_afternm(theirs, plain, len, nonce, classic) == 0);
	memcpy(ours + BOX_TAG_BYTES, plain, len);
	aead_seal(ours, len, counter, &cached);
	CHECK(memcmp(ours, theirs, len + BOX_TAG_BYTES) == 0);
	CHECK(aead_open(ours, len, counter, &cached));
	CHECK(memcmp(ours + BOX_TAG_BYTES, plain, len) == 0);
	free(ours);
	free(theirs);
	free(plain);
}

static void test_equals_libsodium(void)
{
	for (size_t len = 0; len <= SHORT; len++)
		check_length(len, len * UINT64_C(0x0102030405060708));
	for (int i = 0; i < 200; i++)
		check_length((size_t)check_below(LONGEST), check_random());
	check_length(LONGEST, UINT64_MAX);
}

/* Any one bit wrong: refused, and the box is as it was. */
static void test_refuses_what_is_forged(void)
{
	static const size_t lens[] = {0, 1, 31, 32, 33, 191, 192, 193, 991, 992, 993, 2000, 4097};

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		size_t size = lens[i] + BOX_TAG_BYTES;
		uint8_t *box = calloc(1, size), *before;

		CHECK(box);
		aead_seal(box, lens[i], 7, &cached);
		CHECK(!aead_open(box, lens[i], 8, &cached));
		for (size_t at = 0; at < size; at++) {
			box[at] ^= (uint8_t)(1 << at % 8);
			before = check_copy(box, size);
			CHECK(!aead_open(box, lens[i], 7, &cached));
			CHECK(memcmp(box, before, size) == 0);
			free(before);
			box[at] ^= (uint8_t)(1 << at % 8);
		}
		CHECK(aead_open(box, lens[i], 7, &cached));
		free(box);
	}
}

static void *seal_and_open(void *thread)
{
	uint8_t box[BOX_TAG_BYTES + 1500];

	for (uint64_t n = 0; n < 2000; n++) {
		size_t len = (size_t)(n % 1500);

		memset(box, (int)n, sizeof box);
		aead_seal(box, len, n, &cached);
		CHECK(aead_open(box, len, n, &cached));
		CHECK(len == 0 || box[BOX_TAG_BYTES + len - 1] == (uint8_t)n);
	}
	return thread;
}

static void test_threads(void)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, seal_and_open, NULL) == 0);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(void)
{
	CHECK(crypto_start() == 0);
	make_keys();
	test_threads(); /* first, so that the threads race for the set-up */
	for (size_t i = 0; i < KEYSTREAMS; i++) {
		if (!keystream_all[i]->usable())
			continue;
		aead_use(keystream_all[i]);
		test_equals_libsodium();
		test_refuses_what_is_forged();
	}
	return 0;
}
