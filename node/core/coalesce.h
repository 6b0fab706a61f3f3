/* SPDX-License-Identifier: MIT
 * Segments of one TCP flow, or datagrams of one UDP flow, that follow each other within a batch become one super-packet
 * for the host, which saves it most of what a packet costs. Nothing else is changed, and nothing overtakes within a
 * flow.
 *
 * The kernel does not verify the checksum of a super-packet, so a part joins one only after its own was found valid.
 * Whatever is not joined keeps its checksum and is judged by the kernel.
 *
 * One thread's own. Packets that wait stay where they are, and are changed in place. */
#ifndef EVERLEAF_COALESCE_H
#define EVERLEAF_COALESCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port.h"
#include "vnet.h"

#define COALESCE_FLOWS 8    /* that wait at a time; packets of others pass */
#define COALESCE_PARTS 64   /* segments or datagrams of one super-packet */
#define COALESCE_MAX 65535u /* bytes of one */

struct coalesce_flow { /* one or more segments that wait */
	uint8_t *first; /* NULL: none */
	size_t head;    /* bytes of headers */
	size_t size;    /* payload of each but the last */
	size_t len;     /* of all as one packet */
	uint32_t next;  /* sequence number of what would follow */
	bool verified;  /* the first one's checksum */
	size_t parts;
	struct iovec part[COALESCE_PARTS]; /* the first packet, then payloads */
};

struct coalesce {
	bool apart;     /* datagrams are not joined */
	size_t waiting; /* flows */
	struct coalesce_flow flow[COALESCE_FLOWS];
};

/* Where packets go: `packets` of them as one, in parts, behind `v`. */
typedef void coalesce_write(void *to, const struct vnet *v, const struct iovec *part, size_t parts, size_t packets);

/* An IPv6 packet for the host: written, or kept until it is written together with others. */
void coalesce_put(struct coalesce *c, coalesce_write *write, void *to, uint8_t *packet, size_t len);
/* Write whatever waits. */
void coalesce_flush(struct coalesce *c, coalesce_write *write, void *to);

#endif
