/* SPDX-License-Identifier: MIT
 * Destination first, then next hop: a packet for us stays here even when its path is stale. */
#include "transit.h"

#include <string.h>

#include "deliver.h"
#include "frame.h"
#include "link.h"
#include "state.h"

void transit_dead_end(struct core *c, const uint8_t *source, const uint8_t *dest, const uint8_t *from, size_t from_len)
{
	struct core_event e = {.kind = CORE_DEAD_END};
	uint8_t data[KEY_BYTES + PATH_BYTES_MAX];

	memcpy(e.key, source, KEY_BYTES);
	memcpy(data, dest, KEY_BYTES);
	memcpy(data + KEY_BYTES, from, from_len);
	(void)!ring_put_copy(c->ring, &e, data, KEY_BYTES + from_len); /* a refusal is the ring's to count */
}

/* Somebody else's traffic. If it claims to be ours it is forged, and control trusts what it hears about our own. */
static void dead_end(struct core *c, double now, const uint8_t *frame, const struct traffic *t)
{
	const uint8_t *source = frame + t->source;

	count(&c->counters, COUNT_traffic_dead_ends);
	if (memcmp(source, c->identity.public, KEY_BYTES) == 0)
		return;
	if (limiter_take(&c->dead_ends, now))
		transit_dead_end(c, source, frame + t->dest, frame + t->from, t->source - t->from);
	else
		count(&c->counters, COUNT_dropped_dead_end_limit);
}

static void forward(struct worker *w, double now, uint8_t *frame, size_t len, const struct traffic *t)
{
	struct core *c = w->core;
	const uint8_t *end = frame + len;
	uint64_t id, watermark = t->watermark;
	struct link *to;
	uint8_t *head, *start;

	if (!route_next_hop(&id, &watermark, c->route, t->ports, t->nports)) {
		dead_end(c, now, frame, t);
		return;
	}
	to = links_find(&c->links, id);
	if (!to) {
		count(&c->counters, COUNT_dropped_hop_gone);
		return;
	}
	head = traffic_lower(frame, t, watermark);
	start = frame_put_prefix(head, (size_t)(end - head));
	batch_add(&w->batch, to,
		  &(struct outgoing){
			  .data = start,
			  .len = (size_t)(end - start),
			  .source = head + t->source,
			  .dest = head + t->dest,
		  });
	count(&c->counters, COUNT_traffic_forwarded);
	if (batch_full(&w->batch))
		batch_send(&w->batch, now);
}

/* One link's offers must not use up what control can do for all. */
static bool may_deliver(struct link *from, double now, const uint8_t *payload, size_t len)
{
	bool offer = len && (payload[0] == PAYLOAD_INIT || payload[0] == PAYLOAD_ACK);

	return !offer || limiter_take(&from->offers, now);
}

int transit_frame(struct worker *w, struct link *from, double now, uint8_t *frame, size_t len)
{
	struct core *c = w->core;
	struct traffic t;
	int err = traffic_parse(&t, frame, len);

	if (err == -E2BIG) {
		count(&c->counters, COUNT_dropped_long_path);
		return 0;
	}
	if (err)
		return err;
	if (!from->trusted) {
		count(&c->counters, COUNT_dropped_untrusted);
		return 0;
	}
	if (memcmp(frame + t.dest, c->identity.public, KEY_BYTES) == 0) {
		count(&c->counters, COUNT_traffic_for_us);
		if (may_deliver(from, now, frame + t.payload, len - t.payload))
			deliver_payload(w, now, frame + t.source, frame + t.payload, len - t.payload);
		else
			count(&c->counters, COUNT_dropped_offer_limit);
	} else {
		forward(w, now, frame, len, &t);
	}
	return 0;
}
