/* SPDX-License-Identifier: MIT
 * Judge the packet, find its flow, join it or let the flow go ahead of it. */
#include "coalesce.h"

#include <string.h>

#include "checksum.h"
#include "ipv6.h"
#include "tcp.h"

#define SAME_FLOW (2 * 16 + 2 * 2) /* bytes from IPV6_SOURCE: addresses, then ports */
#define ECN 0x30                   /* in the second byte of IPv6 */
#define TCP_AT IPV6_HEADER_BYTES
#define UDP_AT IPV6_HEADER_BYTES

struct sink {
	coalesce_write *write;
	void *to;
};

enum kind {
	PART,   /* of a flow of TCP or UDP, and may wait */
	ALONE,  /* of such a flow, and may not */
	OTHER,  /* of no such flow */
	HIDDEN, /* who knows */
};

/* --- one packet ------------------------------------------------------------------------------------------------- */

/* More than an acknowledgement and data must be seen by itself, and so must a mark of congestion. */
static bool is_plain(const uint8_t *packet, size_t len)
{
	const uint8_t *tcp = packet + TCP_AT;
	size_t header = tcp_header_len(tcp);

	return IPV6_HEADER_BYTES + (size_t)load_be16(packet + IPV6_PAYLOAD_LENGTH) == len && len <= COALESCE_MAX &&
	       header >= TCP_HEADER_BYTES && TCP_AT + header < len && !(tcp[TCP_OFFSET] & 0x0f) &&
	       (tcp[TCP_FLAGS] & ~TCP_PSH) == TCP_ACK && load_be16(tcp + TCP_URGENT) == 0 && (packet[1] & ECN) != ECN;
}

/* Without a checksum, which only the kernel may refuse, or without payload a datagram must be seen by itself, too. */
static bool is_plain_datagram(const uint8_t *packet, size_t len)
{
	const uint8_t *udp = packet + UDP_AT;

	return IPV6_HEADER_BYTES + (size_t)load_be16(packet + IPV6_PAYLOAD_LENGTH) == len && len <= COALESCE_MAX &&
	       UDP_AT + (size_t)load_be16(udp + UDP_LENGTH) == len && UDP_AT + UDP_HEADER_BYTES < len &&
	       load_be16(udp + UDP_CHECKSUM) != 0;
}

static enum kind judge(const uint8_t *packet, size_t len)
{
	switch (packet[IPV6_NEXT_HEADER]) {
	case IPV6_TCP:
		if (len < TCP_AT + TCP_HEADER_BYTES)
			return HIDDEN;
		return is_plain(packet, len) ? PART : ALONE;
	case IPV6_UDP:
		if (len < UDP_AT + UDP_HEADER_BYTES)
			return HIDDEN;
		return is_plain_datagram(packet, len) ? PART : ALONE;
	case IPV6_ICMP:
		return OTHER;
	default:
		return HIDDEN;
	}
}

static bool is_udp(const uint8_t *packet)
{
	return packet[IPV6_NEXT_HEADER] == IPV6_UDP;
}

static size_t head_len(const uint8_t *packet)
{
	return is_udp(packet) ? UDP_AT + UDP_HEADER_BYTES : TCP_AT + tcp_header_len(packet + TCP_AT);
}

static bool is_valid(const uint8_t *packet, size_t len)
{
	uint64_t pseudo = checksum_pseudo(packet, len - TCP_AT, packet[IPV6_NEXT_HEADER]);

	return checksum_fold(checksum_add(pseudo, packet + TCP_AT, len - TCP_AT)) == UINT16_MAX;
}

static bool is_pushed(const uint8_t *packet)
{
	return !is_udp(packet) && packet[TCP_AT + TCP_FLAGS] & TCP_PSH;
}

/* --- what waits ------------------------------------------------------------------------------------------------- */

static void write_one(const struct sink *s, uint8_t *packet, size_t len)
{
	static const struct vnet nothing;

	s->write(s->to, &nothing, &(struct iovec){packet, len}, 1, 1);
}

/* Lengths, flags and what IPv6 adds to the checksum are the whole's. */
static void make_super(struct vnet *v, const struct coalesce_flow *f)
{
	const bool udp = is_udp(f->first);
	const size_t check = udp ? UDP_CHECKSUM : TCP_CHECKSUM, len = f->len - IPV6_HEADER_BYTES;
	uint16_t pseudo = checksum_fold(checksum_pseudo(f->first, len, f->first[IPV6_NEXT_HEADER]));

	store_be16(f->first + IPV6_PAYLOAD_LENGTH, (uint16_t)len);
	if (udp)
		store_be16(f->first + UDP_AT + UDP_LENGTH, (uint16_t)len);
	memcpy(f->first + TCP_AT + check, &pseudo, sizeof pseudo);
	*v = (struct vnet){
		.flags = VNET_NEEDS_CSUM,
		.type = udp ? VNET_UDP : VNET_TCP6,
		.head_len = (uint16_t)f->head,
		.size = (uint16_t)f->size,
		.start = TCP_AT,
		.offset = (uint16_t)check,
	};
}

static void let_go(struct coalesce *c, const struct sink *s, struct coalesce_flow *f)
{
	struct vnet v = {0};

	if (f->parts > 1)
		make_super(&v, f);
	s->write(s->to, &v, f->part, f->parts, f->parts);
	f->first = NULL;
	c->waiting--;
}

static struct coalesce_flow *find(struct coalesce *c, const uint8_t *packet)
{
	for (size_t i = 0; c->waiting && i < COALESCE_FLOWS; i++) {
		struct coalesce_flow *f = &c->flow[i];

		if (f->first && f->first[IPV6_NEXT_HEADER] == packet[IPV6_NEXT_HEADER] &&
		    memcmp(f->first + IPV6_SOURCE, packet + IPV6_SOURCE, SAME_FLOW) == 0)
			return f;
	}
	return NULL;
}

static struct coalesce_flow *find_free(struct coalesce *c)
{
	for (size_t i = 0; c->waiting < COALESCE_FLOWS && i < COALESCE_FLOWS; i++)
		if (!c->flow[i].first)
			return &c->flow[i];
	return NULL;
}

/* Wait for what follows. */
static void begin(struct coalesce *c, struct coalesce_flow *f, uint8_t *packet, size_t len)
{
	f->first = packet;
	f->head = head_len(packet);
	f->size = len - f->head;
	f->len = len;
	f->next = is_udp(packet) ? 0 : load_be32(packet + TCP_AT + TCP_SEQ) + (uint32_t)f->size;
	f->verified = false;
	f->part[0] = (struct iovec){packet, len};
	f->parts = 1;
	c->waiting++;
}

static bool same_ipv6(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, IPV6_PAYLOAD_LENGTH) == 0 && a[IPV6_HOP_LIMIT] == b[IPV6_HOP_LIMIT];
}

/* Whether nothing but payload, its sequence number, a push and the checksum tell them apart; PSH is in no first one. */
static bool same_tcp(const uint8_t *a, const uint8_t *b, size_t head)
{
	const uint8_t *one = a + TCP_AT, *other = b + TCP_AT;

	return memcmp(one + TCP_ACK_NUMBER, other + TCP_ACK_NUMBER, TCP_FLAGS - TCP_ACK_NUMBER) == 0 &&
	       memcmp(one + TCP_WINDOW, other + TCP_WINDOW, 2) == 0 &&
	       memcmp(one + TCP_HEADER_BYTES, other + TCP_HEADER_BYTES, head - TCP_AT - TCP_HEADER_BYTES) == 0;
}

/* Both checksums are looked at last, for it costs most; the first one's once. */
static bool joins(struct coalesce_flow *f, const uint8_t *packet, size_t len)
{
	size_t payload = len - head_len(packet);

	if (payload > f->size || f->len + payload > COALESCE_MAX || !same_ipv6(f->first, packet))
		return false;
	if (!is_udp(packet) &&
	    (load_be32(packet + TCP_AT + TCP_SEQ) != f->next || !same_tcp(f->first, packet, f->head)))
		return false;
	if (!f->verified)
		f->verified = is_valid(f->first, f->len);
	return f->verified && is_valid(packet, len);
}

/* True when the super-packet is complete by it: a short segment or a push is its end. */
static bool join(struct coalesce_flow *f, uint8_t *packet, size_t len)
{
	size_t payload = len - f->head;

	f->part[f->parts++] = (struct iovec){packet + f->head, payload};
	f->len += payload;
	f->next += (uint32_t)payload;
	if (is_pushed(packet))
		f->first[TCP_AT + TCP_FLAGS] |= TCP_PSH;
	return payload < f->size || is_pushed(packet) || f->parts == COALESCE_PARTS;
}

static void put_in_flow(struct coalesce *c, const struct sink *s, bool may_wait, uint8_t *packet, size_t len)
{
	struct coalesce_flow *f = find(c, packet);

	if (f && may_wait && joins(f, packet, len)) {
		if (join(f, packet, len))
			let_go(c, s, f);
		return;
	}
	if (f)
		let_go(c, s, f);
	f = may_wait && !is_pushed(packet) ? find_free(c) : NULL;
	if (f)
		begin(c, f, packet, len);
	else
		write_one(s, packet, len);
}

void coalesce_put(struct coalesce *c, coalesce_write *write, void *to, uint8_t *packet, size_t len)
{
	struct sink s = {write, to};
	enum kind kind = judge(packet, len);

	if (kind == PART || kind == ALONE) {
		put_in_flow(c, &s, kind == PART && !(c->apart && is_udp(packet)), packet, len);
		return;
	}
	if (kind == HIDDEN)
		coalesce_flush(c, write, to);
	write_one(&s, packet, len);
}

void coalesce_flush(struct coalesce *c, coalesce_write *write, void *to)
{
	struct sink s = {write, to};

	for (size_t i = 0; c->waiting && i < COALESCE_FLOWS; i++)
		if (c->flow[i].first)
			let_go(c, &s, &c->flow[i]);
}
