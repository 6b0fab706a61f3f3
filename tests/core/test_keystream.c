/* SPDX-License-Identifier: MIT
 * keystream: whatever this CPU can gives libsodium's bytes, and touches none beside them. */
#include "keystream.h"

#include <sodium.h>
#include <sys/mman.h>

#include "check.h"
#include "crypto.h"

#define SHORT 4096
#define LONGEST 131072
#define GUARD 65536 /* a whole number of pages everywhere */

static uint8_t *arena; /* LONGEST bytes between pages that nobody may touch */
static uint8_t key[KEYSTREAM_KEY_BYTES], nonce[KEYSTREAM_NONCE_BYTES];

static void make_arena(void)
{
	uint8_t *whole = mmap(NULL, LONGEST + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(whole != MAP_FAILED);
	arena = whole + GUARD;
	CHECK(mprotect(arena, LONGEST, PROT_READ | PROT_WRITE) == 0);
}

/* `data` lies in the arena; bytes next to it stay as they are, and those outside of the arena may not even be read. */
static void check_at(const struct keystream *way, uint8_t *data, size_t len, uint64_t block)
{
	static uint8_t whole[LONGEST];
	uint8_t *expected = whole + (data - arena);

	memcpy(whole, arena, LONGEST);
	CHECK(crypto_stream_salsa20_xor_ic(expected, expected, len, nonce, block, key) == 0);
	way->xor(data, len, block, nonce, key);
	CHECK(memcmp(arena, whole, LONGEST) == 0);
}

static void check_length(const struct keystream *way, size_t len, uint64_t block)
{
	check_at(way, arena, len, block);
	check_at(way, arena + LONGEST - len, len, block);
	check_at(way, arena + check_below(LONGEST - len + 1), len, block);
}

static void test_equals_libsodium(const struct keystream *way)
{
	for (size_t len = 0; len <= SHORT; len++)
		check_length(way, len, check_random());
	for (int i = 0; i < 100; i++)
		check_length(way, (size_t)check_below(LONGEST), check_random());
	check_length(way, LONGEST, 0);
}

/* The carry into the upper half of the block number, and out of it, at each place of a pass. */
static void test_counts_on(const struct keystream *way)
{
	for (uint64_t before = 0; before <= 40; before++) {
		for (size_t len = 64; len <= 2048; len *= 2) {
			check_length(way, len, UINT32_MAX - before);
			check_length(way, len, (UINT64_C(7) << 32) + UINT32_MAX - before);
			check_length(way, len, UINT64_MAX - before);
		}
	}
}

static void test_fastest_is_the_first_usable(void)
{
	for (size_t i = 0; keystream_all[i] != keystream_fastest(); i++)
		CHECK(!keystream_all[i]->usable());
	CHECK(keystream_fastest()->usable());
	CHECK(keystream_all[KEYSTREAMS - 1]->usable());
}

#if PORT_AVX512
/* As the compiler's runtime has it, which asks the CPU in its own way. */
static void test_avx512_is_found(void)
{
	CHECK(keystream_avx512.usable() == (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
					    __builtin_cpu_supports("avx512ifma")));
}
#else
static void test_avx512_is_found(void)
{
	CHECK(!keystream_avx512.usable());
}
#endif

int main(void)
{
	CHECK(crypto_start() == 0);
	check_fill(key, sizeof key);
	check_fill(nonce, sizeof nonce);
	make_arena();
	check_fill(arena, LONGEST);
	test_avx512_is_found();
	test_fastest_is_the_first_usable();
	for (size_t i = 0; i < KEYSTREAMS; i++) {
		if (!keystream_all[i]->usable())
			continue;
		test_equals_libsodium(keystream_all[i]);
		test_counts_on(keystream_all[i]);
	}
	return 0;
}
