/* SPDX-License-Identifier: MIT
 * A batch of packets for the host: whatever comes out, cut up again, is what went in, byte for byte, checksums that were
 * wrong too; in order within each flow; and nothing is left.
 *
 * The input is a list of records: how a packet differs from the next one of its flow, at which byte, and how. */
#include "checksum.h"
#include "coalesce.h"
#include "ipv6.h"
#include "segment.h"
#include "tcp.h"

#include "fuzz.h"

#define PACKETS 200
#define HEAD (IPV6_HEADER_BYTES + TCP_HEADER_BYTES + 12)
#define PACKET_MAX (HEAD + 256)
#define FLOWS 11

struct record {
	uint8_t flow, payload, at, value, spoil;
};

struct batch {
	size_t n;
	size_t len[PACKETS];
	uint8_t sent[PACKETS][PACKET_MAX]; /* as it went in */
	bool done[PACKETS];
	uint32_t seq[FLOWS];
};

/* A packet that ends before its ports has zeros there. */
static bool same_flow(const uint8_t *a, const uint8_t *b)
{
	return a[IPV6_NEXT_HEADER] == b[IPV6_NEXT_HEADER] && memcmp(a + IPV6_SOURCE, b + IPV6_SOURCE, 36) == 0;
}

/* The oldest packet of that flow which has not come out yet is this one. */
static void claim_next(struct batch *b, const uint8_t *packet, size_t len)
{
	size_t i = 0;

	while (i < b->n && (b->done[i] || !same_flow(b->sent[i], packet)))
		i++;
	CLAIM(i < b->n && b->len[i] == len && memcmp(b->sent[i], packet, len) == 0);
	b->done[i] = true;
}

static void claim_written(void *to, const struct vnet *v, const struct iovec *part, size_t parts, size_t packets)
{
	uint8_t *whole = calloc(1, COALESCE_MAX), out[PACKET_MAX];
	struct segments s = {0};
	size_t len = 0;

	CLAIM(whole && parts && packets == parts && (packets == 1) == (v->type == VNET_SINGLE));
	memset(whole, 0, HEAD);
	for (size_t i = 0; i < parts; i++) {
		CLAIM(len + part[i].iov_len <= COALESCE_MAX);
		memcpy(whole + len, part[i].iov_base, part[i].iov_len);
		len += part[i].iov_len;
	}
	CLAIM(packets > 1 || v->flags == 0);
	CLAIM(segments_begin(&s, v, whole, len) == 0);
	if (packets == 1)
		claim_next(to, whole, len);
	for (; segments_left(&s); packets--)
		claim_next(to, out, segments_next(out, &s));
	free(whole);
}

static void set_checksum(uint8_t *packet, size_t len, size_t at)
{
	uint64_t pseudo = checksum_pseudo(packet, len - IPV6_HEADER_BYTES, packet[IPV6_NEXT_HEADER]);

	memset(packet + IPV6_HEADER_BYTES + at, 0, 2);
	checksum_store(packet + IPV6_HEADER_BYTES + at,
		       checksum_add(pseudo, packet + IPV6_HEADER_BYTES, len - IPV6_HEADER_BYTES));
}

/* The transport's header of a TCP segment; where its checksum is. */
static size_t make_tcp(uint8_t *tcp, uint32_t seq)
{
	store_be32(tcp + TCP_SEQ, seq);
	tcp[TCP_OFFSET] = (HEAD - IPV6_HEADER_BYTES) << 2;
	tcp[TCP_FLAGS] = TCP_ACK;
	return TCP_CHECKSUM;
}

static size_t make_udp(uint8_t *udp, size_t len)
{
	store_be16(udp + UDP_LENGTH, (uint16_t)(len - IPV6_HEADER_BYTES));
	return UDP_CHECKSUM;
}

/* The next part of its flow, but for one byte and, if spoilt, the checksum. */
static size_t make(struct batch *b, uint8_t *packet, const struct record *r)
{
	uint8_t flow = r->flow % FLOWS, *transport = packet + IPV6_HEADER_BYTES;
	bool udp = flow % 2;
	size_t head = udp ? IPV6_HEADER_BYTES + UDP_HEADER_BYTES : HEAD, len = head + r->payload, check, whole = len;

	memset(packet, r->payload, len);
	memset(packet, 0, head);
	packet[0] = 0x60;
	packet[IPV6_NEXT_HEADER] = udp ? IPV6_UDP : IPV6_TCP;
	store_be16(packet + IPV6_PAYLOAD_LENGTH, (uint16_t)(len - IPV6_HEADER_BYTES));
	transport[1] = flow;
	check = udp ? make_udp(transport, len) : make_tcp(transport, b->seq[flow]);
	b->seq[flow] += r->payload;
	packet[r->at % len] ^= r->value;
	set_checksum(packet, len, check);
	transport[check] ^= r->spoil & 1;
	if (r->spoil & 2)
		len -= r->spoil % (len - IPV6_HEADER_BYTES);
	memset(packet + len, 0, whole - len); /* same_flow looks there */
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct batch *b = calloc(1, sizeof *b);
	uint8_t *packet[PACKETS];
	struct coalesce c = {0};
	struct record r;

	CLAIM(b);
	for (; b->n < PACKETS && len >= sizeof r; data += sizeof r, len -= sizeof r) {
		size_t i = b->n++;

		memcpy(&r, data, sizeof r);
		b->len[i] = make(b, b->sent[i], &r);
		memset(b->sent[i] + b->len[i], 0, PACKET_MAX - b->len[i]);
		packet[i] = malloc(b->len[i]);
		CLAIM(packet[i]);
		memcpy(packet[i], b->sent[i], b->len[i]);
		if (packet[i][0] >> 4 == 6)
			coalesce_put(&c, claim_written, b, packet[i], b->len[i]);
		else
			b->done[i] = true; /* never gets that far */
	}
	coalesce_flush(&c, claim_written, b);
	for (size_t i = 0; i < b->n; i++) {
		CLAIM(b->done[i]);
		free(packet[i]);
	}
	free(b);
	return 0;
}
