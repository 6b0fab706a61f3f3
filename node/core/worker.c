/* SPDX-License-Identifier: MIT
 * One I/O thread: waits for its links, reads, splits, and hands each frame to where it belongs. It leaves the gate
 * between two batches, so control never waits longer than one. */
#include <errno.h>
#include <string.h>

#include "frame.h"
#include "state.h"
#include "transit.h"

#define TICK_MS 250 /* between looks at the links' deadlines */
#define TICK 0.2    /* seconds; less, for what comes with a tick may come a little early */
#define IN_SMALL 16384u         /* bytes; what a link starts with */
#define IN_LARGE (256u * 1024)  /* what a busy link grows to */
#define IN_GROWTH 4
#define IN_IDLE 5.0 /* seconds without input, and the buffers are given back */

/* --- frames ----------------------------------------------------------------------------------------------------- */

static void control_frame(struct worker *w, struct link *l, const uint8_t *frame, size_t len)
{
	struct core_event e = {.kind = CORE_FRAME, .link = l->id};

	atomic_fetch_add(&l->ahead, 1);
	if (ring_put_copy(w->core->ring, &e, frame, len))
		link_fail(l, "out of memory");
}

static void refuse_frame(struct link *l, const char *reason)
{
	count(&l->worker->core->counters, COUNT_frames_malformed);
	link_fail(l, reason);
}

/* False when the frame cannot be handled now: control is behind. */
static bool handle_frame(struct worker *w, struct link *l, double now, uint8_t *frame, size_t len)
{
	switch (frame[0]) {
	case FRAME_DUMMY:
	case FRAME_KEEPALIVE:
		return true;
	case FRAME_TRAFFIC:
		if (transit_frame(w, l, now, frame, len))
			refuse_frame(l, "malformed traffic frame");
		return true;
	default:
		if (ring_congested(w->core->ring) || atomic_load(&l->ahead) >= LINK_AHEAD_MAX)
			return false;
		control_frame(w, l, frame, len);
		return true;
	}
}

static void stall(struct link *l)
{
	l->stalled = true;
	link_read_off(l);
}

/* The next whole frame in `in`: 0, -EAGAIN when there is none yet, or another -errno with the link failed. */
static int next_frame(struct link *l, struct frame *f)
{
	int err = frame_split(f, buffer_head(&l->in), buffer_len(&l->in));

	if (err == -EBADMSG)
		refuse_frame(l, "bad frame length");
	else if (err && f->offset + f->len > l->in_size)
		l->in_size = f->offset + f->len; /* it must fit to become whole */
	return err;
}

/* All whole frames in `in`. Their bytes stay in place until the batch is sent. */
static void split_frames(struct worker *w, struct link *l, double now)
{
	struct frame f;
	uint64_t frames = 0;
	int told = -1; /* the most telling type the timers know of */

	while (!l->dead && next_frame(l, &f) == 0) {
		uint8_t *frame = buffer_head(&l->in) + f.offset;

		if (frame[0] > told) {
			told = frame[0];
			link_received(l, now, frame[0]);
		}
		if (!handle_frame(w, l, now, frame, f.len)) {
			stall(l);
			break;
		}
		l->in.start += f.offset + f.len;
		frames++;
	}
	atomic_fetch_add_explicit(&l->frames_received, frames, memory_order_relaxed);
}

static void take_greeting(struct worker *w, struct link *l)
{
	struct core_event e = {.kind = CORE_GREETING, .link = l->id};
	struct frame f;
	int err = greeting_split(&f, buffer_head(&l->in), buffer_len(&l->in));

	if (err == -EAGAIN)
		return;
	if (err) {
		count(&w->core->counters, COUNT_greetings_malformed);
		link_fail(l, "not a greeting");
		return;
	}
	l->phase = LINK_WAITING;
	stall(l);
	if (ring_put_copy(w->core->ring, &e, buffer_head(&l->in), f.len))
		link_fail(l, "out of memory");
	l->in.start += f.len;
}

/* Whatever is in `in`, as far as the link's phase allows. */
static void digest(struct worker *w, struct link *l, double now)
{
	if (l->phase == LINK_GREETING)
		take_greeting(w, l);
	else if (l->phase == LINK_FRAMES)
		split_frames(w, l, now);
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

/* Room for the next receive; the content moves, so the batch must be empty of it. */
static int make_room(struct link *l)
{
	size_t least = l->tls ? TLS_READ_ROOM : IN_SMALL / 2;

	if (l->in.start == l->in.end)
		l->in.start = l->in.end = 0;
	if (l->in_size < IN_SMALL)
		l->in_size = IN_SMALL;
	return buffer_reserve(&l->in, least, l->in_size);
}

static void read_link(struct worker *w, struct link *l, double now)
{
	size_t room;

	if (make_room(l)) {
		link_fail(l, "out of memory");
		return;
	}
	room = buffer_room(&l->in);
	if (link_receive(l) <= 0)
		return;
	link_heard(l);
	l->read_at = now;
	if (buffer_room(&l->in) < room / 4 && l->in_size < IN_LARGE)
		l->in_size *= IN_GROWTH;
	digest(w, l, now);
}

static void ready_link(struct link *l)
{
	struct worker *w = l->worker;
	struct core_event e = {.kind = CORE_LINK_READY, .link = l->id};
	uint8_t key[KEY_BYTES];
	bool shown = l->tls && tls_peer_key(key, l->tls);

	if (ring_put_copy(w->core->ring, &e, key, shown ? KEY_BYTES : 0))
		link_fail(l, "out of memory");
}

static void connect_link(struct link *l, double now)
{
	if (link_handshake(l))
		return;
	ready_link(l);
	l->phase = LINK_GREETING;
	link_flush(l, now);
}

static void serve(struct worker *w, const struct poller_event *e, double now)
{
	struct link *l;

	if (e->id & TUN_IDS) {
		sender_borrowed(&w->core->sender, now);
		return;
	}
	l = links_find(&w->core->links, e->id);
	if (!l || l->dead)
		return;
	if (l->phase == LINK_CONNECTING) {
		connect_link(l, now);
		return;
	}
	if (e->ready & POLLER_WRITE)
		link_flush(l, now);
	if (e->ready & POLLER_READ && !l->dead)
		read_link(w, l, now);
}

/* --- all links of this worker ----------------------------------------------------------------------------------- */

static struct link *next_own(const struct worker *w, size_t *slot)
{
	const struct links *t = &w->core->links;

	while (*slot < t->size) {
		struct link *l = t->slots[(*slot)++];

		if (l && l->worker == w)
			return l;
	}
	return NULL;
}

/* Whether the link has to wait again. */
static bool retry_link(struct worker *w, struct link *l, double now)
{
	if (!l->stalled || l->dead || l->phase == LINK_WAITING)
		return false;
	l->stalled = false;
	digest(w, l, now);
	if (!l->stalled)
		link_read_on(l);
	return l->stalled;
}

/* Links that could not go on, because control was behind or had not admitted them. Whoever is the first to wait again
 * will be the first to be served, so that many who ask too much cannot keep out one who does not. */
static void retry(struct worker *w, double now)
{
	const struct links *t = &w->core->links;
	size_t begin = w->turn;
	bool waits = false;

	for (size_t i = 0; i < t->size; i++) {
		size_t slot = (begin + i) & (t->size - 1);
		struct link *l = t->slots[slot];

		if (l && l->worker == w && retry_link(w, l, now) && !waits) {
			waits = true;
			w->turn = slot;
		}
	}
}

static void tick(struct worker *w, double now)
{
	struct link *l;

	for (size_t slot = 0; (l = next_own(w, &slot));) {
		if (l->dead)
			continue;
		link_check(l, now);
		if (now - l->read_at > IN_IDLE && buffer_len(&l->in) == 0)
			link_rest(l);
	}
}

/* Nobody else is inside the gate now, so nobody looks at what goes. */
static void bury(struct worker *w)
{
	struct links *t = &w->core->links;
	struct link *l;

	gate_write(&w->core->gate);
	for (size_t slot = 0; (l = next_own(w, &slot));) {
		if (!l->dead)
			continue;
		links_remove(t, l);
		link_free(l);
	}
	gate_leave(&w->core->gate);
}

void worker_bury(struct worker *w)
{
	atomic_store(&w->bury, true);
	poller_wake(w->poller);
}

void worker_retry(struct worker *w)
{
	atomic_store(&w->retry, true);
	poller_wake(w->poller);
}

void *worker_run(void *argument)
{
	struct worker *w = argument;
	struct core *c = w->core;
	struct poller_event events[POLLER_BATCH];
	double ticked = port_now();
	bool idle = true, was; /* whoever attaches a link wakes us */

	while (!c->stopping) {
		size_t n = poller_wait(events, w->poller, -1);
		double now = port_now();

		gate_read(&c->gate);
		for (size_t i = 0; i < n; i++)
			serve(w, &events[i], now);
		if (atomic_exchange(&w->retry, false))
			retry(w, now);
		batch_send(&w->batch, now);
		tun_flush(c, &w->to_host);
		if (now - ticked >= TICK) {
			tick(w, now);
			ticked = now;
		}
		was = idle;
		idle = c->links.count == 0;
		if (idle != was)
			poller_tick(w->poller, idle ? 0 : TICK_MS);
		gate_leave(&c->gate);
		if (atomic_exchange(&w->bury, false))
			bury(w);
	}
	return NULL;
}
