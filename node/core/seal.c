/* SPDX-License-Identifier: MIT
 * One message after the other, in place: nothing is copied but keys and heads. */
#include "seal.h"

#include <string.h>

#include "aead.h"
#include "ipv6.h"
#include "state.h"
#include "transit.h"

/* The link toward `r`, by the present route. NULL when there is none. */
static struct link *next_hop(struct core *c, struct remote *r)
{
	struct remote_hop *hop = &r->hop;

	if (hop->generation != c->generation) {
		*hop = (struct remote_hop){.generation = c->generation, .watermark = UINT64_MAX};
		if (!route_next_hop(&hop->link, &hop->watermark, c->route, r->ports, r->nports))
			hop->link = 0;
	}
	return hop->link ? links_find(&c->links, hop->link) : NULL;
}

/* Put keys, box and heads around the message in `p`. False when the frame became longer than the network allows. */
static bool seal(struct outgoing *out, struct core *c, struct remote *r, struct packet *p)
{
	struct traffic_head head = {
		.path = r->path,
		.path_len = r->path_len,
		.from = c->route->from,
		.from_len = c->route->from_len,
		.source = c->identity.public,
		.dest = r->key,
		.watermark = r->hop.watermark,
	};
	const uint8_t *end = p->data + p->len;
	uint8_t *box = p->data - SEALED_BOX_MIN;
	uint8_t *frame;
	uint64_t nonce = ++r->nonce;

	memcpy(box + BOX_TAG_BYTES, r->keys.next_public, KEY_BYTES);
	aead_seal(box, KEY_BYTES + p->len, nonce, &r->keys.send);
	frame = traffic_put_head(sealed_put_head(box, r->keys.local_seq, r->keys.remote_seq, nonce), &head);
	if (end - frame > FRAME_MAX)
		return false;
	frame = frame_put_prefix(frame, (size_t)(end - frame));
	*out = (struct outgoing){frame, (size_t)(end - frame), c->identity.public, r->key, p};
	return true;
}

/* Seal the message in `p` and put it into the batch; `r` has keys, a path and this hop. */
static void dispatch(struct batch *b, struct core *c, struct link *to, struct remote *r, struct packet *p)
{
	struct outgoing out;

	if (!seal(&out, c, r, p)) {
		count(&c->counters, COUNT_dropped_too_long);
		return;
	}
	atomic_fetch_add_explicit(&r->sent, p->len, memory_order_relaxed);
	batch_add(b, to, &out);
}

void seal_set_aside(struct core *c, const struct packet *p)
{
	struct core_event e = {.kind = CORE_PACKET};

	if (ring_put_copy(c->ring, &e, p->data, p->len) == 0)
		count(&c->counters, COUNT_packets_set_aside);
}

void seal_packet(struct batch *b, struct core *c, struct remote *r, struct packet *p)
{
	struct link *to = r && remote_has_keys(r) && remote_has_path(r) ? next_hop(c, r) : NULL;

	if (!to) {
		seal_set_aside(c, p);
		return;
	}
	*--p->data = MESSAGE_IPV6;
	p->len++;
	dispatch(b, c, to, r, p);
}

static void seal_message(struct batch *b, struct core *c, struct remote *r, struct packet *p)
{
	struct link *to;

	if (!r || !remote_has_keys(r)) {
		count(&c->counters, COUNT_dropped_seal_no_keys);
	} else if (!remote_has_path(r)) {
		count(&c->counters, COUNT_dropped_seal_no_path);
	} else if (!(to = next_hop(c, r))) {
		count(&c->counters, COUNT_dropped_no_hop);
		transit_dead_end(c, c->identity.public, r->key, c->route->from, c->route->from_len);
	} else {
		dispatch(b, c, to, r, p);
	}
}

void seal_unsealed(struct batch *b, struct core *c, const struct unsealed *u)
{
	struct remote *r = table_find(&c->remotes, REMOTE_BY_KEY, u->key);

	if (u->message)
		seal_message(b, c, r, u->packet);
	else
		seal_packet(b, c, r, u->packet);
}
