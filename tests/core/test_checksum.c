/* SPDX-License-Identifier: MIT
 * checksum: the standard's example, a slow reference for every length, and places outside the packet. */
#include "checksum.h"

#include "check.h"
#include "ipv6.h"

static uint16_t as_number(uint16_t stored)
{
	uint8_t bytes[2];

	memcpy(bytes, &stored, sizeof bytes);
	return load_be16(bytes);
}

/* RFC 1071, section 3. */
static void test_example_of_the_standard(void)
{
	static const uint8_t data[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	uint8_t out[2];

	CHECK(as_number(checksum_fold(checksum_add(0, data, sizeof data))) == 0xddf2);
	checksum_store(out, checksum_add(0, data, sizeof data));
	CHECK(load_be16(out) == 0x220d);
}

static uint16_t slow(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

static void test_every_length_equals_the_slow_way(void)
{
	uint8_t data[300];

	for (size_t len = 0; len <= sizeof data; len++) {
		uint8_t *copy;

		check_fill(data, sizeof data);
		copy = check_copy(data, len);
		CHECK(as_number(checksum_fold(checksum_add(0, copy, len))) == slow(copy, len));
		free(copy);
	}
}

static void test_carries_of_the_longest_packet_are_kept(void)
{
	uint8_t *ones = malloc(65536);

	CHECK(ones);
	memset(ones, 0xff, 65536);
	CHECK(checksum_fold(checksum_add(0, ones, 65536)) == 0xffff);
	CHECK(checksum_fold(UINT64_MAX) == 0xffff);
	CHECK(checksum_fold(UINT64_C(0x1fffffffe)) == 0xffff);
	free(ones);
}

static void test_pseudo_header_is_addresses_length_and_protocol(void)
{
	uint8_t packet[IPV6_HEADER_BYTES], same[40] = {0};

	check_fill(packet, sizeof packet);
	memcpy(same, packet + 8, 32);
	store_be32(same + 32, 65495);
	same[39] = IPV6_TCP;
	CHECK(checksum_fold(checksum_pseudo(packet, 65495, IPV6_TCP)) == checksum_fold(checksum_add(0, same, 40)));
}

static void test_nothing_is_stored_as_all_ones(void)
{
	static const uint8_t ones[2] = {0xff, 0xff};
	uint8_t out[2];

	checksum_store(out, checksum_add(0, ones, sizeof ones));
	CHECK(load_be16(out) == 0xffff);
}

static void test_place_must_be_inside(void)
{
	uint8_t packet[50] = {0};

	CHECK(checksum_complete(packet, 50, 40, 8) == 0);
	CHECK(packet[48] == 0xff && packet[49] == 0xff);
	CHECK(checksum_complete(packet, 50, 40, 9) == -EBADMSG);
	CHECK(checksum_complete(packet, 50, 65535, 65535) == -EBADMSG);
	CHECK(checksum_complete(packet, 1, 0, 0) == -EBADMSG);
}

int main(void)
{
	test_example_of_the_standard();
	test_every_length_equals_the_slow_way();
	test_carries_of_the_longest_packet_are_kept();
	test_pseudo_header_is_addresses_length_and_protocol();
	test_nothing_is_stored_as_all_ones();
	test_place_must_be_inside();
	return 0;
}
