/* SPDX-License-Identifier: MIT
 * Frames on their way to links, collected while a thread works through its input and then sent link by link, each
 * link's run in one system call: that is worth an order of magnitude on small frames.
 * One thread's own. What the frames point to must stay until batch_send. */
#ifndef EVERLEAF_BATCH_H
#define EVERLEAF_BATCH_H

#include <stddef.h>

#include "link.h"

#define BATCH_FRAMES LINK_SEND_MAX

struct batch {
	size_t n;
	struct link *to[BATCH_FRAMES]; /* NULL: sent */
	struct outgoing frames[BATCH_FRAMES];
};

static inline bool batch_full(const struct batch *b)
{
	return b->n == BATCH_FRAMES;
}

/* The batch is not full. */
static inline void batch_add(struct batch *b, struct link *to, const struct outgoing *f)
{
	b->to[b->n] = to;
	b->frames[b->n++] = *f;
}

/* Send everything, in order per link, and empty the batch. The gate's read side is held since the first batch_add.
 * Packets that links took over are NULL afterwards in `frames`. */
void batch_send(struct batch *b, double now);

#endif
