/* SPDX-License-Identifier: MIT
 * Super-packets that the host of a couple's `a` sends, and the segments that reach the host of its `b`. */
#ifndef EVERLEAF_SUPERS_H
#define EVERLEAF_SUPERS_H

#include "checksum.h"
#include "couple.h"
#include "offload.h"
#include "sender.h"

/* The two nodes' addresses around the flow of offload.h. */
static inline uint8_t *couple_packet(size_t *len, const struct node *from, const struct node *to, const char *hex)
{
	uint8_t *packet = from_hex(len, hex);

	memcpy(packet + 8, from->address.node, ADDRESS_BYTES);
	memcpy(packet + 24, to->address.node, ADDRESS_BYTES);
	return packet;
}

static inline void couple_send_super(struct couple *p, const struct vnet *v, const char *hex)
{
	size_t len;
	uint8_t *packet = couple_packet(&len, &p->a, &p->b, hex);
	uint8_t frame[200] = {0};

	memcpy(frame, v, sizeof *v);
	memcpy(frame + sizeof *v, packet, len);
	CHECK(send(p->a.tun, frame, sizeof *v + len, 0) == (ssize_t)(sizeof *v + len));
	free(packet);
}

/* As on the wire but for the addresses, and the checksum which depends on them. */
static inline void couple_expect_segment(struct couple *p, const char *hex, size_t check)
{
	size_t len;
	uint8_t *want = couple_packet(&len, &p->a, &p->b, hex), got[200];

	CHECK(readable_within(p->b.tun, PATIENCE));
	CHECK(recv(p->b.tun, got, sizeof got, 0) == (ssize_t)len);
	CHECK(checksum_fold(checksum_add(checksum_pseudo(got, len - 40, got[6]), got + 40, len - 40)) == 0xffff);
	memcpy(want + check, got + check, 2);
	CHECK(memcmp(want, got, len) == 0);
	free(want);
}

/* More segments than one burst has room for: the rest waits, and its buffer is used again after that. A socketpair
 * holds no more than some two hundred packets. */
#define LONG_SEGMENTS 150

LAYOUT_FACT(LONG_SEGMENTS > 2 * SENDER_BURST);

static inline void couple_send_long(struct couple *p, unsigned round)
{
	static uint8_t frame[VNET_BYTES + 72 + LONG_SEGMENTS];
	const struct vnet v = {VNET_NEEDS_CSUM, VNET_TCP6, 72, 1, 40, 16};
	size_t len;
	uint8_t *head = couple_packet(&len, &p->a, &p->b, TCP_SUPER);

	memcpy(frame, &v, sizeof v);
	memcpy(frame + VNET_BYTES, head, 72);
	for (size_t i = 0; i < LONG_SEGMENTS; i++)
		frame[VNET_BYTES + 72 + i] = (uint8_t)(i + round);
	CHECK(send(p->a.tun, frame, sizeof frame, 0) == sizeof frame);
	free(head);
}

static inline void couple_expect_long(struct couple *p, unsigned round)
{
	static uint8_t got[100];

	for (size_t i = 0; i < LONG_SEGMENTS; i++) {
		CHECK(readable_within(p->b.tun, PATIENCE));
		CHECK(recv(p->b.tun, got, sizeof got, 0) == 73);
		CHECK(got[72] == (uint8_t)(i + round));
		CHECK(load_be32(got + 44) == (uint32_t)i - 2);
	}
}

#endif
