/* SPDX-License-Identifier: MIT
 * A super-packet is what the host's kernel hands over instead of many segments of one TCP flow, or datagrams of one UDP
 * flow: one packet of up to 64 KiB. Here it is cut into what the kernel would have sent without offloads, checksums
 * complete. The kernel cuts by the flow's path MTU, and says where. */
#ifndef EVERLEAF_SEGMENT_H
#define EVERLEAF_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port.h"
#include "vnet.h"

struct segments { /* what is left of a super-packet; all-zero: nothing */
	const uint8_t *packet;
	size_t transport; /* where that header begins */
	size_t head;      /* where the payload does */
	size_t size;      /* payload of each segment but the last */
	size_t at, end;   /* of the payload that is left */
	uint8_t protocol;
};

/* Do what was left to us: complete the checksum of a single packet, in place; or begin to cut a super-packet, which stays
 * until it is cut up. -EBADMSG: the header does not fit the packet, or it is nothing we cut. */
MUST_CHECK int segments_begin(struct segments *out, const struct vnet *v, uint8_t *packet, size_t len);

static inline bool segments_left(const struct segments *s)
{
	return s->at < s->end;
}

/* Write the next one, at most as long as the super-packet; there is one left. Its length. */
size_t segments_next(uint8_t *out, struct segments *s);

#endif
