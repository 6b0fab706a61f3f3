/* SPDX-License-Identifier: MIT
 * Find the key pair, open, refuse replays, then judge what was inside. */
#include "deliver.h"

#include <string.h>

#include "aead.h"
#include "frame.h"
#include "ipv6.h"
#include "state.h"

#define HANDSHAKE_BYTES 193 /* of an init or ack */
#define SEALED_BYTES_MIN 52 /* anything shorter is not even worth an answer */
#define REFUSED_EVERY 1.0   /* seconds, per remote */
#define TOO_BIG_BYTES 512   /* of a packet that an ICMPv6 error quotes */

/* A set-aside event about `key`; when it is refused, the ring counts that. */
static void set_aside(struct core *c, enum core_event_kind kind, const uint8_t *key, const uint8_t *data, size_t len)
{
	struct core_event e = {.kind = kind};

	memcpy(e.key, key, KEY_BYTES);
	(void)!ring_put_copy(c->ring, &e, data, len);
}

/* --- what does not open ----------------------------------------------------------------------------------------- */

static bool may_report(struct core *c, struct remote *r, double now)
{
	bool may;

	if (!r)
		return limiter_take(&c->refusals, now);
	pthread_mutex_lock(&r->mutex);
	may = now - r->refused_at >= REFUSED_EVERY;
	if (may)
		r->refused_at = now;
	pthread_mutex_unlock(&r->mutex);
	return may;
}

static void refuse(struct core *c, struct remote *r, double now, const uint8_t *source)
{
	count(&c->counters, COUNT_dropped_refused);
	if (may_report(c, r, now))
		set_aside(c, CORE_REFUSED, source, NULL, 0);
}

/* --- what does -------------------------------------------------------------------------------------------------- */

/* A packet that remote `r` sent us. */
static void deliver_packet(struct worker *w, const struct remote *r, uint8_t *packet, size_t len)
{
	struct core *c = w->core;
	enum counter why;

	if (!ipv6_packet(packet, len)) {
		why = COUNT_dropped_inner_not_ipv6;
	} else if (!address_owns(&c->address, packet + IPV6_DEST)) {
		why = COUNT_dropped_inner_dest;
	} else if (!address_owns(&r->address, packet + IPV6_SOURCE)) {
		why = COUNT_dropped_inner_source;
	} else if (c->tun.carrier && len > c->tun.mtu) {
		set_aside(c, CORE_TOO_BIG, r->key, packet, len < TOO_BIG_BYTES ? len : TOO_BIG_BYTES);
		why = COUNT_dropped_too_big;
	} else {
		tun_write_soon(c, &w->to_host, packet, len);
		return;
	}
	count(&c->counters, why);
}

static void deliver_message(struct worker *w, struct remote *r, uint8_t *message, size_t len)
{
	struct core *c = w->core;

	atomic_fetch_add_explicit(&r->received, len, memory_order_relaxed);
	count(&c->counters, COUNT_messages_opened);
	if (len == 0)
		count(&c->counters, COUNT_dropped_empty_message);
	else if (message[0] == MESSAGE_IPV6)
		deliver_packet(w, r, message + 1, len - 1);
	else
		set_aside(c, CORE_MESSAGE, r->key, message, len);
}

/* Once per installed row that asks for it: the peer uses this pair, and this is its next key. */
static bool report_move(struct core *c, const struct remote *r, const struct remote_row *row, const uint8_t *next)
{
	struct core_event e = {
		.kind = CORE_MOVED,
		.remote_seq = row->remote_seq,
		.local_seq = row->local_seq,
	};

	memcpy(e.key, r->key, KEY_BYTES);
	return ring_put_copy(c->ring, &e, next, KEY_BYTES) == 0;
}

/* Whether the authenticated packet is new. */
static bool is_fresh(struct core *c, struct remote *r, struct remote_row *row, uint64_t nonce, const uint8_t *next)
{
	bool fresh;

	pthread_mutex_lock(&r->mutex);
	fresh = replay_accept(&row->window, nonce);
	if (fresh && row->report)
		row->report = !report_move(c, r, row, next);
	pthread_mutex_unlock(&r->mutex);
	return fresh;
}

static void deliver_sealed(struct worker *w, double now, const uint8_t *source, uint8_t *payload, size_t len)
{
	struct core *c = w->core;
	struct remote *r = table_find(&c->remotes, REMOTE_BY_KEY, source);
	struct remote_row *row = NULL;
	struct sealed s;
	uint8_t *box, *plain;

	if (len < SEALED_BYTES_MIN || sealed_parse(&s, payload, len)) {
		count(&c->counters, COUNT_dropped_payload_size);
		return;
	}
	box = payload + s.box;
	plain = box + BOX_TAG_BYTES;
	if (r)
		row = remote_row(r, s.local_seq, s.remote_seq); /* the sender's view, turned round */
	if (!row || !aead_open(box, len - s.box - BOX_TAG_BYTES, s.nonce, &row->key)) {
		refuse(c, r, now, source);
		return;
	}
	if (is_fresh(c, r, row, s.nonce, plain))
		deliver_message(w, r, plain + KEY_BYTES, len - s.box - SEALED_BOX_MIN);
	else
		count(&c->counters, COUNT_dropped_replay);
}

void deliver_payload(struct worker *w, double now, const uint8_t source[static KEY_BYTES], uint8_t *payload, size_t len)
{
	struct core *c = w->core;

	switch (len ? payload[0] : PAYLOAD_DUMMY) {
	case PAYLOAD_INIT:
	case PAYLOAD_ACK:
		if (len == HANDSHAKE_BYTES)
			set_aside(c, CORE_TRAFFIC, source, payload, len);
		else
			count(&c->counters, COUNT_dropped_payload_size);
		break;
	case PAYLOAD_SEALED:
		deliver_sealed(w, now, source, payload, len);
		break;
	default:
		count(&c->counters, COUNT_dropped_payload_kind);
	}
}
