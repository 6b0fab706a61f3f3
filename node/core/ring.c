/* SPDX-License-Identifier: MIT
 * What the I/O threads tell the control thread. One lock, held for a list operation; the descriptor is written only
 * when the list stops being empty. */
#include "ring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "wake.h"

struct entry {
	struct entry *next;
	struct core_event event;
};

struct load {
	size_t events, bytes;
};

struct ring {
	struct ring_limits limits;
	struct wake wake;
	pthread_mutex_t lock;
	struct entry *first, *last;
	struct load all, aside; /* aside is a part of all */
	atomic_bool congested;
	atomic_uint_fast64_t refused;
};

static bool is_aside(enum core_event_kind kind)
{
	switch (kind) {
	case CORE_PACKET:
	case CORE_TRAFFIC:
	case CORE_MESSAGE:
	case CORE_REFUSED:
	case CORE_DEAD_END:
	case CORE_TOO_BIG:
	case CORE_NEIGHBOUR:
		return true;
	case CORE_LINK_READY:
	case CORE_GREETING:
	case CORE_LINK_CLOSED:
	case CORE_FRAME:
	case CORE_MOVED:
	case CORE_TUN_CLOSED:
		break;
	}
	return false;
}

void core_event_free(struct core_event *e)
{
	free(e->data);
	e->data = NULL;
	e->len = 0;
}

int ring_new(struct ring **out, const struct ring_limits *limits)
{
	struct ring *r = calloc(1, sizeof *r);
	int err;

	if (!r)
		return -ENOMEM;
	r->limits = *limits;
	err = wake_open(&r->wake);
	if (err)
		goto out;
	err = -pthread_mutex_init(&r->lock, NULL);
	if (err)
		goto out;
	*out = r;
	return 0;
out:
	wake_close(&r->wake);
	free(r);
	return err;
}

void ring_free(struct ring *r)
{
	if (!r)
		return;
	while (r->first) {
		struct entry *e = r->first;

		r->first = e->next;
		core_event_free(&e->event);
		free(e);
	}
	pthread_mutex_destroy(&r->lock);
	wake_close(&r->wake);
	free(r);
}

int ring_fileno(const struct ring *r)
{
	return r->wake.read_fd;
}

/* Locked. */
static bool fits_aside(const struct ring *r, size_t len)
{
	return r->aside.events < r->limits.aside_events && r->aside.bytes < r->limits.aside_bytes &&
	       len <= r->limits.aside_bytes - r->aside.bytes;
}

static void load_add(struct load *l, size_t len)
{
	l->events++;
	l->bytes += len;
}

static void load_remove(struct load *l, size_t len)
{
	l->events--;
	l->bytes -= len;
}

/* Locked. */
static void append(struct ring *r, struct entry *e)
{
	if (r->first)
		r->last->next = e;
	else
		r->first = e;
	r->last = e;
	load_add(&r->all, e->event.len);
	if (is_aside(e->event.kind))
		load_add(&r->aside, e->event.len);
	if (r->all.events >= r->limits.high_events || r->all.bytes >= r->limits.high_bytes)
		atomic_store_explicit(&r->congested, true, memory_order_relaxed);
	if (r->all.events == 1)
		wake_set(&r->wake);
}

int ring_put(struct ring *r, struct core_event *event)
{
	struct entry *e = malloc(sizeof *e);
	bool fits;

	if (!e) {
		core_event_free(event);
		return -ENOMEM;
	}
	event->at = port_now();
	*e = (struct entry){NULL, *event};
	event->data = NULL; /* ours now */
	pthread_mutex_lock(&r->lock);
	fits = !is_aside(e->event.kind) || fits_aside(r, e->event.len);
	if (fits)
		append(r, e);
	pthread_mutex_unlock(&r->lock);
	if (fits)
		return 0;
	atomic_fetch_add_explicit(&r->refused, 1, memory_order_relaxed);
	core_event_free(&e->event);
	free(e);
	return -ENOBUFS;
}

int ring_put_copy(struct ring *r, struct core_event *event, const uint8_t *data, size_t len)
{
	event->data = NULL;
	event->len = len;
	if (len) {
		event->data = malloc(len);
		if (!event->data)
			return -ENOMEM;
		memcpy(event->data, data, len);
	}
	return ring_put(r, event);
}

bool ring_congested(const struct ring *r)
{
	return atomic_load_explicit(&r->congested, memory_order_relaxed);
}

/* Locked. Whether this ended a congestion. */
static bool relieve(struct ring *r)
{
	if (!ring_congested(r) || r->all.events > r->limits.low_events || r->all.bytes > r->limits.low_bytes)
		return false;
	atomic_store_explicit(&r->congested, false, memory_order_relaxed);
	return true;
}

int ring_take(struct core_event *out, bool *relieved, struct ring *r)
{
	struct entry *e;

	*relieved = false;
	pthread_mutex_lock(&r->lock);
	e = r->first;
	if (e) {
		r->first = e->next;
		load_remove(&r->all, e->event.len);
		if (is_aside(e->event.kind))
			load_remove(&r->aside, e->event.len);
		if (!r->first)
			wake_clear(&r->wake);
		*relieved = relieve(r);
	}
	pthread_mutex_unlock(&r->lock);
	if (!e)
		return -EAGAIN;
	*out = e->event;
	free(e);
	return 0;
}

uint64_t ring_refused(const struct ring *r)
{
	return atomic_load_explicit(&r->refused, memory_order_relaxed);
}
