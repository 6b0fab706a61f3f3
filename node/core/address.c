/* SPDX-License-Identifier: MIT
 * Key to address: count the leading zero bits, skip the first one bit, invert what follows. */
#include "address.h"

#include <string.h>

#define KEY_BITS (KEY_BYTES * 8u)

static unsigned leading_zeros(const uint8_t key[static KEY_BYTES])
{
	unsigned bit = 0;

	while (bit < KEY_BITS && !(key[bit / 8] >> (7 - bit % 8) & 1))
		bit++;
	return bit;
}

/* Eight inverted bits from `bit` on; 0 when fewer than eight are left, as the network does it. */
static uint8_t inverted(const uint8_t key[static KEY_BYTES], unsigned bit)
{
	unsigned pair;

	if (bit + 8 > KEY_BITS)
		return 0;
	pair = (unsigned)key[bit / 8] << 8;
	if (bit % 8)
		pair |= key[bit / 8 + 1];
	return (uint8_t)~(pair >> (8 - bit % 8));
}

struct address address_of(const uint8_t key[static KEY_BYTES])
{
	struct address a = {.node = {ADDRESS_NODE}};
	unsigned zeros = leading_zeros(key);

	a.node[1] = (uint8_t)zeros;
	for (unsigned i = 2; i < ADDRESS_BYTES; i++)
		a.node[i] = inverted(key, zeros + 1 + (i - 2) * 8);
	memcpy(a.subnet, a.node, SUBNET_BYTES);
	a.subnet[0] = ADDRESS_SUBNET;
	return a;
}

bool address_owns(const struct address *a, const uint8_t ip[static ADDRESS_BYTES])
{
	return memcmp(ip, a->node, ADDRESS_BYTES) == 0 || memcmp(ip, a->subnet, SUBNET_BYTES) == 0;
}
