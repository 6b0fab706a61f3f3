/* SPDX-License-Identifier: MIT
 * The fair queue of one link: leaves in order of arrival; when there is too much, the flow that has most loses its
 * oldest packet. A flow is a source within a destination.
 *
 * Not locked: the owner of the link locks. Nothing here allocates per packet; a new flow may.
 */
#ifndef EVERLEAF_QUEUE_H
#define EVERLEAF_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "port.h"

struct queue_flow;

/* One frame, in one allocation, with room in front for heads. The owner fills data and len, then gives it away. */
struct packet {
	uint8_t *data; /* somewhere in bytes[] */
	size_t len;
	size_t room; /* of bytes[] */

	/* the queue's */
	struct packet *older, *newer; /* of all */
	struct packet *behind;        /* next of the same flow */
	struct queue_flow *flow;
	double since;

	uint8_t bytes[];
};

/* data = bytes + headroom, len = 0. NULL when out of memory. */
struct packet *packet_new(size_t headroom, size_t size);
void packet_free(struct packet *p); /* NULL is harmless */

struct queue_limits {
	size_t bytes; /* after adding, drop while there are more */
	double age;   /* seconds; before adding, drop one if the oldest waits longer; INFINITY: never */
};

struct queue; /* opaque */

MUST_CHECK int queue_new(struct queue **out, const struct queue_limits *limits);
void queue_free(struct queue *q); /* with everything in it */

/* Own the packet, whatever happens: queued, or dropped and counted. */
void queue_put(struct queue *q, double now, struct packet *p, const uint8_t source[static KEY_BYTES],
	       const uint8_t dest[static KEY_BYTES]);
/* The packet that waited longest, now the caller's; NULL when empty. */
struct packet *queue_take(struct queue *q);

size_t queue_bytes(const struct queue *q);
uint64_t queue_dropped(const struct queue *q); /* packets, ever */

#endif
