/* SPDX-License-Identifier: MIT
 * The thread that seals: packets from TUN and messages of control, each on its way to a far node. There is one, because
 * the packets of a session must leave in the order of their nonces. */
#ifndef EVERLEAF_SENDER_H
#define EVERLEAF_SENDER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "crypto.h"
#include "frame.h"
#include "limiter.h"
#include "poller.h"
#include "port.h"
#include "queue.h"
#include "segment.h"

/* In front of a message: everything that sealing and addressing puts there. */
#define SENDER_HEADROOM (FRAME_PREFIX_MAX + TRAFFIC_HEAD_MAX + SEALED_HEAD_MAX + SEALED_BOX_MIN)
#define SENDER_PACKET_MAX 65535
#define SENDER_BURST 64                  /* packets read before they are sent */
#define SENDER_BURST_BYTES (256u * 1024)
#define SENDER_BACKLOG 1024              /* messages of control that may wait */

struct core;

struct sender_message { /* from control */
	uint8_t key[KEY_BYTES];
	struct packet *packet;
};

struct sender {
	struct core *core;
	bool running;
	pthread_t thread;
	struct poller *poller;

	pthread_mutex_t mutex;
	struct sender_message backlog[SENDER_BACKLOG]; /* under the mutex: a ring of `waiting` from `first` */
	size_t first, waiting;

	/* the thread's own */
	struct packet *buffers[SENDER_BURST];
	struct packet *super; /* what is being cut lies here */
	struct segments cut;  /* and this is left of it */
	struct batch batch;
	struct limiter rejects; /* packets that may not enter, for control to answer */
};

/* -ENOMEM or what the system says; the thread runs from here on. */
MUST_CHECK int sender_start(struct sender *s, struct core *c);
/* The core says it is stopping; returns when the thread is gone. Harmless when it never ran. */
void sender_stop(struct sender *s);

/* Seal one message to `key`, soon. Dropped and counted when it cannot be. */
void sender_message(struct sender *s, const uint8_t key[static KEY_BYTES], const uint8_t *message, size_t len);

#endif
