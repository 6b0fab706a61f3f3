/* SPDX-License-Identifier: MIT
 * EtherType first, then as much of IPv6 as tells neighbour discovery from packets. */
#include "ethernet.h"

#include <string.h>

#include "ipv6.h"
#include "port.h"

#define ETHERNET_TYPE (2 * MAC_BYTES) /* offset */
#define TYPE_IPV6 0x86dd

/* RFC 4861: router solicitation and advertisement, neighbour solicitation and advertisement, redirect. */
#define NEIGHBOUR_FIRST 133
#define NEIGHBOUR_LAST 137

static const uint8_t OUR_MAC[MAC_BYTES] = {0x02, 0, 0, 0, 0, 0x02};

/* An extension header in front makes it a packet like any other: no host sends discovery that way. */
static bool is_neighbour(const uint8_t *packet, size_t len)
{
	return len > IPV6_HEADER_BYTES && packet[IPV6_NEXT_HEADER] == IPV6_ICMP &&
	       packet[IPV6_HEADER_BYTES] >= NEIGHBOUR_FIRST && packet[IPV6_HEADER_BYTES] <= NEIGHBOUR_LAST;
}

enum ethernet_way ethernet_judge(size_t *whole, const uint8_t *frame, size_t len)
{
	const uint8_t *packet = frame + ETHERNET_HEAD_BYTES;
	size_t said;

	*whole = len;
	if (len < ETHERNET_HEAD_BYTES)
		return ETHERNET_SHORT;
	if (load_be16(frame + ETHERNET_TYPE) != TYPE_IPV6)
		return ETHERNET_FOREIGN;
	len -= ETHERNET_HEAD_BYTES;
	if (len < IPV6_HEADER_BYTES)
		return ETHERNET_SHORT;
	if (!ipv6_packet(packet, len))
		return ETHERNET_PACKET;
	said = IPV6_HEADER_BYTES + load_be16(packet + IPV6_PAYLOAD_LENGTH);
	if (said < len)
		len = said;
	*whole = ETHERNET_HEAD_BYTES + len;
	return is_neighbour(packet, len) ? ETHERNET_NEIGHBOUR : ETHERNET_PACKET;
}

void ethernet_put_head(uint8_t out[static ETHERNET_HEAD_BYTES], const uint8_t host[static MAC_BYTES])
{
	memcpy(out, host, MAC_BYTES);
	memcpy(out + MAC_BYTES, OUR_MAC, MAC_BYTES);
	out[ETHERNET_TYPE] = TYPE_IPV6 >> 8;
	out[ETHERNET_TYPE + 1] = TYPE_IPV6 & 0xff;
}
