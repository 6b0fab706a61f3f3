/* SPDX-License-Identifier: MIT
 * Messages of control that wait to be sealed, in order. Threads: any may put, the sender takes. */
#ifndef EVERLEAF_BACKLOG_H
#define EVERLEAF_BACKLOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port.h"
#include "seal.h"

#define BACKLOG_MAX 1024

struct backlog {
	pthread_mutex_t mutex;
	struct unsealed kept[BACKLOG_MAX]; /* a ring of `waiting` from `first` */
	size_t first, waiting;
};

MUST_CHECK int backlog_init(struct backlog *b);
void backlog_destroy(struct backlog *b); /* and what waits */

/* Own the packet if true; otherwise so many wait that it has no place. */
MUST_CHECK bool backlog_put(struct backlog *b, const uint8_t key[static KEY_BYTES], struct packet *p);
/* False: nothing waits. The packet is the caller's. */
MUST_CHECK bool backlog_take(struct unsealed *out, struct backlog *b);

#endif
