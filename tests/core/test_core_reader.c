/* SPDX-License-Identifier: MIT
 * Who reads the device: a thread of its own, or a worker, to which it is lent. */
#include "supers.h"

/* Every packet arrives in order, whoever reads: the device is lent at the first packet, taken back in a flood, lent
 * again when little leaves. */
static void test_device_is_lent_while_little_leaves(void)
{
	struct couple p;

	couple_open(&p, (struct core_device){0});
	for (unsigned moved = 1; moved <= 5; moved += 2) {
		do {
			usleep(2000); /* five hundred a second are few */
			node_send_packet(&p.a, &p.b, 100, 1);
			node_expect_packet(&p.b, &p.a, 100, 1);
		} while (node_counter(&p.a, "device_moved") < moved);
		CHECK(node_counter(&p.a, "device_moved") == moved);
		for (unsigned i = 0; i < 400; i++) {
			node_send_packet(&p.a, &p.b, 100, (uint8_t)i);
			if (i >= 100)
				node_expect_packet(&p.b, &p.a, 100, (uint8_t)(i - 100));
		}
		for (unsigned i = 300; i < 400; i++)
			node_expect_packet(&p.b, &p.a, 100, (uint8_t)i);
		CHECK(node_counter(&p.a, "device_moved") == moved + 1);
	}
	couple_close(&p);
}

/* What is left of a super-packet of few bytes and many segments wakes nobody: it must not wait for the next packet. */
static void test_lent_device_leaves_no_segment_behind(void)
{
	struct couple p;

	couple_open(&p, (struct core_device){.vnet_header = VNET_BYTES});
	for (unsigned i = 0; i < 2; i++) {
		couple_send_super(&p, &TCP_VNET, TCP_SUPER);
		for (size_t k = 0; k < ARRAY_LEN(TCP_SEGMENTS); k++)
			couple_expect_segment(&p, TCP_SEGMENTS[k], 40 + 16);
	}
	CHECK(node_counter(&p.a, "device_moved") == 1);
	couple_send_long(&p, 0);
	couple_expect_long(&p, 0);
	CHECK(node_counter(&p.a, "device_moved") == 2);
	couple_close(&p);
}

int main(void)
{
	test_device_is_lent_while_little_leaves();
	test_lent_device_leaves_no_segment_behind();
	return 0;
}
