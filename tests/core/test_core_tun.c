/* SPDX-License-Identifier: MIT
 * Devices that wrap something around their packets: what each framing puts on and takes off, what is refused, and what
 * goes to control instead of the mesh. */
#include "couple.h"
#include "ethernet.h"
#include "tun.h"
#include "vnet.h"

static const uint8_t HOST_MAC[] = {0x0a, 1, 2, 3, 4, 5}, OUR_MAC[] = {2, 0, 0, 0, 0, 2};
static const size_t SIZES[] = {40, 1280, 65535};

static void cross_both_ways(struct couple *p, const uint8_t *in, const uint8_t *out, size_t head_len)
{
	for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
		couple_send_behind(p, in, head_len, SIZES[i], (uint8_t)i);
		node_expect_packet(&p->b, &p->a, SIZES[i], (uint8_t)i);
		node_send_packet(&p->b, &p->a, SIZES[i], (uint8_t)~i);
		couple_expect_behind(p, out, head_len, SIZES[i], (uint8_t)~i);
	}
}

/* --- four bytes of address family ------------------------------------------------------------------------------- */

static void test_family_is_put_on_and_taken_off(void)
{
	static const uint8_t head[] = {0, 0, 0, 30}, ipv4[20] = {0x45}, wrapped[24] = {0, 0, 0, 2, 0x45};
	uint8_t got[64];
	struct couple p;

	couple_open(&p, (struct core_device){.framing = CORE_FRAMING_FAMILY, .family = 30});
	cross_both_ways(&p, head, head, sizeof head);
	CHECK(core_write_packet(p.a.core, ipv4, sizeof ipv4) == 0);
	CHECK(recv(p.a.tun, got, sizeof got, 0) == sizeof wrapped && memcmp(got, wrapped, sizeof wrapped) == 0);
	couple_close(&p);
}

static void test_family_without_packet_is_dropped(void)
{
	static const uint8_t head[] = {0, 0, 0, 30}, ipv4[24] = {0, 0, 0, 2, 0x45};
	struct couple p;

	couple_open(&p, (struct core_device){.framing = CORE_FRAMING_FAMILY, .family = 30});
	for (size_t len = 1; len <= sizeof head; len++)
		CHECK(send(p.a.tun, head, len, 0) == (ssize_t)len);
	node_expect_count(&p.a, "dropped_short_frame", sizeof head);
	CHECK(send(p.a.tun, ipv4, sizeof ipv4, 0) == sizeof ipv4);
	node_expect_count(&p.a, "dropped_not_ipv6", 1);
	couple_close(&p);
}

/* --- a virtio header -------------------------------------------------------------------------------------------- */

static void test_virtio_header_is_taken_off_and_zeroed(size_t bytes)
{
	static const uint8_t zero[TUN_VNET_MAX], verified[TUN_VNET_MAX] = {VNET_DATA_VALID, [10] = 0xee};
	struct couple p;

	couple_open(&p, (struct core_device){.vnet_header = bytes});
	cross_both_ways(&p, verified, zero, bytes);
	for (size_t len = 1; len <= bytes; len++)
		CHECK(send(p.a.tun, zero, len, 0) == (ssize_t)len);
	node_expect_count(&p.a, "dropped_short_frame", bytes);
	couple_close(&p);
}

/* What was in front of the last device's packets is not in front of the next one's. */
static void test_next_device_begins_with_zeros(void)
{
	static const uint8_t zero[TUN_VNET_MAX];
	struct couple p;

	couple_open(&p, (struct core_device){.framing = CORE_FRAMING_ETHERNET});
	CHECK(core_set_host_mac(p.a.core, HOST_MAC) == 0);
	CHECK(core_detach_tun(p.a.core) == 0);
	close(p.a.tun);
	node_attach(&p.a, (struct core_device){.vnet_header = TUN_VNET_MAX}, NODE_MTU);
	cross_both_ways(&p, zero, zero, TUN_VNET_MAX);
	couple_close(&p);
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
	struct couple p;

	ethernet_head(in + vnet_header, OUR_MAC, HOST_MAC);
	ethernet_head(out + vnet_header, HOST_MAC, OUR_MAC);
	couple_open(&p, (struct core_device){.framing = CORE_FRAMING_ETHERNET, .vnet_header = vnet_header});
	CHECK(core_set_host_mac(p.a.core, HOST_MAC) == 0);
	cross_both_ways(&p, in, out, vnet_header + ETHERNET_HEAD_BYTES);
	couple_close(&p);
}

/* A bridge with a wire in it fills every frame up to 60 bytes; the far host must not get that. */
static void test_padding_stays_here(void)
{
	uint8_t frame[60] = {0};
	struct couple p;

	couple_open(&p, TAP);
	ethernet_head(frame, OUR_MAC, HOST_MAC);
	packet_make(frame + ETHERNET_HEAD_BYTES, 41, p.a.address.node, p.b.address.node, 7);
	CHECK(send(p.a.tun, frame, sizeof frame, 0) == sizeof frame);
	node_expect_packet(&p.b, &p.a, 41, 7);
	couple_close(&p);
}

static void test_packets_wait_for_nobody_until_the_host_is_known(void)
{
	struct couple p;

	couple_open(&p, TAP);
	node_send_packet(&p.b, &p.a, 100, 1);
	node_expect_count(&p.a, "dropped_no_host_mac", 1);
	CHECK(core_set_host_mac(p.a.core, HOST_MAC) == 0);
	CHECK(core_detach_tun(p.a.core) == 0);
	close(p.a.tun);
	node_attach(&p.a, TAP, NODE_MTU);
	node_send_packet(&p.b, &p.a, 100, 1);
	node_expect_count(&p.a, "dropped_no_host_mac", 2); /* another device, another host for all we know */
	couple_close(&p);
}

static void test_frames_without_a_whole_header_are_dropped(size_t vnet_header)
{
	uint8_t frame[TUN_HEAD_MAX + PACKET_HEAD] = {0};
	size_t least = vnet_header + ETHERNET_HEAD_BYTES + PACKET_HEAD;
	struct couple p;

	couple_open(&p, (struct core_device){.framing = CORE_FRAMING_ETHERNET, .vnet_header = vnet_header});
	ethernet_head(frame + vnet_header, OUR_MAC, HOST_MAC);
	for (size_t len = 1; len < least; len++)
		CHECK(send(p.a.tun, frame, len, 0) == (ssize_t)len);
	node_expect_count(&p.a, "dropped_short_frame", least - 1);
	CHECK(send(p.a.tun, frame, least, 0) == (ssize_t)least); /* whole, though without a version */
	node_expect_count(&p.a, "dropped_not_ipv6", 1);
	couple_close(&p);
}

static void test_frames_of_other_protocols_are_dropped(void)
{
	uint8_t frame[ETHERNET_HEAD_BYTES + 60] = {0};
	struct core_event e;
	struct couple p;

	couple_open(&p, TAP);
	ethernet_head(frame, OUR_MAC, HOST_MAC);
	frame[12] = 0x08;
	frame[13] = 0x06;
	CHECK(send(p.a.tun, frame, 42, 0) == 42); /* ARP */
	node_expect_count(&p.a, "dropped_ethertype", 1);
	CHECK(!node_event(&e, &p.a, 0.05));
	couple_close(&p);
}

static void test_neighbour_discovery_goes_to_control_at_a_bounded_rate(void)
{
	uint8_t frame[ETHERNET_HEAD_BYTES + PACKET_HEAD + 24];
	double began = port_now();
	struct core_event e;
	uint64_t told;
	struct couple p;

	couple_open(&p, TAP);
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
	couple_close(&p);
}

static void test_frames_of_control_are_written_whole(size_t vnet_header)
{
	uint8_t frame[80], want[TUN_VNET_MAX + 80] = {0}, got[200];
	struct couple p;

	check_fill(frame, sizeof frame);
	memcpy(want + vnet_header, frame, sizeof frame);
	couple_open(&p, (struct core_device){.framing = CORE_FRAMING_ETHERNET, .vnet_header = vnet_header});
	CHECK(core_write_frame(p.a.core, frame, sizeof frame) == 0);
	CHECK(recv(p.a.tun, got, sizeof got, 0) == (ssize_t)(vnet_header + sizeof frame));
	CHECK(memcmp(got, want, vnet_header + sizeof frame) == 0);
	CHECK(core_write_frame(p.b.core, frame, sizeof frame) == 0 && core_set_host_mac(p.b.core, HOST_MAC) == 0);
	CHECK(node_counter(&p.b, "dropped_no_tun") == 1); /* no Ethernet there */
	couple_close(&p);
}

/* --- every device ----------------------------------------------------------------------------------------------- */

/* A kernel that cut a packet off to fit our buffer gave us half of one. */
static void test_frames_that_do_not_fit_are_dropped(struct core_device device, size_t head_len)
{
	uint8_t head[TUN_HEAD_MAX] = {0};
	struct couple p;

	couple_open(&p, device);
	couple_send_behind(&p, head, head_len, NODE_MTU + 1, 3);
	node_expect_count(&p.a, "dropped_long_frame", 1);
	couple_close(&p);
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
