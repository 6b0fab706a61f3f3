/* SPDX-License-Identifier: MIT
 * Three chained hash maps over the same entries. */
#include "table.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_START 64 /* chains per map */

LAYOUT_FACT(TABLE_SEED_BYTES == crypto_shorthash_KEYBYTES);

static const size_t id_bytes[REMOTE_INDEXES] = {KEY_BYTES, ADDRESS_BYTES, SUBNET_BYTES};

static const uint8_t *id_of(const struct remote *r, enum remote_index index)
{
	switch (index) {
	case REMOTE_BY_NODE:
		return r->address.node;
	case REMOTE_BY_SUBNET:
		return r->address.subnet;
	default:
		return r->key;
	}
}

static struct remote **chain_of(const struct table *t, enum remote_index index, const uint8_t *id)
{
	uint8_t hash[crypto_shorthash_BYTES];

	crypto_shorthash(hash, id, id_bytes[index], t->seed);
	return &t->buckets[index * t->size + (load_be64(hash) & (t->size - 1))];
}

/* At the end of its chains: the oldest of equals is found first. */
static void link_in(struct table *t, struct remote *r)
{
	for (unsigned i = 0; i < REMOTE_INDEXES; i++) {
		struct remote **at = chain_of(t, i, id_of(r, i));

		while (*at)
			at = &(*at)->next[i];
		r->next[i] = NULL;
		*at = r;
	}
}

static void link_out(struct table *t, struct remote *r)
{
	for (unsigned i = 0; i < REMOTE_INDEXES; i++) {
		struct remote **at = chain_of(t, i, id_of(r, i));

		while (*at != r)
			at = &(*at)->next[i];
		*at = r->next[i];
	}
}

/* Move every entry into maps of twice the size. Equals keep their order: they are neighbours in the chains that
 * table_next follows. Without memory the old, slower maps stay. */
static void grow(struct table *t)
{
	struct table bigger = *t;
	struct remote *r, *next;
	size_t chain = 0;

	bigger.size = t->size * 2;
	bigger.buckets = calloc(REMOTE_INDEXES * bigger.size, sizeof(struct remote *));
	if (!bigger.buckets)
		return;
	for (r = table_next(t, &chain, NULL); r; r = next) {
		next = table_next(t, &chain, r);
		link_in(&bigger, r);
	}
	free(t->buckets);
	*t = bigger;
}

int table_init(struct table *t)
{
	*t = (struct table){.size = TABLE_START};
	random_fill(t->seed, sizeof t->seed);
	t->buckets = calloc(REMOTE_INDEXES * t->size, sizeof(struct remote *));
	return t->buckets ? 0 : -ENOMEM;
}

void table_destroy(struct table *t)
{
	struct remote *r = NULL, *next;
	size_t chain = 0;

	if (!t->buckets)
		return;
	for (r = table_next(t, &chain, NULL); r; r = next) {
		next = table_next(t, &chain, r);
		remote_free(r);
	}
	free(t->buckets);
	*t = (struct table){0};
}

struct remote *table_find(const struct table *t, enum remote_index index, const uint8_t *id)
{
	struct remote *r = *chain_of(t, index, id);

	while (r && memcmp(id_of(r, index), id, id_bytes[index]) != 0)
		r = r->next[index];
	return r;
}

int table_need(struct remote **out, struct table *t, const uint8_t key[static KEY_BYTES])
{
	*out = table_find(t, REMOTE_BY_KEY, key);
	if (*out)
		return 0;
	if (t->count >= TABLE_MAX)
		return -ENOSPC;
	*out = remote_new(key);
	if (!*out)
		return -ENOMEM;
	if (t->count >= t->size)
		grow(t);
	link_in(t, *out);
	t->count++;
	return 0;
}

void table_release(struct table *t, struct remote *r)
{
	if (remote_has_path(r) || remote_has_keys(r))
		return;
	link_out(t, r);
	t->count--;
	remote_free(r);
}

struct remote *table_next(const struct table *t, size_t *chain, const struct remote *r)
{
	if (r && r->next[REMOTE_BY_SUBNET])
		return r->next[REMOTE_BY_SUBNET];
	while (*chain < t->size) {
		struct remote *first = t->buckets[REMOTE_BY_SUBNET * t->size + (*chain)++];

		if (first)
			return first;
	}
	return NULL;
}
