/* SPDX-License-Identifier: MIT
 * The fair queue of one link. Not locked.
 *
 * Packets hang in two lists: all of them by age, and those of one flow by age. A flow is a source below a destination;
 * both are the same struct, found through one hash table and ranked by bytes in a heap: destinations in the queue's,
 * sources in their destination's. The hash is keyed, because the 64 bytes it sees are an outsider's to choose. */
#include "queue.h"

#include <sodium.h>
#include <stdlib.h>

#include "heap.h"

#define BUCKETS 512 /* power of two; a few thousand smallest packets fit the usual limit */
#define SPARES_MAX 32

LAYOUT_FACT((BUCKETS & (BUCKETS - 1)) == 0);

struct queue_flow {
	struct heap_node rank;     /* weight: bytes waiting */
	struct queue_flow *parent; /* a source's destination; NULL in a destination */
	struct queue_flow *chain;  /* next in the bucket, or next spare */
	size_t bucket;
	uint8_t key[KEY_BYTES];
	struct heap sources;          /* of a destination */
	struct packet *first, *last; /* of a source */
};

struct queue {
	struct queue_limits limits;
	struct packet *oldest, *newest;
	size_t bytes;
	uint64_t dropped;
	struct heap dests;
	uint8_t hash_key[crypto_shorthash_KEYBYTES];
	struct queue_flow *buckets[BUCKETS];
	struct queue_flow *spares; /* so that a queue that keeps running empty does not allocate */
	size_t nspares;
};

/* rank is first, so a heap's node is its flow */
LAYOUT_FACT(offsetof(struct queue_flow, rank) == 0);

static struct queue_flow *flow_of(struct heap_node *rank)
{
	return (struct queue_flow *)rank;
}

/* --- packets ---------------------------------------------------------------------------------------------------- */

struct packet *packet_new(size_t headroom, size_t size)
{
	struct packet *p;

	if (headroom > SIZE_MAX / 4 || size > SIZE_MAX / 4)
		return NULL;
	p = malloc(sizeof *p + headroom + size);
	if (!p)
		return NULL;
	*p = (struct packet){.room = headroom + size};
	p->data = p->bytes + headroom;
	return p;
}

void packet_free(struct packet *p)
{
	free(p);
}

/* --- flows ------------------------------------------------------------------------------------------------------ */

static size_t bucket_of(const struct queue *q, const struct queue_flow *parent, const uint8_t *key)
{
	uint8_t hash[crypto_shorthash_BYTES], text[KEY_BYTES + sizeof parent];

	memcpy(text, key, KEY_BYTES);
	memcpy(text + KEY_BYTES, &parent, sizeof parent);
	crypto_shorthash(hash, text, sizeof text, q->hash_key);
	return (size_t)load_be64(hash) & (BUCKETS - 1);
}

static struct heap *ranking(struct queue *q, struct queue_flow *parent)
{
	return parent ? &parent->sources : &q->dests;
}

static void spare(struct queue *q, struct queue_flow *f)
{
	if (q->nspares == SPARES_MAX) {
		heap_clear(&f->sources);
		free(f);
		return;
	}
	f->chain = q->spares;
	q->spares = f;
	q->nspares++;
}

/* A spare or new flow; its heap may keep slots from its last life. */
static struct queue_flow *flow_blank(struct queue *q)
{
	struct queue_flow *f = q->spares;

	if (!f)
		return calloc(1, sizeof *f);
	q->spares = f->chain;
	q->nspares--;
	*f = (struct queue_flow){.sources = f->sources};
	return f;
}

static struct queue_flow *flow_add(struct queue *q, struct queue_flow *parent, const uint8_t *key, size_t bucket)
{
	struct queue_flow *f = flow_blank(q);

	if (!f)
		return NULL;
	f->parent = parent;
	f->bucket = bucket;
	memcpy(f->key, key, KEY_BYTES);
	if (heap_add(ranking(q, parent), &f->rank)) {
		spare(q, f);
		return NULL;
	}
	f->chain = q->buckets[bucket];
	q->buckets[bucket] = f;
	return f;
}

/* Found or made; NULL when out of memory. */
static struct queue_flow *flow_get(struct queue *q, struct queue_flow *parent, const uint8_t *key)
{
	size_t bucket = bucket_of(q, parent, key);
	struct queue_flow *f = q->buckets[bucket];

	while (f && (f->parent != parent || memcmp(f->key, key, KEY_BYTES) != 0))
		f = f->chain;
	return f ? f : flow_add(q, parent, key, bucket);
}

static void flow_remove(struct queue *q, struct queue_flow *f)
{
	struct queue_flow **link = &q->buckets[f->bucket];

	while (*link != f)
		link = &(*link)->chain;
	*link = f->chain;
	heap_remove(ranking(q, f->parent), &f->rank);
	spare(q, f);
}

/* A flow and its destination gain or lose bytes; empty ones go. */
static void flow_weigh(struct queue *q, struct queue_flow *f, size_t gained, size_t lost)
{
	while (f) {
		struct queue_flow *parent = f->parent;

		f->rank.weight = f->rank.weight + gained - lost;
		if (f->first || f->sources.count)
			heap_changed(ranking(q, parent), &f->rank);
		else
			flow_remove(q, f);
		f = parent;
	}
}

/* --- the queue -------------------------------------------------------------------------------------------------- */

int queue_new(struct queue **out, const struct queue_limits *limits)
{
	struct queue *q = calloc(1, sizeof *q);

	if (!q)
		return -ENOMEM;
	q->limits = *limits;
	crypto_shorthash_keygen(q->hash_key);
	*out = q;
	return 0;
}

void queue_free(struct queue *q)
{
	struct packet *p;

	if (!q)
		return;
	while ((p = queue_take(q)))
		packet_free(p);
	while (q->spares) {
		struct queue_flow *f = q->spares;

		q->spares = f->chain;
		heap_clear(&f->sources);
		free(f);
	}
	heap_clear(&q->dests);
	free(q);
}

/* Take out the first packet of a flow: only ever that one, both when sending and when dropping. */
static struct packet *detach(struct queue *q, struct queue_flow *f)
{
	struct packet *p = f->first;

	f->first = p->behind;
	if (p->older)
		p->older->newer = p->newer;
	else
		q->oldest = p->newer;
	if (p->newer)
		p->newer->older = p->older;
	else
		q->newest = p->older;
	q->bytes -= p->len;
	flow_weigh(q, f, 0, p->len);
	return p;
}

static void append(struct queue *q, struct queue_flow *f, struct packet *p)
{
	p->flow = f;
	p->behind = p->newer = NULL;
	p->older = q->newest;
	if (q->newest)
		q->newest->newer = p;
	else
		q->oldest = p;
	q->newest = p;
	if (f->first)
		f->last->behind = p;
	else
		f->first = p;
	f->last = p;
	q->bytes += p->len;
	flow_weigh(q, f, p->len, 0);
}

static void drop_one(struct queue *q)
{
	struct queue_flow *dest = flow_of(heap_top(&q->dests));

	packet_free(detach(q, flow_of(heap_top(&dest->sources))));
	q->dropped++;
}

void queue_put(struct queue *q, double now, struct packet *p, const uint8_t source[static KEY_BYTES],
	       const uint8_t dest[static KEY_BYTES])
{
	struct queue_flow *parent, *f;

	if (q->oldest && now - q->oldest->since > q->limits.age)
		drop_one(q);
	parent = flow_get(q, NULL, dest);
	f = parent ? flow_get(q, parent, source) : NULL;
	if (!f) {
		if (parent)
			flow_weigh(q, parent, 0, 0); /* it may be new and empty */
		packet_free(p);
		q->dropped++;
		return;
	}
	p->since = now;
	append(q, f, p);
	while (q->bytes > q->limits.bytes)
		drop_one(q);
}

struct packet *queue_take(struct queue *q)
{
	return q->oldest ? detach(q, q->oldest->flow) : NULL;
}

size_t queue_bytes(const struct queue *q)
{
	return q->bytes;
}

uint64_t queue_dropped(const struct queue *q)
{
	return q->dropped;
}
