/* SPDX-License-Identifier: MIT
 * segment: super-packets become the packets they stand for, in buffers that are just long enough. The properties are
 * tested from Python, in tests/unit/core. */
#include "segment.h"

#include "offload.h"

static void cut(const char *super, const struct vnet *v, const char *const *segments, size_t n)
{
	size_t len, out_len;
	uint8_t *packet = from_hex(&len, super);
	struct segments s = {0};

	CHECK(!segments_left(&s));
	CHECK(segments_begin(&s, v, packet, len) == 0);
	for (size_t i = 0; i < n; i++) {
		uint8_t *out = malloc(strlen(segments[i]) / 2);

		CHECK(out && segments_left(&s));
		out_len = segments_next(out, &s);
		check_hex(out, out_len, segments[i]);
		free(out);
	}
	CHECK(!segments_left(&s));
	free(packet);
}

static void refused(const struct vnet *v, size_t len)
{
	size_t whole;
	uint8_t *packet = from_hex(&whole, TCP_SUPER), *cut_off = check_copy(packet, len);
	struct segments s = {0};

	CHECK(segments_begin(&s, v, cut_off, len) == -EBADMSG);
	CHECK(!segments_left(&s));
	free(cut_off);
	free(packet);
}

static void test_truncated_superpackets_are_refused(void)
{
	for (size_t len = 0; len <= TCP_VNET.head_len; len++)
		refused(&TCP_VNET, len);
	for (size_t len = 0; len <= UDP_VNET.head_len; len++)
		refused(&UDP_VNET, len);
}

static void test_congestion_bit_in_the_type_is_no_other_type(void)
{
	struct vnet v = TCP_VNET;

	v.type |= VNET_ECN;
	cut(TCP_SUPER, &v, TCP_SEGMENTS, ARRAY_LEN(TCP_SEGMENTS));
}

int main(void)
{
	cut(TCP_SUPER, &TCP_VNET, TCP_SEGMENTS, ARRAY_LEN(TCP_SEGMENTS));
	cut(UDP_SUPER, &UDP_VNET, UDP_SEGMENTS, ARRAY_LEN(UDP_SEGMENTS));
	test_truncated_superpackets_are_refused();
	test_congestion_bit_in_the_type_is_no_other_type();
	return 0;
}
