/* SPDX-License-Identifier: MIT
 * What the I/O threads tell the control thread: many producers, one consumer, one descriptor to wait on.
 *
 * Three kinds of event, three promises:
 *   LINK_READY GREETING LINK_CLOSED MOVED TUN_CLOSED   never refused; each happens a bounded number of times per object
 *   FRAME                                              never refused, but once ring_congested says so producers stop
 *                                                      splitting and reading links (keep the bytes!) until relieved
 *   PACKET TRAFFIC MESSAGE REFUSED DEAD_END TOO_BIG    set aside: refused, freed and counted when too many wait
 *   NEIGHBOUR
 * Out of memory refuses any of them (-ENOMEM): close the link then.
 *
 * Threads: ring_put and ring_congested from any; ring_take from one. core_event_free of core.h lives in ring.c.
 */
#ifndef EVERLEAF_RING_H
#define EVERLEAF_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core.h"
#include "port.h"

struct ring_limits {
	size_t high_events, high_bytes; /* congested at or above either */
	size_t low_events, low_bytes;   /* relieved at or below both */
	size_t aside_events, aside_bytes; /* set-asides waiting at most */
};

#define RING_LIMITS                                                                                                    \
	((struct ring_limits){.high_events = 4096,                                                                     \
			      .high_bytes = 4 << 20,                                                                   \
			      .low_events = 1024,                                                                      \
			      .low_bytes = 1 << 20,                                                                    \
			      .aside_events = 1024,                                                                    \
			      .aside_bytes = 2 << 20})

struct ring; /* opaque */

MUST_CHECK int ring_new(struct ring **out, const struct ring_limits *limits);
void ring_free(struct ring *r); /* with the events in it; no producer may be left */

int ring_fileno(const struct ring *r); /* readable while there is an event */

/* Takes e->data (malloc) over in any case, also on failure; stamps e->at. -ENOBUFS (set-aside refused) or -ENOMEM. */
MUST_CHECK int ring_put(struct ring *r, struct core_event *e);
/* The same, with `len` bytes copied from `data` (may be NULL when len is 0). */
MUST_CHECK int ring_put_copy(struct ring *r, struct core_event *e, const uint8_t *data, size_t len);

bool ring_congested(const struct ring *r); /* one relaxed load */
/* Oldest event, or -EAGAIN. *relieved: this take ended a congestion, so let the producers read again. */
MUST_CHECK int ring_take(struct core_event *out, bool *relieved, struct ring *r);

uint64_t ring_refused(const struct ring *r); /* set-asides, ever */

#endif
