/* SPDX-License-Identifier: MIT
 * Group by link, keep the order within. */
#include "batch.h"

/* Send all frames for the link that comes first from `first` on. */
static void send_run(struct batch *b, size_t first, double now)
{
	struct outgoing run[BATCH_FRAMES];
	size_t at[BATCH_FRAMES], n = 0;
	struct link *to = b->to[first];

	for (size_t i = first; i < b->n; i++) {
		if (b->to[i] != to)
			continue;
		at[n] = i;
		run[n++] = b->frames[i];
		b->to[i] = NULL;
	}
	link_send(to, now, run, n);
	for (size_t i = 0; i < n; i++)
		b->frames[at[i]].packet = run[i].packet;
}

void batch_send(struct batch *b, double now)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->to[i])
			send_run(b, i, now);
	b->n = 0;
}
