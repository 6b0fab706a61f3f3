/* SPDX-License-Identifier: MIT
 * A node's IPv6 address and /64, derived from its key. Twin of everleaf.address. */
#ifndef EVERLEAF_ADDRESS_H
#define EVERLEAF_ADDRESS_H

#include <stdint.h>

#include "crypto.h" /* KEY_BYTES */

#define ADDRESS_BYTES 16
#define SUBNET_BYTES 8

/* First byte of every address, and of every address inside a /64 of the mesh. */
enum { ADDRESS_NODE = 0x02, ADDRESS_SUBNET = 0x03 };

struct address {
	uint8_t node[ADDRESS_BYTES];
	uint8_t subnet[SUBNET_BYTES];
};

struct address address_of(const uint8_t key[static KEY_BYTES]);

/* Whether `ip` is this node's address, or lies inside its /64. */
bool address_owns(const struct address *a, const uint8_t ip[static ADDRESS_BYTES]);

#endif
