/* SPDX-License-Identifier: MIT
 * address: pairs from the captured vectors (tests/vectors), the edges among them. */
#include "address.h"

#include <stdio.h>

#include "check.h"

static const struct {
	const char *key, *address;
} VECTORS[] = {
	{"31d76e868128176d4e351dabc586b35bba5e30b4b6b00100750e750c150057ae", "020271448bcbf6bf44958e5712a1d3ca"},
	{"51af79e296915ddcafd9138caee6dcb87db4e907a4fd65a898e8393b065a160e", "0201b9421875a5ba888d409bb1cd4464"},
	{"007a97f6f023cdd0551c1fbe08c1a4759ed2ecc0ce456e0edd2434df725b7d73", "020915a0243f70c8beab8f8107dcf96e"},
	{"000c2fc2d1d64cc4fe5bdb9864cab9e277420fb63dccf1fb27bfa72f14cbacec", "020c7a07a5c536676034848cf366a8c3"},
	{"0000000000000000000000000000000000000000000000000000000000000000", "02000000000000000000000000000000"},
	{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "02000000000000000000000000000000"},
	{"8000000000000000000000000000000000000000000000000000000000000000", "0200ffffffffffffffffffffffffffff"},
	{"0100000000000000000000000000000000000000000000000000000000000000", "0207ffffffffffffffffffffffffffff"},
	{"0000000000000001f356e1a89077941e4f81676e6b0c825e07e60b65f5ab0cb0", "023f0ca91e576f886be1b07e989194f3"},
	{"000000000000000000000000000000000001c11853eb4083b511a9bfee82ff67", "028f3ee7ac14bf7c4aee5640117d0098"},
	{"000000000000000000000000000000000000418b29a21d2bbc4c1012c2930a7a", "0291f9d359778b510ecfbfb4f5b3d600"},
	{"0000000000000000000000000000000000000000de4bd86e9d40b9bff53498ff", "02a043684f22c57e8c801596ce000000"},
	{"00000000000000000000000000000000000000000000000000d62a50ea439fd8", "02c853ab5e2b78c00000000000000000"},
	{"00000000000000000000000000000000000000000000000000000000000000d6", "02f80000000000000000000000000000"},
	{"0000000000000000000000000000000000000000000000000000000000000001", "02ff0000000000000000000000000000"},
};

static void from_hex(uint8_t *out, const char *hex, size_t len)
{
	for (size_t i = 0; i < len; i++)
		CHECK(sscanf(hex + 2 * i, "%2hhx", &out[i]) == 1);
}

static void test_address_matches_vectors(void)
{
	for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
		uint8_t key[KEY_BYTES], want[ADDRESS_BYTES];
		struct address a;

		from_hex(key, VECTORS[i].key, sizeof key);
		from_hex(want, VECTORS[i].address, sizeof want);
		a = address_of(key);
		CHECK(memcmp(a.node, want, ADDRESS_BYTES) == 0);
		want[0] = ADDRESS_SUBNET;
		CHECK(memcmp(a.subnet, want, SUBNET_BYTES) == 0);
	}
}

static void test_address_owns_itself_and_its_subnet(void)
{
	uint8_t key[KEY_BYTES] = {1, 2, 3}, ip[ADDRESS_BYTES];
	struct address a = address_of(key);

	memcpy(ip, a.node, sizeof ip);
	CHECK(address_owns(&a, ip));
	ip[15] ^= 1;
	CHECK(!address_owns(&a, ip));
	memcpy(ip, a.subnet, SUBNET_BYTES);
	CHECK(address_owns(&a, ip));
	ip[7] ^= 1;
	CHECK(!address_owns(&a, ip));
}

int main(void)
{
	test_address_matches_vectors();
	test_address_owns_itself_and_its_subnet();
	return 0;
}
