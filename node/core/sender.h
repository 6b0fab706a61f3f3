/* SPDX-License-Identifier: MIT
 * The thread that reads what leaves: packets from TUN and messages of control, each on its way to a far node. It seals
 * them itself as long as it can keep up; when it cannot and they are for several nodes, it spreads the nodes over sealers
 * (sealer.h). Of two shares it keeps one, for a third thread would take its turns from both. While little leaves, the device is lent to the first worker, which is awake when the host answers what it just got: a wait
 * less for a CPU, on either side of a round trip. */
#ifndef EVERLEAF_SENDER_H
#define EVERLEAF_SENDER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backlog.h"
#include "batch.h"
#include "crypto.h"
#include "limiter.h"
#include "poller.h"
#include "port.h"
#include "queue.h"
#include "seal.h"
#include "sealer.h"
#include "segment.h"

#define SENDER_PACKET_MAX 65535
#define SENDER_BUFFER_BYTES (SEAL_HEADROOM + 1 + SENDER_PACKET_MAX + 1) /* one is for the type of the message */
#define SENDER_BURST 64                  /* packets read before they are sent */
#define SENDER_BURST_BYTES (256u * 1024)
#define SENDER_MESSAGES 64               /* of control, sent at a time */
#define SENDER_CALM 1000.0               /* packets a second that leave the device lent */
#define SENDER_HASTE 64.0                /* packets on top of that, and it is taken back */
#define SENDER_SHARES_MAX 4
#define SENDER_SPREAD 0.05               /* seconds that sealers go on after they were last needed */
#define SENDER_SPREAD_BYTES (32u * 1024) /* in a burst; of less, handing over costs as much as sealing */

struct core;

struct sender {
	struct core *core;
	bool running;
	pthread_t thread;
	struct poller *poller;

	struct backlog backlog; /* messages of control */

	pthread_mutex_t turn; /* for what follows, up to the sealers: a round is the thread's, or a worker's */
	struct packet *buffers[SENDER_BURST];
	struct packet *super; /* what is being cut lies here */
	struct segments cut;  /* and this is left of it */
	struct batch batch;
	struct limiter rejects; /* packets that may not enter, for control to answer */
	double haste, hasty_at; /* packets above the calm, and when that was */

	/* The thread's own, and nobody's while the device is lent. While `spread`, sealers seal their shares; otherwise
	 * nothing waits for them. So what one of them or this thread has sealed has left before another goes on with its
	 * session. */
	bool spread;
	double spread_until;
	size_t last;   /* share whose packet was read last; `nshares`: none was */
	bool several;  /* and others' were in this round */
	struct packet *spares; /* buffers for the next packets, a list by `behind` */
	unsigned nshares;      /* of the far nodes: 0, or at least two */
	unsigned nsealers;     /* who have the first shares; what is beyond them is this thread's */
	struct sealer sealers[SENDER_SHARES_MAX];
};

/* -ENOMEM or what the system says; the threads run from here on. Of fewer than two shares there are none. */
MUST_CHECK int sender_start(struct sender *s, struct core *c, unsigned shares);
/* The core says it is stopping; returns when the thread is gone. Harmless when it never ran. */
void sender_stop(struct sender *s);

/* A worker's, inside the gate: a round of the device that it was lent. */
void sender_borrowed(struct sender *s, double now);

/* Seal one message to `key`, soon. Dropped and counted when it cannot be. */
void sender_message(struct sender *s, const uint8_t key[static KEY_BYTES], const uint8_t *message, size_t len);

#endif
