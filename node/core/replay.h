/* SPDX-License-Identifier: MIT
 * Anti-replay window, RFC 6479. */
#ifndef EVERLEAF_REPLAY_H
#define EVERLEAF_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"

#define REPLAY_BLOCK_BITS 64
#define REPLAY_BLOCKS 128 /* power of two */
#define REPLAY_WINDOW ((REPLAY_BLOCKS - 1) * REPLAY_BLOCK_BITS)

struct replay { /* all-zero is a valid new window */
	uint64_t last;
	uint64_t ring[REPLAY_BLOCKS];
};

/* Accept `counter` at most once, and only if it is at most REPLAY_WINDOW behind the highest accepted one.
 * Call only after the packet authenticated: a forged counter must not move the window. */
MUST_CHECK bool replay_accept(struct replay *w, uint64_t counter);

#endif
