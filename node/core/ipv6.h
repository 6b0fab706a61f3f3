/* SPDX-License-Identifier: MIT
 * The little the packet path must know about the packets it carries. */
#ifndef EVERLEAF_IPV6_H
#define EVERLEAF_IPV6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPV6_HEADER_BYTES 40
#define IPV6_PAYLOAD_LENGTH 4 /* offsets */
#define IPV6_NEXT_HEADER 6
#define IPV6_HOP_LIMIT 7
#define IPV6_SOURCE 8
#define IPV6_DEST 24

#define IPV6_TCP 6 /* as next header */
#define IPV6_UDP 17
#define IPV6_ICMP 58

#define MESSAGE_IPV6 1 /* first byte of an in-session message that is a packet */

static inline bool ipv6_packet(const uint8_t *packet, size_t len)
{
	return len >= IPV6_HEADER_BYTES && packet[0] >> 4 == 6;
}

#endif
