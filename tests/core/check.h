/* SPDX-License-Identifier: MIT
 * The smallest harness: a failed CHECK says where and ends the program; a program that ends well has passed. */
#ifndef EVERLEAF_CHECK_H
#define EVERLEAF_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(what)                                                                                                    \
	do {                                                                                                           \
		if (!(what)) {                                                                                         \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                             \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

/* xorshift64*: the same numbers in every run. */
static uint64_t check_seed = UINT64_C(0x9e3779b97f4a7c15);

static inline uint64_t check_random(void)
{
	check_seed ^= check_seed >> 12;
	check_seed ^= check_seed << 25;
	check_seed ^= check_seed >> 27;
	return check_seed * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint64_t check_below(uint64_t limit)
{
	return check_random() % limit;
}

static inline void check_fill(uint8_t *out, size_t len)
{
	while (len--)
		*out++ = (uint8_t)(check_random() >> 32);
}

/* A copy of exactly `len` bytes on the heap, so that the sanitizer sees every step too far. */
static inline uint8_t *check_copy(const void *from, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	CHECK(copy);
	if (len)
		memcpy(copy, from, len);
	return copy;
}

#endif
