/* SPDX-License-Identifier: MIT
 * The two timers of a link: when we owe the peer a sign of life, and when its silence means it is gone.
 *
 * Pure: `now` (seconds, monotonic) comes from the caller. Not locked. Frames are told by their type byte.
 */
#ifndef EVERLEAF_LIVE_H
#define EVERLEAF_LIVE_H

#include <stdint.h>

#include "port.h"

#define LIVE_OWE_AFTER 1.0  /* seconds from an unanswered frame to our keepalive */
#define LIVE_DEAD_AFTER 3.0 /* seconds of silence after we sent something */

struct live {
	double owe_at;  /* INFINITY: not running */
	double dead_at;
};

enum live_due { LIVE_NOTHING, LIVE_SEND_KEEPALIVE, LIVE_DEAD };

void live_start(struct live *l);
void live_sent(struct live *l, uint8_t type, double now); /* every frame, keepalives too */
/* Any bytes at all. The network counts whole frames only, which closes slow links in the middle of a long frame; our
 * own deadline is ours to judge. */
void live_heard(struct live *l);
void live_received(struct live *l, uint8_t type, double now); /* every whole frame */

/* What is due at `now`. After LIVE_SEND_KEEPALIVE the timer is off; send one and report it with live_sent. */
MUST_CHECK enum live_due live_due(struct live *l, double now);
double live_next(const struct live *l); /* when to ask again; INFINITY: not before something happens */

#endif
