/* SPDX-License-Identifier: MIT
 * Two nodes that are peers and have a session, one of them with the device that is being tested. */
#ifndef EVERLEAF_COUPLE_H
#define EVERLEAF_COUPLE_H

#include "nodes.h"

#define COUPLE_FRAME_MAX (64 + NODE_MTU)

struct couple {
	struct node a, b;
};

/* `a` has the device, `b` a bare one. */
static inline void couple_open(struct couple *p, struct core_device device)
{
	struct joint j;

	node_open(&p->a, 1, 1);
	node_open(&p->b, 2, 1);
	j = node_join(&p->a, &p->b, false);
	node_route(&p->a, &p->b, j);
	node_share_keys(&p->a, &p->b);
	node_attach(&p->a, device, NODE_MTU);
	node_attach_tun(&p->b, NODE_MTU);
}

static inline void couple_close(struct couple *p)
{
	node_close(&p->a);
	node_close(&p->b);
}

/* The host of `a` hands over a packet for `b` behind `head`. */
static inline void couple_send_behind(struct couple *p, const uint8_t *head, size_t head_len, size_t len, uint8_t fill)
{
	static uint8_t frame[COUPLE_FRAME_MAX];

	memcpy(frame, head, head_len);
	packet_make(frame + head_len, len, p->a.address.node, p->b.address.node, fill);
	CHECK(send(p->a.tun, frame, head_len + len, 0) == (ssize_t)(head_len + len));
}

/* The host of `a` gets a packet of `b` behind `head`, in one piece. */
static inline void couple_expect_behind(struct couple *p, const uint8_t *head, size_t head_len, size_t len,
					uint8_t fill)
{
	static uint8_t want[COUPLE_FRAME_MAX], got[COUPLE_FRAME_MAX];

	memcpy(want, head, head_len);
	packet_make(want + head_len, len, p->b.address.node, p->a.address.node, fill);
	CHECK(readable_within(p->a.tun, PATIENCE));
	CHECK(recv(p->a.tun, got, sizeof got, 0) == (ssize_t)(head_len + len));
	CHECK(memcmp(want, got, head_len + len) == 0);
}

#endif
