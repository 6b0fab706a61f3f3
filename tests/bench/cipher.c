/* SPDX-License-Identifier: MIT
 * Nanoseconds of this thread's CPU time to seal and to open one message, with each keystream this CPU can, beside
 * libsodium's crypto_secretbox. Prints Markdown. The best of many short runs counts: others on the machine only ever
 * make it slower. */
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "aead.h"

#define RUNS 31
#define RUN_NS 1e6
#define LONGEST 65008

static const size_t lens[] = {64, 256, 1280, 1424, 9008, LONGEST};

static uint8_t box[BOX_TAG_BYTES + LONGEST], sealed[sizeof box];
static struct shared_key key;

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* --- what is measured: something done to a message of `len` bytes ----------------------------------------------- */

typedef void work(size_t len);

static void seal(size_t len)
{
	aead_seal(box, len, 1, &key);
}

static void restore(size_t len)
{
	memcpy(box, sealed, BOX_TAG_BYTES + len);
}

static void restore_and_open(size_t len)
{
	restore(len);
	if (!aead_open(box, len, 1, &key))
		box[0]++;
}

static void libsodium_seal(size_t len)
{
	static const uint8_t nonce[crypto_secretbox_NONCEBYTES];

	crypto_secretbox_easy(box, box + BOX_TAG_BYTES, len, nonce, key.subkey);
}

static double best_ns(work *what, size_t len)
{
	const int count = (int)(RUN_NS / (200 + (double)len / 2));
	double best = INFINITY;

	for (int run = 0; run < RUNS; run++) {
		double start = cpu_ns(), took;

		for (int i = 0; i < count; i++)
			what(len);
		took = (cpu_ns() - start) / count;
		if (took < best)
			best = took;
	}
	return best;
}

/* --- the table --------------------------------------------------------------------------------------------------- */

static double base[ARRAY_LEN(lens)];

static double seal_ns(size_t len)
{
	return best_ns(seal, len);
}

static double open_ns(size_t len)
{
	seal(len);
	memcpy(sealed, box, BOX_TAG_BYTES + len);
	return best_ns(restore_and_open, len) - best_ns(restore, len);
}

static double libsodium_ns(size_t len)
{
	return best_ns(libsodium_seal, len);
}

static void row(const char *what, const char *with, double (*measure)(size_t len))
{
	printf("| %s | %s |", what, with);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		double ns = measure(lens[i]);

		if (base[i] == 0)
			base[i] = ns;
		printf(" %.0f (%.2f) |", ns, base[i] / ns);
	}
	printf("\n");
}

int main(void)
{
	if (crypto_start())
		return 1;
	random_fill(key.subkey, sizeof key.subkey);
	printf("| ns (times as fast) | keystream |");
	for (size_t i = 0; i < ARRAY_LEN(lens); i++)
		printf(" %zu B |", lens[i]);
	printf("\n|---|---|");
	for (size_t i = 0; i < ARRAY_LEN(lens); i++)
		printf("---:|");
	printf("\n");
	row("crypto_secretbox_easy", "libsodium alone", libsodium_ns);
	for (size_t i = 0; i < KEYSTREAMS; i++) {
		if (!keystream_all[i]->usable())
			continue;
		aead_use(keystream_all[i]);
		row("seal", keystream_all[i]->name, seal_ns);
		row("open", keystream_all[i]->name, open_ns);
	}
	return 0;
}
