/* SPDX-License-Identifier: MIT
 * Copy the headers, then set right what differs: lengths, the sequence number, flags that belong to the first or the
 * last one, the checksum. */
#include "segment.h"

#include <errno.h>
#include <string.h>

#include "checksum.h"
#include "ipv6.h"
#include "tcp.h"

/* Where the transport's header begins. The kernel tells when it left the checksum to us. When it verified it instead, we
 * know the plainest packet only; when it did neither, cutting would make a checksum valid that nobody has looked at. */
static size_t transport_of(const struct vnet *v)
{
	if (v->flags & VNET_NEEDS_CSUM)
		return v->start;
	return v->flags & VNET_DATA_VALID ? IPV6_HEADER_BYTES : 0;
}

/* Length of the headers, 0 when they are not whole or not what the type says. */
static size_t head_of(uint8_t *protocol, unsigned type, size_t transport, const uint8_t *packet, size_t len)
{
	size_t least = type == VNET_TCP6 ? TCP_HEADER_BYTES : UDP_HEADER_BYTES, header = least;

	*protocol = type == VNET_TCP6 ? IPV6_TCP : IPV6_UDP;
	if (transport < IPV6_HEADER_BYTES || transport + least > len)
		return 0;
	if (transport == IPV6_HEADER_BYTES && packet[IPV6_NEXT_HEADER] != *protocol)
		return 0;
	if (type == VNET_TCP6)
		header = tcp_header_len(packet + transport);
	return header < least ? 0 : transport + header;
}

static int begin(struct segments *out, const struct vnet *v, const uint8_t *packet, size_t len)
{
	unsigned type = v->type & ~(unsigned)VNET_ECN;
	struct segments s = {.packet = packet, .transport = transport_of(v), .size = v->size};

	if ((type != VNET_TCP6 && type != VNET_UDP) || !s.size || !ipv6_packet(packet, len))
		return -EBADMSG;
	s.head = head_of(&s.protocol, type, s.transport, packet, len);
	if (!s.head || s.head >= len)
		return -EBADMSG;
	s.end = len - s.head;
	*out = s;
	return 0;
}

int segments_begin(struct segments *out, const struct vnet *v, uint8_t *packet, size_t len)
{
	if (v->type != VNET_SINGLE)
		return begin(out, v, packet, len);
	return v->flags & VNET_NEEDS_CSUM ? checksum_complete(packet, len, v->start, v->offset) : 0;
}

static void set_tcp(uint8_t *tcp, size_t at, bool last)
{
	store_be32(tcp + TCP_SEQ, load_be32(tcp + TCP_SEQ) + (uint32_t)at);
	if (!last)
		tcp[TCP_FLAGS] &= (uint8_t)~(TCP_FIN | TCP_PSH);
	if (at)
		tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
}

/* The payload is summed where it came from: bytes just written would be waited for. */
static void set_checksum(uint8_t *check, const struct segments *s, const uint8_t *out, const uint8_t *payload, size_t n)
{
	size_t header = s->head - s->transport;
	uint64_t sum = checksum_pseudo(out, header + n, s->protocol);

	memset(check, 0, 2);
	sum = checksum_add(sum, out + s->transport, header);
	checksum_store(check, checksum_add(sum, payload, n));
}

size_t segments_next(uint8_t *out, struct segments *s)
{
	size_t left = s->end - s->at, n = left < s->size ? left : s->size;
	const uint8_t *payload = s->packet + s->head + s->at;
	uint8_t *transport = out + s->transport;

	memcpy(out, s->packet, s->head);
	store_be16(out + IPV6_PAYLOAD_LENGTH, (uint16_t)(s->head + n - IPV6_HEADER_BYTES));
	if (s->protocol == IPV6_TCP) {
		set_tcp(transport, s->at, n == left);
		set_checksum(transport + TCP_CHECKSUM, s, out, payload, n);
	} else {
		store_be16(transport + UDP_LENGTH, (uint16_t)(UDP_HEADER_BYTES + n));
		set_checksum(transport + UDP_CHECKSUM, s, out, payload, n);
	}
	memcpy(out + s->head, payload, n);
	s->at += n;
	return s->head + n;
}
