/* SPDX-License-Identifier: MIT
 * What control asks of links, and the forwarding table. Calls about links that are gone are ignored: the news of their
 * end may still be on its way. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "socket.h"
#include "state.h"

/* --- birth and death -------------------------------------------------------------------------------------------- */

/* The worker cannot serve the link before we leave the gate, so its first event is the one put here. */
static int open_link(struct core *c, struct link *l)
{
	struct core_event e = {.kind = CORE_LINK_READY, .link = l->id};
	int err;

	l->reading = true;
	l->blocked = l->tls != NULL; /* the handshake begins when the socket is writable */
	l->watched = POLLER_READ | (l->blocked ? POLLER_WRITE : 0u);
	l->read_at = port_now();
	err = poller_add(l->worker->poller, l->fd, l->id, l->watched);
	if (err || l->tls)
		return err;
	err = ring_put_copy(c->ring, &e, NULL, 0);
	if (err)
		poller_remove(l->worker->poller, l->fd);
	return err;
}

int core_attach_link(uint64_t *link, struct core *c, int fd, enum core_tls tls, const char *sni)
{
	struct worker *w = &c->workers[c->links.last % c->nworkers];
	struct link *l;
	int err;

	if (c->stopped) {
		socket_close(fd);
		return -ESHUTDOWN;
	}
	err = link_new(&l, w, fd, tls, sni);
	if (err)
		return err;
	gate_write(&c->gate);
	err = links_add(&c->links, l);
	if (!err) {
		*link = l->id;
		err = open_link(c, l);
		if (err)
			links_remove(&c->links, l);
	}
	gate_leave(&c->gate);
	if (err) {
		link_free(l);
		return err;
	}
	count(&c->counters, COUNT_links_opened);
	poller_wake(w->poller); /* it may sleep without a timer; the link may be gone again */
	return 0;
}

void core_refuse_link(int fd)
{
	socket_close(fd);
}

int core_drop_link(struct core *c, uint64_t link)
{
	struct link *l;

	if (c->stopped)
		return 0;
	gate_write(&c->gate);
	l = links_find(&c->links, link);
	if (l)
		links_remove(&c->links, l);
	gate_leave(&c->gate);
	if (!l)
		return 0;
	if (!l->dead) {
		poller_remove(l->worker->poller, l->fd);
		count(&c->counters, COUNT_links_closed);
	}
	link_free(l); /* out of the table, and nobody was inside the gate: ours alone */
	return 0;
}

/* --- phases ----------------------------------------------------------------------------------------------------- */

int core_admit(struct core *c, uint64_t link)
{
	struct link *l;
	bool admitted;

	if (c->stopped)
		return 0;
	gate_write(&c->gate);
	l = links_find(&c->links, link);
	admitted = l && l->phase == LINK_WAITING;
	if (admitted) {
		l->phase = LINK_FRAMES;
		worker_retry(l->worker); /* more than the greeting may have come */
	}
	gate_leave(&c->gate);
	return l && !admitted ? -EINVAL : 0;
}

int core_trust(struct core *c, uint64_t link)
{
	struct link *l;

	if (c->stopped)
		return 0;
	gate_write(&c->gate);
	l = links_find(&c->links, link);
	if (l)
		l->trusted = true;
	gate_leave(&c->gate);
	return 0;
}

/* --- writing ---------------------------------------------------------------------------------------------------- */

/* The link, inside the gate; NULL, and outside again, when it is gone. */
static struct link *enter(struct core *c, uint64_t link)
{
	struct link *l;

	if (c->stopped)
		return NULL;
	gate_read(&c->gate);
	l = links_find(&c->links, link);
	if (!l)
		gate_leave(&c->gate);
	return l;
}

int core_greet(struct core *c, uint64_t link, const uint8_t *data, size_t len)
{
	struct link *l = enter(c, link);

	if (!l)
		return 0;
	link_greet(l, data, len);
	gate_leave(&c->gate);
	return 0;
}

/* Frames the network would refuse never leave; one that is dropped delays nothing behind it. */
static bool fits(struct core *c, size_t len)
{
	if (len >= 1 && len <= FRAME_MAX)
		return true;
	count(&c->counters, COUNT_dropped_too_long);
	return false;
}

int core_send(struct core *c, uint64_t link, const uint8_t *frame, size_t len)
{
	struct link *l = enter(c, link);

	if (!l)
		return 0;
	if (fits(c, len))
		link_send_direct(l, port_now(), frame, len);
	gate_leave(&c->gate);
	return 0;
}

/* One frame, copied with its prefix. */
static void queue_frame(struct core *c, struct link *l, const uint8_t *frame, size_t len, const uint8_t *source,
			const uint8_t *dest)
{
	struct packet *p = packet_new(FRAME_PREFIX_MAX, len);
	struct outgoing out;
	uint8_t *start;

	if (!p) {
		count(&c->counters, COUNT_dropped_no_memory);
		return;
	}
	memcpy(p->data, frame, len);
	start = frame_put_prefix(p->data, len);
	out = (struct outgoing){start, len + (size_t)(p->data - start), source, dest, p};
	link_send(l, port_now(), &out, 1);
	packet_free(out.packet);
}

int core_queue(struct core *c, uint64_t link, const uint8_t *frame, size_t len,
	       const uint8_t source[static KEY_BYTES], const uint8_t dest[static KEY_BYTES])
{
	struct link *l = enter(c, link);

	if (!l)
		return 0;
	if (fits(c, len))
		queue_frame(c, l, frame, len, source, dest);
	gate_leave(&c->gate);
	return 0;
}

void core_frame_taken(struct core *c, uint64_t link)
{
	struct link *l = enter(c, link);

	if (!l)
		return;
	if (atomic_fetch_sub(&l->ahead, 1) == LINK_AHEAD_MAX / 2)
		worker_retry(l->worker);
	gate_leave(&c->gate);
}

/* --- the forwarding table --------------------------------------------------------------------------------------- */

int core_publish(struct core *c, const uint64_t *coords, size_t ncoords, const struct core_hop *hops, size_t nhops)
{
	struct route *route, *old;
	int err = route_new(&route, coords, ncoords, hops, nhops);

	if (err)
		return err;
	gate_write(&c->gate);
	old = c->route;
	c->route = route;
	c->generation++;
	gate_leave(&c->gate);
	route_free(old);
	return 0;
}

/* --- counters --------------------------------------------------------------------------------------------------- */

int core_link_counters(struct core_counter out[static CORE_LINK_COUNTERS], struct core *c, uint64_t link)
{
	struct link *l = enter(c, link);

	if (!l)
		return -ENOENT;
	out[0] = (struct core_counter){"received", l->received};
	out[1] = (struct core_counter){"sent", l->sent};
	out[2] = (struct core_counter){"frames_received", l->frames_received};
	out[3] = (struct core_counter){"frames_sent", l->frames_sent};
	link_queue_state(l, &out[4].value, &out[5].value);
	out[4].name = "queued";
	out[5].name = "dropped";
	gate_leave(&c->gate);
	return 0;
}
