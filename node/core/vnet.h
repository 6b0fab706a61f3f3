/* SPDX-License-Identifier: MIT
 * struct virtio_net_hdr, which Linux puts in front of a packet to say what was left undone; as in linux/virtio_net.h, in
 * the machine's own byte order. All zeros: nothing was. */
#ifndef EVERLEAF_VNET_H
#define EVERLEAF_VNET_H

#include <stdint.h>

#include "port.h"

#define VNET_BYTES 10

#define VNET_NEEDS_CSUM 1 /* in flags: the checksum at start + offset holds only what IPv6 adds */
#define VNET_DATA_VALID 2 /* it was verified */

enum { /* in type */
	VNET_SINGLE = 0,
	VNET_TCP6 = 4, /* segments of TCP that became one packet */
	VNET_UDP = 5,  /* datagrams that did */
	VNET_ECN = 0x80,
};

struct vnet {
	uint8_t flags, type;
	uint16_t head_len; /* a hint only */
	uint16_t size;     /* payload of each segment but the last */
	uint16_t start, offset;
};

LAYOUT_FACT(sizeof(struct vnet) == VNET_BYTES);

#endif
