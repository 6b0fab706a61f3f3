/* SPDX-License-Identifier: MIT
 * Read, judge, seal in place, send in bursts. The buffers a burst was read into are kept for the next one, except those
 * a link's queue took over. */
#include "sender.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aead.h"
#include "ipv6.h"
#include "state.h"
#include "thread.h"
#include "transit.h"

#define REJECTS_RATE 16.0 /* a second; control answers fewer, and the rest is only counted */
#define REJECTS_BURST 32.0

LAYOUT_FACT(TUN_HEAD_MAX <= SENDER_HEADROOM + 1); /* and what frames a packet there */

/* --- sealing ---------------------------------------------------------------------------------------------------- */

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
static void dispatch(struct sender *s, struct link *to, struct remote *r, struct packet *p)
{
	struct outgoing out;

	if (!seal(&out, s->core, r, p)) {
		count(&s->core->counters, COUNT_dropped_too_long);
		return;
	}
	atomic_fetch_add_explicit(&r->sent, p->len, memory_order_relaxed);
	batch_add(&s->batch, to, &out);
}

/* --- packets of the host ---------------------------------------------------------------------------------------- */

static void set_aside(struct core *c, const uint8_t *packet, size_t len)
{
	struct core_event e = {.kind = CORE_PACKET};

	if (ring_put_copy(c->ring, &e, packet, len) == 0)
		count(&c->counters, COUNT_packets_set_aside);
}

/* Whether a packet of the host may enter the mesh; if not, why is counted, and control tells the host. */
static bool may_enter(struct sender *s, double now, const uint8_t *packet, size_t len)
{
	struct core *c = s->core;
	const uint8_t *dest = packet + IPV6_DEST;
	enum counter why;

	if (!ipv6_packet(packet, len))
		why = COUNT_dropped_not_ipv6;
	else if (!address_owns(&c->address, packet + IPV6_SOURCE))
		why = COUNT_dropped_foreign_source;
	else if (dest[0] != ADDRESS_NODE && dest[0] != ADDRESS_SUBNET)
		why = COUNT_dropped_outside_mesh;
	else if (address_owns(&c->address, dest)) /* would come back to us for ever */
		why = COUNT_dropped_own_prefix;
	else
		return true;
	count(&c->counters, why);
	if (why != COUNT_dropped_not_ipv6 && limiter_take(&s->rejects, now))
		set_aside(c, packet, len);
	return false;
}

/* `p` holds one packet, with room for the message type in front. */
static void send_packet(struct sender *s, double now, struct packet *p)
{
	struct core *c = s->core;
	const uint8_t *dest = p->data + IPV6_DEST;
	struct link *to = NULL;
	struct remote *r;

	if (!may_enter(s, now, p->data, p->len))
		return;
	r = table_find(&c->remotes, dest[0] == ADDRESS_NODE ? REMOTE_BY_NODE : REMOTE_BY_SUBNET, dest);
	if (r && remote_has_keys(r) && remote_has_path(r))
		to = next_hop(c, r);
	if (!to) {
		set_aside(c, p->data, p->len);
		return;
	}
	*--p->data = MESSAGE_IPV6;
	p->len++;
	dispatch(s, to, r, p);
}

/* An empty buffer in slot `i`, made or used again. */
static struct packet *buffer(struct sender *s, size_t i)
{
	struct packet *p = s->buffers[i];

	if (!p)
		p = s->buffers[i] = packet_new(SENDER_HEADROOM + 1, SENDER_PACKET_MAX + 1);
	if (p)
		p->data = p->bytes + SENDER_HEADROOM + 1;
	return p;
}

/* The next packet of the host, in the buffer of the next frame: its length, or as tun_read says. */
static ssize_t next_packet(struct sender *s, double now)
{
	size_t i = s->batch.n;
	struct packet *p = buffer(s, i);

	if (!p)
		return -ENOMEM;
	if (!segments_left(&s->cut)) {
		ssize_t len = tun_read(&s->cut, s->core, now, p->data, SENDER_PACKET_MAX);

		if (len <= 0 || !segments_left(&s->cut)) {
			p->len = len < 0 ? 0 : (size_t)len;
			return len;
		}
		s->buffers[i] = s->super; /* the other one may be used by now */
		s->super = p;
		p = buffer(s, i);
		if (!p)
			return -ENOMEM;
	}
	p->len = segments_next(p->data, &s->cut);
	return (ssize_t)p->len;
}

/* Frame i of the batch always lies in buffer i, because buffers whose packet went nowhere are read into again. True when
 * the device was not read to its end: not every poller tells of the rest again. */
static bool send_packets(struct sender *s, double now)
{
	size_t bytes = 0, packets = 0, n;
	ssize_t len = 0;

	while (s->batch.n < SENDER_BURST && bytes < SENDER_BURST_BYTES && packets < 2 * SENDER_BURST) {
		len = next_packet(s, now);
		if (len < 0)
			break;
		bytes += (size_t)len;
		packets++;
		if (len)
			send_packet(s, now, s->buffers[s->batch.n]);
	}
	n = s->batch.n;
	batch_send(&s->batch, now);
	for (size_t i = 0; i < n; i++)
		s->buffers[i] = s->batch.frames[i].packet;
	count_many(&s->core->counters, COUNT_packets_read, packets);
	return len != -EAGAIN;
}

/* --- messages of control ---------------------------------------------------------------------------------------- */

void sender_message(struct sender *s, const uint8_t key[static KEY_BYTES], const uint8_t *message, size_t len)
{
	struct packet *p = len <= FRAME_MAX ? packet_new(SENDER_HEADROOM, len) : NULL;
	bool waits = false;

	if (!p) {
		count(&s->core->counters, len <= FRAME_MAX ? COUNT_dropped_no_memory : COUNT_dropped_too_long);
		return;
	}
	if (len)
		memcpy(p->data, message, len);
	p->len = len;
	pthread_mutex_lock(&s->mutex);
	if (s->waiting < SENDER_BACKLOG) {
		struct sender_message *m = &s->backlog[(s->first + s->waiting++) % SENDER_BACKLOG];

		memcpy(m->key, key, KEY_BYTES);
		m->packet = p;
		waits = true;
	}
	pthread_mutex_unlock(&s->mutex);
	if (waits) {
		poller_wake(s->poller);
		return;
	}
	packet_free(p);
	count(&s->core->counters, COUNT_dropped_seal_backlog);
}

static bool take_message(struct sender_message *out, struct sender *s)
{
	bool taken = false;

	pthread_mutex_lock(&s->mutex);
	if (s->waiting) {
		*out = s->backlog[s->first];
		s->first = (s->first + 1) % SENDER_BACKLOG;
		s->waiting--;
		taken = true;
	}
	pthread_mutex_unlock(&s->mutex);
	return taken;
}

/* Owns the packet. */
static void send_message(struct sender *s, struct sender_message *m)
{
	struct core *c = s->core;
	struct remote *r = table_find(&c->remotes, REMOTE_BY_KEY, m->key);
	struct link *to = NULL;
	size_t before = s->batch.n;

	if (!r || !remote_has_keys(r)) {
		count(&c->counters, COUNT_dropped_seal_no_keys);
	} else if (!remote_has_path(r)) {
		count(&c->counters, COUNT_dropped_seal_no_path);
	} else if (!(to = next_hop(c, r))) {
		count(&c->counters, COUNT_dropped_no_hop);
		transit_dead_end(c, c->identity.public, r->key, c->route->from, c->route->from_len);
	} else {
		dispatch(s, to, r, m->packet);
	}
	if (s->batch.n == before)
		packet_free(m->packet);
}

/* True when a whole batch went out, so that more may wait. */
static bool send_messages(struct sender *s, double now)
{
	struct sender_message m;
	size_t n;

	while (!batch_full(&s->batch) && take_message(&m, s))
		send_message(s, &m);
	n = s->batch.n;
	batch_send(&s->batch, now);
	for (size_t i = 0; i < n; i++)
		packet_free(s->batch.frames[i].packet);
	return n == BATCH_FRAMES;
}

/* --- the thread ------------------------------------------------------------------------------------------------- */

static void *run(void *argument)
{
	struct sender *s = argument;
	struct poller_event events[POLLER_BATCH];
	bool more = false;

	while (!s->core->stopping) {
		poller_wait(events, s->poller, more ? 0 : -1);
		gate_read(&s->core->gate);
		more = send_messages(s, port_now());
		more = send_packets(s, port_now()) || more;
		gate_leave(&s->core->gate);
	}
	return NULL;
}

int sender_start(struct sender *s, struct core *c)
{
	int err;

	s->core = c;
	err = poller_new(&s->poller);
	if (err)
		return err;
	err = -pthread_mutex_init(&s->mutex, NULL);
	if (!err)
		err = limiter_init(&s->rejects, REJECTS_RATE, REJECTS_BURST);
	if (!err)
		err = thread_start(&s->thread, run, s);
	s->running = !err;
	return err;
}

void sender_stop(struct sender *s)
{
	struct sender_message m;

	if (!s->poller)
		return;
	if (s->running) {
		poller_wake(s->poller);
		pthread_join(s->thread, NULL);
		while (take_message(&m, s))
			packet_free(m.packet);
		limiter_destroy(&s->rejects);
		pthread_mutex_destroy(&s->mutex);
	}
	s->running = false;
	for (size_t i = 0; i < SENDER_BURST; i++)
		packet_free(s->buffers[i]);
	memset(s->buffers, 0, sizeof s->buffers);
	packet_free(s->super);
	s->super = NULL;
	poller_free(s->poller);
	s->poller = NULL;
}
