/* SPDX-License-Identifier: MIT
 * The Ethernet side of a TAP device: which frames of the host hold packets. Twin: everleaf/wire/ethernet.py. */
#ifndef EVERLEAF_ETHERNET_H
#define EVERLEAF_ETHERNET_H

#include <stddef.h>
#include <stdint.h>

#include "core.h" /* MAC_BYTES */

#define ETHERNET_HEAD_BYTES (2 * MAC_BYTES + 2)

enum ethernet_way {
	ETHERNET_SHORT,     /* no whole Ethernet header, or no whole IPv6 header behind it */
	ETHERNET_FOREIGN,   /* not IPv6, by its EtherType */
	ETHERNET_PACKET,    /* for the mesh to judge */
	ETHERNET_NEIGHBOUR, /* neighbour discovery, for control */
};

/* Where a frame goes. `*whole` is its length without padding: what IPv6 says it holds, if that is less than `len`. */
enum ethernet_way ethernet_judge(size_t *whole, const uint8_t *frame, size_t len);

/* The header of every packet for `host`. */
void ethernet_put_head(uint8_t out[static ETHERNET_HEAD_BYTES], const uint8_t host[static MAC_BYTES]);

#endif
