/* SPDX-License-Identifier: MIT
 * What the host or control gave for a far node, made into a frame on its way there: next hop, keys, box and heads.
 * Threads: inside the gate's read side. All of one session is sealed by one thread at a time, or in turns that a lock
 * orders, because its packets must leave in the order of their nonces. */
#ifndef EVERLEAF_SEAL_H
#define EVERLEAF_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "crypto.h"
#include "frame.h"
#include "queue.h"
#include "remote.h"

/* In front of a message: everything that sealing and addressing puts there. A packet has its type there, too. */
#define SEAL_HEADROOM (FRAME_PREFIX_MAX + TRAFFIC_HEAD_MAX + SEALED_HEAD_MAX + SEALED_BOX_MIN)

struct core;

struct unsealed { /* what waits to be sealed */
	uint8_t key[KEY_BYTES];
	struct packet *packet;
	bool message; /* of control; otherwise a packet of the host */
};

/* The host's packet goes to control, which knows what to do without keys or path, or tells the host why not. */
void seal_set_aside(struct core *c, const struct packet *p);

/* Each seals in place and adds to the batch, which is not full, or counts why not. `r` may be NULL. */
void seal_packet(struct batch *b, struct core *c, struct remote *r, struct packet *p);
void seal_unsealed(struct batch *b, struct core *c, const struct unsealed *u);

#endif
