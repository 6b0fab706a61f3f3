/* SPDX-License-Identifier: MIT
 * Salsa20 in 512-bit vectors, in two ways.
 *
 * Wide: sixteen blocks, a vector for each of the cipher's sixteen words, which holds that word of every block. The
 * rounds do nothing but the cipher's own steps; the words are brought into order after them.
 * Narrow: four or eight blocks, a vector for each of the diagonals of four blocks, a block in each 128-bit lane. One
 * round takes three shuffles more, but a short packet waits for a fifth of the instructions.
 *
 * Constant time: no branch and no address depends on key, stream or data. */
#include "keystream.h"

#include "crypto.h"
#include "port.h"

#if PORT_AVX512
#include <cpuid.h>
#include <immintrin.h>

#define WITH_VECTORS __attribute__((target("avx512f,avx512bw")))
#define STEP WITH_VECTORS static inline __attribute__((always_inline))

#define WORDS 16
#define WIDE 16 /* blocks */
#define LANES 4 /* blocks of a narrow group */
#define DOUBLE_ROUNDS 10

typedef __m512i vector;

struct state {
	vector words; /* in the specification's order; those of the block number are 0 */
	uint64_t block;
};

/* In every lane words i, j, k and l of the state. */
STEP vector spread(const struct state *s, int i, int j, int k, int l)
{
	const vector from = _mm512_setr_epi32(i, j, k, l, i, j, k, l, i, j, k, l, i, j, k, l);

	return _mm512_permutexvar_epi32(from, s->words);
}

#define MIX(to, x, y, left) ((to) = _mm512_xor_si512(to, _mm512_rol_epi32(_mm512_add_epi32(x, y), left)))

/* The specification's quarterround, sixteen times at once. */
STEP void quarterround(vector *a, vector *b, vector *c, vector *d)
{
	MIX(*b, *a, *d, 7);
	MIX(*c, *b, *a, 9);
	MIX(*d, *c, *b, 13);
	MIX(*a, *d, *c, 18);
}

/* --- wide ------------------------------------------------------------------------------------------------------- */

STEP void wide_start(vector x[static WORDS], const struct state *s)
{
	const vector first = _mm512_set1_epi32((int)s->block);
	const vector high = _mm512_set1_epi32((int)(s->block >> 32));
	const vector low =
		_mm512_add_epi32(first, _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
	const __mmask16 carry = _mm512_cmplt_epu32_mask(low, first);

	for (int i = 0; i < WORDS; i++)
		x[i] = spread(s, i, i, i, i);
	x[8] = low;
	x[9] = _mm512_mask_add_epi32(high, carry, high, _mm512_set1_epi32(1));
}

STEP void wide_doubleround(vector x[static WORDS])
{
	quarterround(&x[0], &x[4], &x[8], &x[12]);
	quarterround(&x[5], &x[9], &x[13], &x[1]);
	quarterround(&x[10], &x[14], &x[2], &x[6]);
	quarterround(&x[15], &x[3], &x[7], &x[11]);
	quarterround(&x[0], &x[1], &x[2], &x[3]);
	quarterround(&x[5], &x[6], &x[7], &x[4]);
	quarterround(&x[10], &x[11], &x[8], &x[9]);
	quarterround(&x[15], &x[12], &x[13], &x[14]);
}

/* Lane j of x[i] becomes lane i of x[j]. */
STEP void transpose(vector x[static WORDS])
{
	vector y[WORDS];

	for (int i = 0; i < WORDS; i += 2) { /* pairs of words */
		y[i] = _mm512_unpacklo_epi32(x[i], x[i + 1]);
		y[i + 1] = _mm512_unpackhi_epi32(x[i], x[i + 1]);
	}
	for (int i = 0; i < WORDS; i += 4) { /* fours of words */
		x[i] = _mm512_unpacklo_epi64(y[i], y[i + 2]);
		x[i + 1] = _mm512_unpackhi_epi64(y[i], y[i + 2]);
		x[i + 2] = _mm512_unpacklo_epi64(y[i + 1], y[i + 3]);
		x[i + 3] = _mm512_unpackhi_epi64(y[i + 1], y[i + 3]);
	}
	for (int i = 0; i < LANES; i++) {
		const vector even0 = _mm512_shuffle_i32x4(x[i], x[i + 4], 0x88);
		const vector even8 = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0x88);
		const vector odd0 = _mm512_shuffle_i32x4(x[i], x[i + 4], 0xdd);
		const vector odd8 = _mm512_shuffle_i32x4(x[i + 8], x[i + 12], 0xdd);

		x[i] = _mm512_shuffle_i32x4(even0, even8, 0x88);
		x[i + 4] = _mm512_shuffle_i32x4(odd0, odd8, 0x88);
		x[i + 8] = _mm512_shuffle_i32x4(even0, even8, 0xdd);
		x[i + 12] = _mm512_shuffle_i32x4(odd0, odd8, 0xdd);
	}
}

STEP void wide_blocks(vector x[static WIDE], const struct state *s)
{
	vector start[WORDS];

	wide_start(start, s);
	memcpy(x, start, sizeof start);
	for (int i = 0; i < DOUBLE_ROUNDS; i++)
		wide_doubleround(x);
	for (int i = 0; i < WORDS; i++)
		x[i] = _mm512_add_epi32(x[i], start[i]);
	transpose(x);
}

/* --- narrow ----------------------------------------------------------------------------------------------------- */

struct diagonals {
	vector a, b, c, d; /* words 0 5 10 15, 4 9 14 3, 8 13 2 7 and 12 1 6 11 */
};

STEP struct diagonals narrow_start(const struct state *s, uint64_t block)
{
	const vector number =
		_mm512_add_epi64(_mm512_set1_epi64((long long)block), _mm512_setr_epi64(0, 0, 1, 0, 2, 0, 3, 0));

	return (struct diagonals){
		.a = spread(s, 0, 5, 10, 15),
		.b = _mm512_mask_mov_epi32(spread(s, 4, 9, 14, 3), 0x2222, number), /* 9 is its upper half */
		.c = _mm512_mask_mov_epi32(spread(s, 8, 13, 2, 7), 0x1111, number), /* 8 is its lower half */
		.d = spread(s, 12, 1, 6, 11),
	};
}

/* Columns become rows, and rows columns: each diagonal starts in another row then. */
STEP void turn(struct diagonals *x)
{
	const vector b = x->b;

	x->b = _mm512_shuffle_epi32(x->d, 0x39);
	x->c = _mm512_shuffle_epi32(x->c, 0x4e);
	x->d = _mm512_shuffle_epi32(b, 0x93);
}

STEP void narrow_round(struct diagonals *x)
{
	quarterround(&x->a, &x->b, &x->c, &x->d);
	turn(x);
}

/* In every lane one word of each. */
STEP vector row(vector first, vector second, vector third, vector fourth)
{
	const vector half = _mm512_mask_mov_epi32(first, 0x2222, second);

	return _mm512_mask_mov_epi32(half, 0xcccc, _mm512_mask_mov_epi32(third, 0x8888, fourth));
}

/* From diagonals to rows, from rows to blocks. */
STEP void narrow_finish(vector out[static LANES], const struct diagonals *x, const struct diagonals *start)
{
	const vector a = _mm512_add_epi32(x->a, start->a), b = _mm512_add_epi32(x->b, start->b);
	const vector c = _mm512_add_epi32(x->c, start->c), d = _mm512_add_epi32(x->d, start->d);
	const vector row0 = row(a, d, c, b), row1 = row(b, a, d, c), row2 = row(c, b, a, d), row3 = row(d, c, b, a);
	const vector upper01 = _mm512_shuffle_i32x4(row0, row1, 0x44), upper23 = _mm512_shuffle_i32x4(row0, row1, 0xee);
	const vector lower01 = _mm512_shuffle_i32x4(row2, row3, 0x44), lower23 = _mm512_shuffle_i32x4(row2, row3, 0xee);

	out[0] = _mm512_shuffle_i32x4(upper01, lower01, 0x88);
	out[1] = _mm512_shuffle_i32x4(upper01, lower01, 0xdd);
	out[2] = _mm512_shuffle_i32x4(upper23, lower23, 0x88);
	out[3] = _mm512_shuffle_i32x4(upper23, lower23, 0xdd);
}

/* --- a message -------------------------------------------------------------------------------------------------- */

/* Xor as far as `n` blocks of stream or the data go. */
STEP void xor_blocks(uint8_t *data, size_t len, const vector *stream, size_t n)
{
	for (size_t i = 0; i < n && i * KEYSTREAM_BLOCK < len; i++) {
		uint8_t *at = data + i * KEYSTREAM_BLOCK;
		size_t left = len - i * KEYSTREAM_BLOCK;
		__mmask64 bytes = left < KEYSTREAM_BLOCK ? (UINT64_C(1) << left) - 1 : UINT64_MAX;

		_mm512_mask_storeu_epi8(at, bytes, _mm512_xor_si512(stream[i], _mm512_maskz_loadu_epi8(bytes, at)));
	}
}

WITH_VECTORS static void xor_wide(uint8_t *data, size_t len, const struct state *s)
{
	vector stream[WIDE];

	wide_blocks(stream, s);
	xor_blocks(data, len, stream, WIDE);
}

STEP void xor_narrow(uint8_t *data, size_t len, const struct state *s, size_t groups)
{
	struct diagonals start[2], x[2];
	vector stream[2 * LANES];

	for (size_t g = 0; g < groups; g++)
		x[g] = start[g] = narrow_start(s, s->block + g * LANES);
	for (int i = 0; i < DOUBLE_ROUNDS; i++)
		for (size_t g = 0; g < groups; g++) {
			narrow_round(&x[g]);
			narrow_round(&x[g]);
		}
	for (size_t g = 0; g < groups; g++)
		narrow_finish(stream + g * LANES, &x[g], &start[g]);
	xor_blocks(data, len, stream, groups * LANES);
}

/* Up to four, eight or sixteen blocks. */
WITH_VECTORS static void xor_some(uint8_t *data, size_t len, const struct state *s)
{
	if (len <= LANES * KEYSTREAM_BLOCK)
		xor_narrow(data, len, s, 1);
	else if (len <= 2 * LANES * KEYSTREAM_BLOCK)
		xor_narrow(data, len, s, 2);
	else
		xor_wide(data, len, s);
}

WITH_VECTORS static void state_set(struct state *s, uint64_t block, const uint8_t *nonce, const uint8_t *key)
{
	static const char sigma[] = "expand 32-byte k";
	const vector order = _mm512_setr_epi32(12, 0, 1, 2, 3, 13, 8, 9, 10, 11, 14, 4, 5, 6, 7, 15);
	vector words = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)key));

	words = _mm512_inserti32x4(words, _mm_loadl_epi64((const __m128i *)nonce), 2);
	words = _mm512_inserti32x4(words, _mm_loadu_si128((const __m128i *)sigma), 3);
	s->words = _mm512_permutexvar_epi32(order, words);
	s->block = block;
}

WITH_VECTORS static void avx512_xor(uint8_t *data, size_t len, uint64_t block,
				    const uint8_t nonce[static KEYSTREAM_NONCE_BYTES],
				    const uint8_t key[static KEYSTREAM_KEY_BYTES])
{
	const size_t pass = WIDE * KEYSTREAM_BLOCK;
	struct state s;

	state_set(&s, block, nonce, key);
	for (; len > pass; len -= pass, data += pass, s.block += WIDE)
		xor_wide(data, pass, &s);
	xor_some(data, len, &s);
	secret_wipe(&s, sizeof s);
}

/* Whether the system saves these registers. */
static bool registers_kept(void)
{
	const unsigned all = 0xe6; /* XMM, YMM, mask registers and both parts of ZMM */
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return false;
	__asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return (a & all) == all;
}

/* Only with IFMA, which we do not use: CPUs that have AVX-512 without it lower their clock for its sake. The CPU itself
 * is asked, because not every compiler links what __builtin_cpu_supports needs. */
static bool avx512_usable(void)
{
	const unsigned wanted = bit_AVX512F | bit_AVX512BW | bit_AVX512IFMA;
	unsigned a, b, c, d;

	return registers_kept() && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & wanted) == wanted;
}

const struct keystream keystream_avx512 = {"AVX-512", avx512_usable, avx512_xor};

#else

static bool avx512_usable(void)
{
	return false;
}

const struct keystream keystream_avx512 = {"AVX-512", avx512_usable, NULL};

#endif
