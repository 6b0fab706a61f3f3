/* SPDX-License-Identifier: MIT
 * Read, judge, seal in place, send in bursts; or hand the bursts over to sealers. The buffers a burst was read into are
 * kept for the next one, except those a link's queue took over; what sealers have sent comes back. */
#include "sender.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipv6.h"
#include "state.h"
#include "thread.h"

#define REJECTS_RATE 16.0 /* a second; control answers fewer, and the rest is only counted */
#define REJECTS_BURST 32.0

LAYOUT_FACT(TUN_HEAD_MAX <= SEAL_HEADROOM + 1); /* and what frames a packet there */

/* --- whose it is ------------------------------------------------------------------------------------------------ */

/* Always the same one for one far node. */
static size_t share_of(const struct sender *s, const uint8_t key[static KEY_BYTES])
{
	return load_be32(key + KEY_BYTES / 2) % s->nshares;
}

/* The device is a worker's. */
static bool lent(const struct sender *s)
{
	return s->core->tun.poller != s->poller;
}

/* Note for whom there is something, and leave it to its sealer if it has one and they are at work. */
static bool leave_to_sealer(struct sender *s, const uint8_t key[static KEY_BYTES], struct packet *p, bool message)
{
	size_t share;

	if (!s->nshares || lent(s))
		return false;
	share = share_of(s, key);
	s->several = s->several || (share != s->last && s->last != s->nshares);
	s->last = share;
	if (!s->spread || share >= s->nsealers)
		return false;
	sealer_stage(&s->sealers[share], key, p, message);
	return true;
}

/* Nothing waits for the sealers any more, and nobody but this thread seals. */
static void settle(struct sender *s)
{
	for (unsigned i = 0; i < s->nsealers; i++)
		sealer_settle(&s->sealers[i]);
	sealer_free_all(s->spares);
	s->spares = NULL;
	s->spread = false;
}

/* Outside the gate, before a round: nothing is staged, and the batch is empty. */
static void make_room(struct sender *s)
{
	if (s->spread && port_now() >= s->spread_until)
		settle(s);
	for (unsigned i = 0; s->spread && i < s->nsealers; i++)
		sealer_ease(&s->sealers[i]);
}

/* Outside the gate, after a round. */
static void hand_over(struct sender *s)
{
	for (unsigned i = 0; s->spread && i < s->nsealers; i++)
		sealer_hand_over(&s->sealers[i], &s->spares);
	s->several = false;
}

/* After a burst, all of it sent, that did not read the device to its end: if it was large, and of more than one share,
 * this is what sealers are for. */
static void judge_burst(struct sender *s, size_t bytes)
{
	if (lent(s) || !s->several || bytes < SENDER_SPREAD_BYTES)
		return;
	s->spread = true;
	s->spread_until = port_now() + SENDER_SPREAD;
}

/* --- packets of the host ---------------------------------------------------------------------------------------- */

/* Whether a packet of the host may enter the mesh; if not, why is counted, and control tells the host. */
static bool may_enter(struct sender *s, double now, const struct packet *p)
{
	struct core *c = s->core;
	const uint8_t *packet = p->data, *dest = packet + IPV6_DEST;
	enum counter why;

	if (!ipv6_packet(packet, p->len))
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
		seal_set_aside(c, p);
	return false;
}

/* `p` holds one packet, with room for the message type in front, and lies in the next slot. */
static void send_packet(struct sender *s, double now, struct packet *p)
{
	struct core *c = s->core;
	const uint8_t *dest = p->data + IPV6_DEST;
	struct remote *r;

	if (!may_enter(s, now, p))
		return;
	r = table_find(&c->remotes, dest[0] == ADDRESS_NODE ? REMOTE_BY_NODE : REMOTE_BY_SUBNET, dest);
	if (r && remote_has_keys(r) && leave_to_sealer(s, r->key, p, false))
		s->buffers[s->batch.n] = NULL;
	else
		seal_packet(&s->batch, c, r, p);
}

/* A buffer that nobody uses. NULL when out of memory. */
static struct packet *fresh(struct sender *s)
{
	struct packet *p = s->spares;

	if (!p)
		return packet_new(SEAL_HEADROOM + 1, SENDER_PACKET_MAX + 1);
	s->spares = p->behind;
	return p;
}

/* An empty buffer in slot `i`, made or used again. */
static struct packet *buffer(struct sender *s, size_t i)
{
	struct packet *p = s->buffers[i];

	if (!p)
		p = s->buffers[i] = fresh(s);
	if (p)
		p->data = p->bytes + SEAL_HEADROOM + 1;
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

/* Note that so many packets left. */
static void hasten(struct sender *s, double now, size_t packets)
{
	if (now > s->hasty_at) {
		s->haste -= (now - s->hasty_at) * SENDER_CALM;
		s->hasty_at = now;
	}
	if (s->haste < 0)
		s->haste = 0;
	s->haste += (double)packets;
	if (s->haste > SENDER_HASTE)
		s->haste = SENDER_HASTE;
}

/* At most `burst` of them. Frame i of the batch always lies in buffer i, because buffers whose packet went nowhere are
 * read into again. True when the device was not read to its end: not every poller tells of the rest again. */
static bool send_packets(struct sender *s, double now, size_t burst)
{
	size_t bytes = 0, packets = 0, n;
	ssize_t len = 0;

	while (s->batch.n < burst && bytes < SENDER_BURST_BYTES && packets < 2 * burst) {
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
	hasten(s, now, packets);
	if (len != -EAGAIN)
		judge_burst(s, bytes);
	return len != -EAGAIN;
}

/* --- messages of control ---------------------------------------------------------------------------------------- */

void sender_message(struct sender *s, const uint8_t key[static KEY_BYTES], const uint8_t *message, size_t len)
{
	struct packet *p = len <= FRAME_MAX ? packet_new(SEAL_HEADROOM, len) : NULL;

	if (!p) {
		count(&s->core->counters, len <= FRAME_MAX ? COUNT_dropped_no_memory : COUNT_dropped_too_long);
		return;
	}
	if (len)
		memcpy(p->data, message, len);
	p->len = len;
	if (backlog_put(&s->backlog, key, p)) {
		poller_wake(s->poller);
		return;
	}
	packet_free(p);
	count(&s->core->counters, COUNT_dropped_seal_backlog);
}

/* Owns the packet. */
static void send_message(struct sender *s, const struct unsealed *m)
{
	size_t before = s->batch.n;

	if (leave_to_sealer(s, m->key, m->packet, true))
		return;
	seal_unsealed(&s->batch, s->core, m);
	if (s->batch.n == before)
		packet_free(m->packet);
}

/* True when so many went out that more may wait. */
static bool send_messages(struct sender *s, double now)
{
	struct unsealed m;
	size_t taken = 0, n;

	for (; taken < SENDER_MESSAGES && backlog_take(&m, &s->backlog); taken++)
		send_message(s, &m);
	n = s->batch.n;
	batch_send(&s->batch, now);
	for (size_t i = 0; i < n; i++)
		packet_free(s->batch.frames[i].packet);
	return taken == SENDER_MESSAGES;
}

/* --- the thread ------------------------------------------------------------------------------------------------- */

/* One, without asking for the next: mostly there is none, and of a device that can be lent every poller tells again. What
 * was not read yet wakes the new reader, too; what was read, but not cut to its end, wakes nobody. */
void sender_borrowed(struct sender *s, double now)
{
	bool more;

	pthread_mutex_lock(&s->turn);
	more = lent(s) && send_packets(s, now, 1) && segments_left(&s->cut) && send_packets(s, now, SENDER_BURST);
	if (lent(s) && (more || s->haste >= SENDER_HASTE)) {
		tun_move(s->core, s->poller);
		poller_wake(s->poller);
	}
	pthread_mutex_unlock(&s->turn);
}

/* True when more may wait. */
static bool serve_device(struct sender *s)
{
	bool more = send_packets(s, port_now(), SENDER_BURST);

	if (!more && !s->spread && s->haste < SENDER_HASTE / 2)
		tun_move(s->core, s->core->workers[0].poller);
	return more;
}

static bool take_turn(struct sender *s)
{
	bool more;

	pthread_mutex_lock(&s->turn);
	more = send_messages(s, port_now());
	if (!lent(s))
		more = serve_device(s) || more;
	pthread_mutex_unlock(&s->turn);
	return more;
}

static void *run(void *argument)
{
	struct sender *s = argument;
	struct poller_event events[POLLER_BATCH];
	bool more = false;

	while (!s->core->stopping) {
		poller_wait(events, s->poller, more ? 0 : -1);
		make_room(s);
		gate_read(&s->core->gate);
		more = take_turn(s);
		gate_leave(&s->core->gate);
		hand_over(s);
	}
	return NULL;
}

static int start_sealers(struct sender *s, unsigned shares)
{
	unsigned sealers = shares == 2 ? 1 : shares;
	int err = 0;

	if (shares < 2)
		return 0;
	for (; !err && s->nsealers < sealers; s->nsealers += !err)
		err = sealer_start(&s->sealers[s->nsealers], s->core);
	s->nshares = shares;
	s->last = shares;
	return err;
}

int sender_start(struct sender *s, struct core *c, unsigned shares)
{
	int err;

	s->core = c;
	err = poller_new(&s->poller);
	if (err)
		return err;
	err = backlog_init(&s->backlog);
	if (!err)
		err = -pthread_mutex_init(&s->turn, NULL);
	if (!err)
		err = limiter_init(&s->rejects, REJECTS_RATE, REJECTS_BURST);
	if (!err)
		err = start_sealers(s, shares < SENDER_SHARES_MAX ? shares : SENDER_SHARES_MAX);
	if (!err)
		err = thread_start(&s->thread, run, s);
	s->running = !err;
	return err;
}

void sender_stop(struct sender *s)
{
	if (!s->poller)
		return;
	if (s->running) {
		poller_wake(s->poller);
		pthread_join(s->thread, NULL);
		limiter_destroy(&s->rejects);
		pthread_mutex_destroy(&s->turn);
		backlog_destroy(&s->backlog);
	}
	s->running = false;
	for (unsigned i = 0; i < s->nsealers; i++)
		sealer_stop(&s->sealers[i]);
	sealer_free_all(s->spares);
	s->spares = NULL;
	for (size_t i = 0; i < SENDER_BURST; i++)
		packet_free(s->buffers[i]);
	memset(s->buffers, 0, sizeof s->buffers);
	packet_free(s->super);
	s->super = NULL;
	poller_free(s->poller);
	s->poller = NULL;
}
