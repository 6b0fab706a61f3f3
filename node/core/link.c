/* SPDX-License-Identifier: MIT
 * Birth, death and the reading half of a link. */
#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "socket.h"
#include "state.h"

#define OFFERS_RATE 128.0 /* a second */
#define OFFERS_BURST 256.0

/* A tenth of a second bears the pauses in which TCP repairs a loss; at half of that they cost the packets of a stream,
 * which then is slower over bad links, while a ping beside it is little quicker. */
#define QUEUE_LIMITS                                                                                                   \
	((struct queue_limits){                                                                                        \
		.bytes = 1 << 20,                                                                                      \
		.age = 0.1,                                                                                            \
	})

static int init_locks(struct link *l)
{
	int err = limiter_init(&l->offers, OFFERS_RATE, OFFERS_BURST);

	if (err)
		return err;
	err = -pthread_mutex_init(&l->mutex, NULL);
	if (err)
		limiter_destroy(&l->offers);
	return err;
}

int link_new(struct link **out, struct worker *w, int fd, enum core_tls tls, const char *sni)
{
	struct link *l = calloc(1, sizeof *l);
	int err = l ? init_locks(l) : -ENOMEM;

	if (err) {
		free(l);
		socket_close(fd);
		return err;
	}
	l->fd = fd;
	l->worker = w;
	l->phase = tls == CORE_TLS_NONE ? LINK_GREETING : LINK_CONNECTING;
	live_start(&l->live);
	err = socket_prepare(fd);
	congestion_start(&l->congestion, fd);
	if (!err)
		err = queue_new(&l->queue, &QUEUE_LIMITS);
	if (!err && tls != CORE_TLS_NONE)
		err = tls_new(&l->tls, w->core->tls, fd, tls == CORE_TLS_SERVER, sni);
	if (err)
		link_free(l);
	else
		*out = l;
	return err;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	tls_free(l->tls);
	queue_free(l->queue);
	buffer_free(&l->in);
	buffer_free(&l->out);
	pthread_mutex_destroy(&l->mutex);
	limiter_destroy(&l->offers);
	socket_close(l->fd);
	free(l);
}

void link_fail(struct link *l, const char *reason)
{
	struct core *c = l->worker->core;
	struct core_event e = {.kind = CORE_LINK_CLOSED, .link = l->id};

	if (atomic_exchange(&l->dead, true))
		return;
	poller_remove(l->worker->poller, l->fd);
	socket_shutdown(l->fd);
	count(&c->counters, COUNT_links_closed);
	if (ring_put_copy(c->ring, &e, (const uint8_t *)reason, strlen(reason)))
		count(&c->counters, COUNT_dropped_no_memory);
	worker_bury(l->worker);
}

void link_fail_errno(struct link *l, const char *what, int err)
{
	char reason[160];

	snprintf(reason, sizeof reason, "%s: %s", what, strerror(err < 0 ? -err : err));
	link_fail(l, reason);
}

void link_watch(struct link *l)
{
	unsigned want = (l->reading ? POLLER_READ : 0u) | (l->blocked ? POLLER_WRITE : 0u);
	int err;

	if (want == l->watched || l->dead)
		return;
	err = poller_change(l->worker->poller, l->fd, l->id, want);
	if (err)
		link_fail_errno(l, "cannot watch the socket", err);
	l->watched = want;
}

static void set_reading(struct link *l, bool reading)
{
	pthread_mutex_lock(&l->mutex);
	l->reading = reading;
	link_watch(l);
	pthread_mutex_unlock(&l->mutex);
}

void link_read_on(struct link *l)
{
	set_reading(l, true);
}

void link_read_off(struct link *l)
{
	set_reading(l, false);
}

int link_handshake(struct link *l)
{
	int err;

	pthread_mutex_lock(&l->mutex);
	err = tls_handshake(l->tls);
	l->blocked = tls_wants_write(l->tls);
	if (err && err != -EAGAIN)
		link_fail(l, tls_reason(l->tls));
	else
		link_watch(l);
	pthread_mutex_unlock(&l->mutex);
	return err;
}

/* The mutex is held: reading and writing share the TLS object. */
static ssize_t receive_tls(struct link *l, uint8_t *data, size_t room)
{
	ssize_t n = tls_read(l->tls, data, room);

	if (tls_wants_write(l->tls) && !l->blocked) {
		l->blocked = true;
		link_watch(l);
	}
	if (n < 0 && n != -EAGAIN)
		link_fail(l, tls_reason(l->tls));
	return n;
}

ssize_t link_receive(struct link *l)
{
	uint8_t *data = l->in.bytes + l->in.end;
	size_t room = buffer_room(&l->in);
	ssize_t n;

	if (l->tls) {
		pthread_mutex_lock(&l->mutex);
		n = receive_tls(l, data, room);
		pthread_mutex_unlock(&l->mutex);
	} else {
		n = socket_receive(l->fd, data, room);
		if (n < 0 && n != -EAGAIN)
			link_fail_errno(l, "read", (int)n);
	}
	if (n == 0)
		link_fail(l, "closed by the peer");
	if (n == -EAGAIN)
		return n;
	if (n < 0)
		return 0;
	l->in.end += (size_t)n;
	atomic_fetch_add_explicit(&l->received, (uint64_t)n, memory_order_relaxed);
	return n;
}

void link_rest(struct link *l)
{
	buffer_free(&l->in);
	l->in_size = 0;
	pthread_mutex_lock(&l->mutex);
	if (l->tls)
		tls_rest(l->tls);
	pthread_mutex_unlock(&l->mutex);
}

void link_heard(struct link *l)
{
	pthread_mutex_lock(&l->mutex);
	live_heard(&l->live);
	pthread_mutex_unlock(&l->mutex);
}

void link_received(struct link *l, double now, uint8_t type)
{
	pthread_mutex_lock(&l->mutex);
	live_received(&l->live, type, now);
	pthread_mutex_unlock(&l->mutex);
}

void link_check(struct link *l, double now)
{
	static const uint8_t keepalive[] = {FRAME_KEEPALIVE};
	enum live_due due;
	char reason[40];

	congestion_review(&l->congestion, l->fd, atomic_load_explicit(&l->sent, memory_order_relaxed));
	pthread_mutex_lock(&l->mutex);
	if (!l->reading && l->phase == LINK_FRAMES)
		live_received(&l->live, FRAME_TRAFFIC, now); /* unread: we owe signs of life and may not judge silence */
	due = live_due(&l->live, now);
	pthread_mutex_unlock(&l->mutex);
	switch (due) {
	case LIVE_NOTHING:
		return;
	case LIVE_SEND_KEEPALIVE:
		link_send_direct(l, now, keepalive, sizeof keepalive);
		return;
	case LIVE_DEAD:
		if (socket_has_input(l->fd)) { /* not silent: we have not come to read it yet */
			link_heard(l);
			return;
		}
		count(&l->worker->core->counters, COUNT_links_silent);
		snprintf(reason, sizeof reason, "silent for %g s", LIVE_DEAD_AFTER);
		link_fail(l, reason);
	}
}
