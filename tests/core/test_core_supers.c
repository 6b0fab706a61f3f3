/* SPDX-License-Identifier: MIT
 * Super-packets of a virtio header: the host's are cut into segments, and segments for the host are joined. */
#include "supers.h"

static atomic_bool supers_are_refused;

/* The C library's, for the devices here, which are sockets. */
ssize_t writev(int fd, const struct iovec *part, int parts)
{
	struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)part, .msg_iovlen = (size_t)parts};

	if (parts > 2 && supers_are_refused) {
		errno = EINVAL;
		return -1;
	}
	return sendmsg(fd, &message, 0);
}

/* --- of the host ------------------------------------------------------------------------------------------------ */

static void test_superpackets_of_the_host_cross_as_segments(void)
{
	struct couple p;

	couple_open(&p, (struct core_device){.vnet_header = VNET_BYTES});
	couple_send_super(&p, &TCP_VNET, TCP_SUPER);
	couple_send_super(&p, &UDP_VNET, UDP_SUPER);
	for (size_t i = 0; i < ARRAY_LEN(TCP_SEGMENTS); i++)
		couple_expect_segment(&p, TCP_SEGMENTS[i], 40 + 16);
	for (size_t i = 0; i < ARRAY_LEN(UDP_SEGMENTS); i++)
		couple_expect_segment(&p, UDP_SEGMENTS[i], 40 + 6);
	node_expect_count(&p.a, "packets_read", 6);
	CHECK(node_counter(&p.a, "supers_read") == 2);
	couple_close(&p);
}

static void test_superpacket_that_is_none_is_dropped(void)
{
	struct vnet v = TCP_VNET;
	struct couple p;

	v.size = 0;
	couple_open(&p, (struct core_device){.vnet_header = VNET_BYTES});
	couple_send_super(&p, &v, TCP_SUPER);
	node_expect_count(&p.a, "dropped_offload", 1);
	node_send_packet(&p.b, &p.a, 1280, 1); /* and that is all that happened */
	couple_expect_behind(&p, (const uint8_t[VNET_BYTES]){0}, VNET_BYTES, 1280, 1);
	couple_close(&p);
}

static void test_long_superpackets_are_cut_in_several_bursts(void)
{
	struct couple p;

	couple_open(&p, (struct core_device){.vnet_header = VNET_BYTES});
	for (unsigned round = 0; round < 3; round++) {
		couple_send_long(&p, round);
		couple_expect_long(&p, round);
	}
	couple_close(&p);
}

/* --- for the host ----------------------------------------------------------------------------------------------- */

/* Segment `i` of a flow from `b` to `a`: one hundred bytes each. */
static size_t segment_of(uint8_t *out, const struct couple *p, uint32_t i)
{
	size_t len = 60 + 100;

	packet_make(out, len, p->b.address.node, p->a.address.node, (uint8_t)i);
	out[6] = 6;
	memset(out + 40, 0, 20);
	store_be32(out + 44, 100 * i);
	out[52] = 5 << 4;
	out[53] = 0x10;
	memset(out + 56, 0, 2);
	checksum_store(out + 56, checksum_add(checksum_pseudo(out, len - 40, 6), out + 40, len - 40));
	return len;
}

/* The flow arrives whole, however it was joined; what is joined says so, and how many writes it took. */
static unsigned take_flow(struct couple *p, size_t segments)
{
	static uint8_t got[65536];
	size_t payload = 0;
	unsigned writes = 0;

	while (payload < 100 * segments) {
		struct vnet v;
		ssize_t n;

		CHECK(readable_within(p->a.tun, PATIENCE));
		n = recv(p->a.tun, got, sizeof got, 0);
		CHECK(n >= VNET_BYTES + 160);
		memcpy(&v, got, sizeof v);
		CHECK(v.type == (n > VNET_BYTES + 160 ? VNET_TCP6 : VNET_SINGLE));
		CHECK(load_be32(got + VNET_BYTES + 44) == payload);
		for (size_t at = VNET_BYTES + 60; at < (size_t)n; at++)
			CHECK(got[at] == (uint8_t)(payload++ / 100));
		writes++;
	}
	return writes;
}

static void test_segments_reach_the_host_together(void)
{
	uint8_t packet[200];
	struct couple p;

	couple_open(&p, (struct core_device){.vnet_header = VNET_BYTES});
	for (uint32_t i = 0; i < LONG_SEGMENTS; i++) {
		size_t len = segment_of(packet, &p, i);

		CHECK(send(p.b.tun, packet, len, 0) == (ssize_t)len);
	}
	CHECK(take_flow(&p, LONG_SEGMENTS) <= LONG_SEGMENTS);
	node_expect_count(&p.a, "packets_written", LONG_SEGMENTS);
	couple_close(&p);
}

/* Such a flow of LONG_SEGMENTS from `b` to `a`, in bursts: their host has a virtio header, too. */
static void send_flow(struct couple *p)
{
	static uint8_t frame[VNET_BYTES + 60 + 100 * LONG_SEGMENTS];
	const struct vnet v = {VNET_NEEDS_CSUM, VNET_TCP6, 60, 100, 40, 16};

	memcpy(frame, &v, sizeof v);
	segment_of(frame + VNET_BYTES, p, 0);
	for (size_t i = 0; i < 100 * LONG_SEGMENTS; i++)
		frame[VNET_BYTES + 60 + i] = (uint8_t)(i / 100);
	CHECK(send(p->b.tun, frame, sizeof frame, 0) == sizeof frame);
}

static void test_kernel_that_refuses_superpackets_gets_none_from_then_on(void)
{
	static uint8_t got[VNET_BYTES + 160];
	uint64_t lost;
	struct couple p;

	couple_open(&p, (struct core_device){.vnet_header = VNET_BYTES});
	CHECK(core_detach_tun(p.b.core) == 0);
	close(p.b.tun);
	node_attach(&p.b, (struct core_device){.vnet_header = VNET_BYTES}, NODE_MTU);
	supers_are_refused = true;
	send_flow(&p);
	while ((lost = node_counter(&p.a, "dropped_tun_write")) + node_counter(&p.a, "packets_written") < LONG_SEGMENTS)
		usleep(1000);
	supers_are_refused = false;
	CHECK(lost >= 2 && node_counter(&p.a, "supers_written") == 0);
	for (uint64_t i = lost; i < LONG_SEGMENTS; i++)
		CHECK(recv(p.a.tun, got, sizeof got, 0) > 0);
	send_flow(&p);
	CHECK(take_flow(&p, LONG_SEGMENTS) == LONG_SEGMENTS);
	couple_close(&p);
}

int main(void)
{
	test_superpackets_of_the_host_cross_as_segments();
	test_superpacket_that_is_none_is_dropped();
	test_long_superpackets_are_cut_in_several_bursts();
	test_segments_reach_the_host_together();
	test_kernel_that_refuses_superpackets_gets_none_from_then_on();
	return 0;
}
