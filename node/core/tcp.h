/* SPDX-License-Identifier: MIT
 * The little that offloads must know about TCP and UDP headers; offsets count from their beginning. */
#ifndef EVERLEAF_TCP_H
#define EVERLEAF_TCP_H

#include "port.h"

#define TCP_HEADER_BYTES 20 /* without options */
#define TCP_SEQ 4
#define TCP_ACK_NUMBER 8
#define TCP_OFFSET 12 /* header length in words of four bytes, in the upper half */
#define TCP_FLAGS 13
#define TCP_WINDOW 14
#define TCP_CHECKSUM 16
#define TCP_URGENT 18

#define TCP_FIN 0x01 /* in flags */
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_CWR 0x80

#define UDP_HEADER_BYTES 8
#define UDP_LENGTH 4
#define UDP_CHECKSUM 6

static inline size_t tcp_header_len(const uint8_t *tcp)
{
	return (size_t)(tcp[TCP_OFFSET] >> 4) * 4;
}

#endif
