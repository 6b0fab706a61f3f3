/* SPDX-License-Identifier: MIT
 * Which congestion control the TCP of a link has, where the kernel lets us choose: BBR for a peer that is far or whose
 * wire loses packets, because losses that are no congestion do not slow it down. But it sends by a clock, and one timer
 * for each burst more than doubles what forwarding costs; so others keep what their socket began with.
 * Threads: the worker's that has the link. */
#ifndef EVERLEAF_CONGESTION_H
#define EVERLEAF_CONGESTION_H

#include <stdbool.h>
#include <stdint.h>

#define CONGESTION_NEAR_US 1000u     /* a handshake that is quicker than this shows a near peer */
#define CONGESTION_WINDOW (4u << 20) /* bytes sent, over which losses are counted */
#define CONGESTION_LOSSES 5u         /* so many are no accident... */
#define CONGESTION_LOSSY 500u        /* ...if they are more than one packet in this many... */
#define CONGESTION_BURST 100u        /* ...but so many at once may be slow start's, which overflows a queue... */
#define CONGESTION_WINDOWS 3u        /* ...once, and not in so many windows in a row */

struct congestion {
	bool settled;           /* there is nothing left to choose */
	uint64_t sent;          /* bytes, when the window began */
	uint32_t retransmitted; /* packets, likewise */
	unsigned lossy;         /* windows before it, in a row, that lost many */
};

/* A fresh connection: by its distance, where that is known. */
void congestion_start(struct congestion *c, int fd);
/* Every now and then: by its losses. `sent` is all bytes ever. */
void congestion_review(struct congestion *c, int fd, uint64_t sent);

/* Whether the wire loses packets: at once where it is so slow that the clock costs nothing. A window is over, and the next
 * one begins, when it has lost many packets or sent CONGESTION_WINDOW. `segment`: bytes in one packet. */
bool congestion_lossy(struct congestion *c, uint64_t sent, uint32_t retransmitted, uint32_t segment);

#endif
