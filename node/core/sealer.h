/* SPDX-License-Identifier: MIT
 * A thread that seals for some of the far nodes, when there is more to seal than one thread can. The sender chooses who
 * is whose by key and hands over burst by burst, in order; what is sealed leaves in that order.
 * Threads: all functions are the sender's. */
#ifndef EVERLEAF_SEALER_H
#define EVERLEAF_SEALER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "port.h"
#include "seal.h"

#define SEALER_RING 512             /* what may wait and what is being sealed; power of two */
#define SEALER_STAGED_MAX 192       /* of which so many may come at once */
#define SEALER_FULL_BYTES (1u << 20) /* more than this, and the sender waits before it reads on */
#define SEALER_BUFFERS 64           /* emptied buffers kept for the sender */

struct core;

struct sealer {
	struct core *core;
	bool running;
	pthread_t thread;

	pthread_mutex_t mutex; /* for all below, and for slots of the ring as it says */
	pthread_cond_t work, eased;
	bool stopping;
	size_t put, done; /* ever; slots in between are the thread's, the others the sender's */
	size_t bytes;     /* in between */
	struct packet *emptied;

	struct unsealed ring[SEALER_RING];

	/* the sender's own */
	size_t staged, staged_bytes; /* behind `put` */

	/* the thread's own; nobody's while nothing waits */
	struct batch batch;
	struct packet *kept; /* emptied, a list by `behind` */
	size_t nkept;
};

MUST_CHECK int sealer_start(struct sealer *s, struct core *c);
/* Ends the thread; what waits is lost. Harmless when it never ran. */
void sealer_stop(struct sealer *s);

/* Own the packet, from sealer_hand_over on. At most SEALER_STAGED_MAX in between, after a sealer_ease. */
void sealer_stage(struct sealer *s, const uint8_t key[static KEY_BYTES], struct packet *p, bool message);
/* What is staged is the thread's. If `*spares` is empty, emptied buffers become it: a list by `behind`. */
void sealer_hand_over(struct sealer *s, struct packet **spares);

/* Outside the gate: wait until there is room; until all was sent, and give back all buffers. Neither lasts longer than
 * it takes to seal what waits, for a sealer waits for nobody but the gate. */
void sealer_ease(struct sealer *s);
void sealer_settle(struct sealer *s);

/* A list by `behind`. */
void sealer_free_all(struct packet *list);

#endif
