/* SPDX-License-Identifier: MIT
 * What the threads of one core share, and in which order they lock:
 *
 *   gate (read: hot threads, for one batch; write: control, and a worker that frees its links)
 *     the sender's turn
 *       a link's mutex, a remote's, the backlog's or a limiter's; never two at once
 *         the ring's own lock
 *
 * A sealer's mutex is taken outside the gate, and alone. Inside the gate nobody waits for I/O. */
#ifndef EVERLEAF_STATE_H
#define EVERLEAF_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "address.h"
#include "batch.h"
#include "counters.h"
#include "gate.h"
#include "limiter.h"
#include "links.h"
#include "poller.h"
#include "ring.h"
#include "route.h"
#include "sender.h"
#include "table.h"
#include "tls.h"
#include "tun.h"

#define WORKERS_MAX 16

struct worker { /* one I/O thread */
	struct core *core;
	unsigned number;
	bool running;
	pthread_t thread;
	struct poller *poller;
	atomic_bool bury;  /* a link of ours is dead */
	atomic_bool retry; /* a stalled link of ours may go on */
	size_t turn;       /* slot of the link that is retried first */
	struct batch batch;
	struct coalesce to_host; /* packets that wait for the end of the batch */
};

struct core {
	struct identity identity;
	struct address address;

	struct gate gate;
	struct links links;
	struct table remotes;
	struct route *route;
	uint64_t generation; /* of the route; grows */
	struct tun tun;

	struct ring *ring;
	struct counters counters;
	struct tls_context *tls;
	struct limiter refusals;  /* for keys we know nothing about */
	struct limiter dead_ends;

	atomic_bool stopping;
	bool stopped; /* control's */
	struct sender sender;
	unsigned nworkers;
	struct worker workers[WORKERS_MAX];
};

/* Control took a frame of this link, which may have waited for that. */
void core_frame_taken(struct core *c, uint64_t link);

/* worker.c: an I/O thread; `argument` is its struct worker. */
void *worker_run(void *argument);
/* Ask the worker to free its dead links. */
void worker_bury(struct worker *w);
/* Ask the worker to go on with its stalled links. */
void worker_retry(struct worker *w);

#endif
