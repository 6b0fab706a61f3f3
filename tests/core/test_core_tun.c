/* SPDX-License-Identifier: MIT
 * Devices that wrap something around their packets: what each framing puts on and takes off, what is refused, and what
 * goes to control instead of the mesh. */
#include "checksum.h"
#include "ethernet.h"
#include "nodes.h"
#include "offload.h"
#include "sender.h"
#include "tun.h"

#define FRAME_ROOM (64 + NODE_MTU)

static const uint8_t HOST_MAC[] = {0x0a, 1, 2, 3, 4, 5}, OUR_MAC[] = {2, 0, 0, 0, 0, 2};
static const size_t SIZES[] = {40, 1280, 65535};

struct pair {
	struct node a, b;
};

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

/* `a` has the device, `b` a bare one. */
static void open_pair(struct pair *p, struct core_device device)
{
	struct joint j;

	node_open(&p->a, 1, 1);
	node_open(&p->b, 2, 1);
	j = node_join(&p->a, &p->b, false);
	node_route(&p->a, &p->b, j);
	node_share_keys(&p->a, &p->b);
	node_attach(&p->a, device, NODE_MTU);
	node_attach_tun(&p->b, NODE_MTU);
}

static void close_pair(struct pair *p)
{
	node_close(&p->a);
	node_close(&p->b);
}

/* The host of `a` hands over a packet for `b` behind `head`. */
static void send_behind(struct pair *p, const uint8_t *head, size_t head_len, size_t len, uint8_t fill)
{
	static uint8_t frame[FRAME_ROOM];

	memcpy(frame, head, head_len);
	packet_make(frame + head_len, len, p->a.address.node, p->b.address.node, fill);
	CHECK(send(p->a.tun, frame, head_len + len, 0) == (ssize_t)(head_len + len));
}

/* The host of `a` gets a packet of `b` behind `head`, in one piece. */
static void expect_behind(struct pair *p, const uint8_t *head, size_t head_len, size_t len, uint8_t fill)
{
	static uint8_t want[FRAME_ROOM], got[FRAME_ROOM];

	memcpy(want, head, head_len);
	packet_make(want + head_len, len, p->b.address.node, p->a.address.node, fill);
	CHECK(readable_within(p->a.tun, PATIENCE));
	CHECK(recv(p->a.tun, got, sizeof got, 0) == (ssize_t)(head_len + len));
	CHECK(memcmp(want, got, head_len + len) == 0);
}

static void cross_both_ways(struct pair *p, const uint8_t *in, const uint8_t *out, size_t head_len)
{
	for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
		send_behind(p, in, head_len, SIZES[i], (uint8_t)i);
		node_expect_packet(&p->b, &p->a, SIZES[i], (uint8_t)i);
		node_send_packet(&p->b, &p->a, SIZES[i], (uint8_t)~i);
		expect_behind(p, out, head_len, SIZES[i], (uint8_t)~i);
	}
}

/* --- four bytes of address family ------------------------------------------------------------------------------- */

static void test_family_is_put_on_and_taken_off(void)
{
	static const uint8_t head[] = {0, 0, 0, 30}, ipv4[20] = {0x45}, wrapped[24] = {0, 0, 0, 2, 0x45};
	uint8_t got[64];
	struct pair p;

	open_pair(&p, (struct core_device){.framing = CORE_FRAMING_FAMILY, .family = 30});
	cross_both_ways(&p, head, head, sizeof head);
	CHECK(core_write_packet(p.a.core, ipv4, sizeof ipv4) == 0);
	CHECK(recv(p.a.tun, got, sizeof got, 0) == sizeof wrapped && memcmp(got, wrapped, sizeof wrapped) == 0);
	close_pair(&p);
}

static void test_family_without_packet_is_dropped(void)
{
	static const uint8_t head[] = {0, 0, 0, 30}, ipv4[24] = {0, 0, 0, 2, 0x45};
	struct pair p;

	open_pair(&p, (struct core_device){.framing = CORE_FRAMING_FAMILY, .family = 30});
	for (size_t len = 1; len <= sizeof head; len++)
		CHECK(send(p.a.tun, head, len, 0) == (ssize_t)len);
	node_expect_count(&p.a, "dropped_short_frame", sizeof head);
	CHECK(send(p.a.tun, ipv4, sizeof ipv4, 0) == sizeof ipv4);
	node_expect_count(&p.a, "dropped_not_ipv6", 1);
	close_pair(&p);
}

/* --- a virtio header -------------------------------------------------------------------------------------------- */

static void test_virtio_header_is_taken_off_and_zeroed(size_t bytes)
{
	static const uint8_t zero[TUN_VNET_MAX], verified[TUN_VNET_MAX] = {VNET_DATA_VALID, [10] = 0xee};
	struct pair p;

	open_pair(&p, (struct core_device){.vnet_header = bytes});
	cross_both_ways(&p, verified, zero, bytes);
	for (size_t len = 1; len <= bytes; len++)
		CHECK(send(p.a.tun, zero, len, 0) == (ssize_t)len);
	node_expect_count(&p.a, "dropped_short_frame", bytes);
	close_pair(&p);
}

/* What was in front of the last device's packets is not in front of the next one's. */
static void test_next_device_begins_with_zeros(void)
{
	static const uint8_t zero[TUN_VNET_MAX];
	struct pair p;

	open_pair(&p, (struct core_device){.framing = CORE_FRAMING_ETHERNET});
	CHECK(core_set_host_mac(p.a.core, HOST_MAC) == 0);
	CHECK(core_detach_tun(p.a.core) == 0);
	close(p.a.tun);
	node_attach(&p.a, (struct core_device){.vnet_header = TUN_VNET_MAX}, NODE_MTU);
	cross_both_ways(&p, zero, zero, TUN_VNET_MAX);
	close_pair(&p);
}

/* The two nodes' addresses around the flow of offload.h. */
static uint8_t *between(size_t *len, const struct node *from, const struct node *to, const char *hex)
{
	uint8_t *packet = from_hex(len, hex);

	memcpy(packet + 8, from->address.node, ADDRESS_BYTES);
	memcpy(packet + 24, to->address.node, ADDRESS_BYTES);
	return packet;
}

static void send_super(struct pair *p, const struct vnet *v, const char *hex)
{
	size_t len;
	uint8_t *packet = between(&len, &p->a, &p->b, hex);
	uint8_t frame[200] = {0};

	memcpy(frame, v, sizeof *v);
	memcpy(frame + sizeof *v, packet, len);
	CHECK(send(p->a.tun, frame, sizeof *v + len, 0) == (ssize_t)(sizeof *v + len));
	free(packet);
}

/* As on the wire but for the addresses, and the checksum which depends on them. */
static void expect_segment(struct pair *p, const char *hex, size_t check)
{
	size_t len;
	uint8_t *want = between(&len, &p->a, &p->b, hex), got[200];

	CHECK(readable_within(p->b.tun, PATIENCE));
	CHECK(recv(p->b.tun, got, sizeof got, 0) == (ssize_t)len);
	CHECK(checksum_fold(checksum_add(checksum_pseudo(got, len - 40, got[6]), got + 40, len - 40)) == 0xffff);
	memcpy(want + check, got + check, 2);
	CHECK(memcmp(want, got, len) == 0);
	free(want);
}

static void test_superpackets_of_the_host_cross_as_segments(void)
{
	struct pair p;

	open_pair(&p, (struct core_device){.vnet_header = VNET_BYTES});
	send_super(&p, &TCP_VNET, TCP_SUPER);
	send_super(&p, &UDP_VNET, UDP_SUPER);
	for (size_t i = 0; i < ARRAY_LEN(TCP_SEGMENTS); i++)
		expect_segment(&p, TCP_SEGMENTS[i], 40 + 16);
	for (size_t i = 0; i < ARRAY_LEN(UDP_SEGMENTS); i++)
		expect_segment(&p, UDP_SEGMENTS[i], 40 + 6);
	node_expect_count(&p.a, "packets_read", 6);
	CHECK(node_counter(&p.a, "supers_read") == 2);
	close_pair(&p);
}

static void test_superpacket_that_is_none_is_dropped(void)
{
	struct vnet v = TCP_VNET;
	struct pair p;

	v.size = 0;
	open_pair(&p, (struct core_device){.vnet_header = VNET_BYTES});
	send_super(&p, &v, TCP_SUPER);
	node_expect_count(&p.a, "dropped_offload", 1);
	node_send_packet(&p.b, &p.a, 1280, 1); /* and that is all that happened */
	expect_behind(&p, (const uint8_t[VNET_BYTES]){0}, VNET_BYTES, 1280, 1);
	close_pair(&p);
}

/* More segments than one burst has room for: the rest waits, and its buffer is used again after that. A socketpair holds
 * no more than some two hundred packets. */
#define LONG 150

LAYOUT_FACT(LONG > 2 * SENDER_BURST);

static void send_long(struct pair *p, unsigned round)
{
	static uint8_t frame[VNET_BYTES + 72 + LONG];
	const struct vnet v = {VNET_NEEDS_CSUM, VNET_TCP6, 72, 1, 40, 16};
	size_t len;
	uint8_t *head = between(&len, &p->a, &p->b, TCP_SUPER);

	memcpy(frame, &v, sizeof v);
	memcpy(frame + VNET_BYTES, head, 72);
	for (size_t i = 0; i < LONG; i++)
		frame[VNET_BYTES + 72 + i] = (uint8_t)(i + round);
	CHECK(send(p->a.tun, frame, sizeof frame, 0) == sizeof frame);
	free(head);
}

static void expect_long(struct pair *p, unsigned round)
{
	static uint8_t got[100];

	for (size_t i = 0; i < LONG; i++) {
		CHECK(readable_within(p->b.tun, PATIENCE));
		CHECK(recv(p->b.tun, got, sizeof got, 0) == 73);
		CHECK(got[72] == (uint8_t)(i + round));
		CHECK(load_be32(got + 44) == (uint32_t)i - 2);
	}
}

static void test_long_superpackets_are_cut_in_several_bursts(void)
{
	struct pair p;

	open_pair(&p, (struct core_device){.vnet_header = VNET_BYTES});
	for (unsigned round = 0; round < 3; round++) {
		send_long(&p, round);
		expect_long(&p, round);
	}
	close_pair(&p);
}

/* --- who reads ------------------------------------------------------------------------------------------------- */

/* Every packet arrives in order, whoever reads: the device is lent at the first packet, taken back in a flood, lent again
 * when little leaves. */
static void test_device_is_lent_while_little_leaves(void)
{
	struct pair p;

	open_pair(&p, (struct core_device){0});
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
	close_pair(&p);
}

/* What is left of a super-packet of few bytes and many segments wakes nobody: it must not wait for the next packet. */
static void test_lent_device_leaves_no_segment_behind(void)
{
	struct pair p;

	open_pair(&p, (struct core_device){.vnet_header = VNET_BYTES});
	for (unsigned i = 0; i < 2; i++) {
		send_super(&p, &TCP_VNET, TCP_SUPER);
		for (size_t k = 0; k < ARRAY_LEN(TCP_SEGMENTS); k++)
			expect_segment(&p, TCP_SEGMENTS[k], 40 + 16);
	}
	CHECK(node_counter(&p.a, "device_moved") == 1);
	send_long(&p, 0);
	expect_long(&p, 0);
	CHECK(node_counter(&p.a, "device_moved") == 2);
	close_pair(&p);
}

/* --- super-packets for the host --------------------------------------------------------------------------------- */

/* Segment `i` of a flow from `b` to `a`: one hundred bytes each. */
static size_t segment_of(uint8_t *out, const struct pair *p, uint32_t i)
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
static unsigned take_flow(struct pair *p, size_t segments)
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
	struct pair p;

	open_pair(&p, (struct core_device){.vnet_header = VNET_BYTES});
	for (uint32_t i = 0; i < LONG; i++) {
		size_t len = segment_of(packet, &p, i);

		CHECK(send(p.b.tun, packet, len, 0) == (ssize_t)len);
	}
	CHECK(take_flow(&p, LONG) <= LONG);
	node_expect_count(&p.a, "packets_written", LONG);
	close_pair(&p);
}

/* LONG segments of a hundred bytes from `b` to `a`, in bursts: their host has a virtio header, too. */
static void send_flow(struct pair *p)
{
	static uint8_t frame[VNET_BYTES + 60 + 100 * LONG];
	const struct vnet v = {VNET_NEEDS_CSUM, VNET_TCP6, 60, 100, 40, 16};

	memcpy(frame, &v, sizeof v);
	segment_of(frame + VNET_BYTES, p, 0);
	for (size_t i = 0; i < 100 * LONG; i++)
		frame[VNET_BYTES + 60 + i] = (uint8_t)(i / 100);
	CHECK(send(p->b.tun, frame, sizeof frame, 0) == sizeof frame);
}

static void test_kernel_that_refuses_superpackets_gets_none_from_then_on(void)
{
	static uint8_t got[VNET_BYTES + 160];
	uint64_t lost;
	struct pair p;

	open_pair(&p, (struct core_device){.vnet_header = VNET_BYTES});
	CHECK(core_detach_tun(p.b.core) == 0);
	close(p.b.tun);
	node_attach(&p.b, (struct core_device){.vnet_header = VNET_BYTES}, NODE_MTU);
	supers_are_refused = true;
	send_flow(&p);
	while ((lost = node_counter(&p.a, "dropped_tun_write")) + node_counter(&p.a, "packets_written") < LONG)
		usleep(1000);
	supers_are_refused = false;
	CHECK(lost >= 2 && node_counter(&p.a, "supers_written") == 0);
	for (uint64_t i = lost; i < LONG; i++)
		CHECK(recv(p.a.tun, got, sizeof got, 0) > 0);
	send_flow(&p);
	CHECK(take_flow(&p, LONG) == LONG);
	close_pair(&p);
}

/* --- Ethernet --------------------------------------------------------------------------------------------------- */

static const struct core_device TAP = {.framing = CORE_FRAMING_ETHERNET};

static void ethernet_head(uint8_t out[static ETHERNET_HEAD_BYTES], const uint8_t *dest, const uint8_t *source)
{
	memcpy(out, dest, MAC_BYTES);
	memcpy(out + MAC_BYTES, source, MAC_BYTES);
	out[12] = 0x86;
	out[13] = 0xdd;
}

static void test_ethernet_is_put_on_and_taken_off(size_t vnet_header)
{
	uint8_t in[TUN_HEAD_MAX] = {0}, out[TUN_HEAD_MAX] = {0};
	struct pair p;

	ethernet_head(in + vnet_header, OUR_MAC, HOST_MAC);
	ethernet_head(out + vnet_header, HOST_MAC, OUR_MAC);
	open_pair(&p, (struct core_device){.framing = CORE_FRAMING_ETHERNET, .vnet_header = vnet_header});
	CHECK(core_set_host_mac(p.a.core, HOST_MAC) == 0);
	cross_both_ways(&p, in, out, vnet_header + ETHERNET_HEAD_BYTES);
	close_pair(&p);
}

/* A bridge with a wire in it fills every frame up to 60 bytes; the far host must not get that. */
static void test_padding_stays_here(void)
{
	uint8_t frame[60] = {0};
	struct pair p;

	open_pair(&p, TAP);
	ethernet_head(frame, OUR_MAC, HOST_MAC);
	packet_make(frame + ETHERNET_HEAD_BYTES, 41, p.a.address.node, p.b.address.node, 7);
	CHECK(send(p.a.tun, frame, sizeof frame, 0) == sizeof frame);
	node_expect_packet(&p.b, &p.a, 41, 7);
	close_pair(&p);
}

static void test_packets_wait_for_nobody_until_the_host_is_known(void)
{
	struct pair p;

	open_pair(&p, TAP);
	node_send_packet(&p.b, &p.a, 100, 1);
	node_expect_count(&p.a, "dropped_no_host_mac", 1);
	CHECK(core_set_host_mac(p.a.core, HOST_MAC) == 0);
	CHECK(core_detach_tun(p.a.core) == 0);
	close(p.a.tun);
	node_attach(&p.a, TAP, NODE_MTU);
	node_send_packet(&p.b, &p.a, 100, 1);
	node_expect_count(&p.a, "dropped_no_host_mac", 2); /* another device, another host for all we know */
	close_pair(&p);
}

static void test_frames_without_a_whole_header_are_dropped(size_t vnet_header)
{
	uint8_t frame[TUN_HEAD_MAX + PACKET_HEAD] = {0};
	size_t least = vnet_header + ETHERNET_HEAD_BYTES + PACKET_HEAD;
	struct pair p;

	open_pair(&p, (struct core_device){.framing = CORE_FRAMING_ETHERNET, .vnet_header = vnet_header});
	ethernet_head(frame + vnet_header, OUR_MAC, HOST_MAC);
	for (size_t len = 1; len < least; len++)
		CHECK(send(p.a.tun, frame, len, 0) == (ssize_t)len);
	node_expect_count(&p.a, "dropped_short_frame", least - 1);
	CHECK(send(p.a.tun, frame, least, 0) == (ssize_t)least); /* whole, though without a version */
	node_expect_count(&p.a, "dropped_not_ipv6", 1);
	close_pair(&p);
}

static void test_frames_of_other_protocols_are_dropped(void)
{
	uint8_t frame[ETHERNET_HEAD_BYTES + 60] = {0};
	struct core_event e;
	struct pair p;

	open_pair(&p, TAP);
	ethernet_head(frame, OUR_MAC, HOST_MAC);
	frame[12] = 0x08;
	frame[13] = 0x06;
	CHECK(send(p.a.tun, frame, 42, 0) == 42); /* ARP */
	node_expect_count(&p.a, "dropped_ethertype", 1);
	CHECK(!node_event(&e, &p.a, 0.05));
	close_pair(&p);
}

static void test_neighbour_discovery_goes_to_control_at_a_bounded_rate(void)
{
	uint8_t frame[ETHERNET_HEAD_BYTES + PACKET_HEAD + 24];
	double began = port_now();
	struct core_event e;
	uint64_t told;
	struct pair p;

	open_pair(&p, TAP);
	packet_make(frame + ETHERNET_HEAD_BYTES, PACKET_HEAD + 24, p.a.address.node, p.b.address.node, 9);
	ethernet_head(frame, OUR_MAC, HOST_MAC);
	frame[ETHERNET_HEAD_BYTES + 6] = 58;
	for (uint8_t type = 133; type <= 137; type++) {
		frame[ETHERNET_HEAD_BYTES + PACKET_HEAD] = type;
		CHECK(send(p.a.tun, frame, sizeof frame, 0) == sizeof frame);
		e = node_expect(&p.a, CORE_NEIGHBOUR);
		CHECK(e.len == sizeof frame && memcmp(e.data, frame, sizeof frame) == 0);
		core_event_free(&e);
	}
	for (unsigned i = 0; i < 2000; i++)
		CHECK(send(p.a.tun, frame, sizeof frame, 0) == sizeof frame);
	node_expect_count(&p.a, "packets_read", 2005);
	told = node_counter(&p.a, "neighbours_set_aside");
	CHECK(told >= 200 && (double)told <= 200 + 100 * (port_now() - began));
	CHECK(node_counter(&p.a, "dropped_neighbour_limit") == 2005 - told);
	frame[ETHERNET_HEAD_BYTES + PACKET_HEAD] = 128; /* an echo request is a packet */
	CHECK(send(p.a.tun, frame, sizeof frame, 0) == sizeof frame);
	CHECK(readable_within(p.b.tun, PATIENCE));
	close_pair(&p);
}

static void test_frames_of_control_are_written_whole(size_t vnet_header)
{
	uint8_t frame[80], want[TUN_VNET_MAX + 80] = {0}, got[200];
	struct pair p;

	check_fill(frame, sizeof frame);
	memcpy(want + vnet_header, frame, sizeof frame);
	open_pair(&p, (struct core_device){.framing = CORE_FRAMING_ETHERNET, .vnet_header = vnet_header});
	CHECK(core_write_frame(p.a.core, frame, sizeof frame) == 0);
	CHECK(recv(p.a.tun, got, sizeof got, 0) == (ssize_t)(vnet_header + sizeof frame));
	CHECK(memcmp(got, want, vnet_header + sizeof frame) == 0);
	CHECK(core_write_frame(p.b.core, frame, sizeof frame) == 0 && core_set_host_mac(p.b.core, HOST_MAC) == 0);
	CHECK(node_counter(&p.b, "dropped_no_tun") == 1); /* no Ethernet there */
	close_pair(&p);
}

/* --- every device ----------------------------------------------------------------------------------------------- */

/* A kernel that cut a packet off to fit our buffer gave us half of one. */
static void test_frames_that_do_not_fit_are_dropped(struct core_device device, size_t head_len)
{
	uint8_t head[TUN_HEAD_MAX] = {0};
	struct pair p;

	open_pair(&p, device);
	send_behind(&p, head, head_len, NODE_MTU + 1, 3);
	node_expect_count(&p.a, "dropped_long_frame", 1);
	close_pair(&p);
}

static void refused(struct node *n, struct core_device device, int why)
{
	uint8_t byte;
	int fd[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0);
	device.handle = fd[0];
	CHECK(core_attach_tun(n->core, device, NODE_MTU) == why);
	if (why == -EOPNOTSUPP)
		close(fd[0]); /* what is not known here cannot be closed here */
	CHECK(recv(fd[1], &byte, 1, 0) == 0);
	close(fd[1]);
}

static void test_devices_we_cannot_carry_are_refused(void)
{
	struct node n;

	node_open(&n, 1, 1);
	refused(&n, (struct core_device){.carrier = CORE_CARRIER_WINTUN}, -EOPNOTSUPP);
	refused(&n, (struct core_device){.carrier = CORE_CARRIER_TAP_WINDOWS}, -EOPNOTSUPP);
	refused(&n, (struct core_device){.framing = CORE_FRAMING_FAMILY, .family = 256}, -EINVAL);
	refused(&n, (struct core_device){.vnet_header = TUN_VNET_MAX + 1}, -EINVAL);
	refused(&n, (struct core_device){.vnet_header = VNET_BYTES - 1}, -EINVAL);
	CHECK(core_attach_tun(n.core, (struct core_device){.handle = -1}, NODE_MTU) == -EBADF);
	node_attach_tun(&n, NODE_MTU);
	refused(&n, (struct core_device){0}, -EBUSY);
	core_stop(n.core);
	refused(&n, (struct core_device){0}, -ESHUTDOWN);
	node_close(&n);
}

int main(void)
{
	test_family_is_put_on_and_taken_off();
	test_family_without_packet_is_dropped();
	test_virtio_header_is_taken_off_and_zeroed(10);
	test_virtio_header_is_taken_off_and_zeroed(12);
	test_superpackets_of_the_host_cross_as_segments();
	test_superpacket_that_is_none_is_dropped();
	test_long_superpackets_are_cut_in_several_bursts();
	test_device_is_lent_while_little_leaves();
	test_lent_device_leaves_no_segment_behind();
	test_segments_reach_the_host_together();
	test_kernel_that_refuses_superpackets_gets_none_from_then_on();
	test_next_device_begins_with_zeros();
	test_ethernet_is_put_on_and_taken_off(0);
	test_ethernet_is_put_on_and_taken_off(12);
	test_padding_stays_here();
	test_packets_wait_for_nobody_until_the_host_is_known();
	test_frames_without_a_whole_header_are_dropped(0);
	test_frames_without_a_whole_header_are_dropped(12);
	test_frames_of_other_protocols_are_dropped();
	test_neighbour_discovery_goes_to_control_at_a_bounded_rate();
	test_frames_of_control_are_written_whole(0);
	test_frames_of_control_are_written_whole(10);
	test_frames_that_do_not_fit_are_dropped((struct core_device){0}, 0);
	test_frames_that_do_not_fit_are_dropped((struct core_device){.framing = CORE_FRAMING_FAMILY, .family = 24}, 4);
	test_frames_that_do_not_fit_are_dropped(TAP, ETHERNET_HEAD_BYTES);
	test_devices_we_cannot_carry_are_refused();
	return 0;
}
