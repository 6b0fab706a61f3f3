/* SPDX-License-Identifier: MIT
 * All remotes, found by key, by address and by /64. Where two keys share an address the older entry is found, so a
 * newcomer cannot take over a prefix in use.
 * Threads: find under either side of the core's gate, everything else under its write side. */
#ifndef EVERLEAF_TABLE_H
#define EVERLEAF_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "port.h"
#include "remote.h"

#define TABLE_MAX 65536 /* remotes */
#define TABLE_SEED_BYTES 16

struct table {
	struct remote **buckets; /* REMOTE_INDEXES maps of `size` chains, one after the other */
	size_t size;             /* power of two */
	size_t count;
	uint8_t seed[TABLE_SEED_BYTES]; /* others choose the keys, so the hash is keyed */
};

MUST_CHECK int table_init(struct table *t);
void table_destroy(struct table *t); /* wipes every remote; a zeroed table is harmless */

/* `id`: 32, 16 or 8 bytes, by index. NULL when not there. */
struct remote *table_find(const struct table *t, enum remote_index index, const uint8_t *id);

/* Find by key or make. -ENOSPC when the table is full. */
MUST_CHECK int table_need(struct remote **out, struct table *t, const uint8_t key[static KEY_BYTES]);

/* Forget a remote that has neither path nor keys; others stay. */
void table_release(struct table *t, struct remote *r);

/* Every remote once, of equal /64s the oldest first: start with NULL and *chain 0. */
struct remote *table_next(const struct table *t, size_t *chain, const struct remote *r);

#endif
