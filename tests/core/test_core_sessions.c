/* SPDX-License-Identifier: MIT
 * Packets between whole cores: sealed, carried, opened and judged; and what control is told. */
#include "aead.h"
#include "nodes.h"
#include "route.h"

struct pair {
	struct node a, b;
	struct joint j;
};

/* Two nodes, one link, keys and paths both ways, a host each. */
static void open_pair(struct pair *p, bool tls)
{
	node_open(&p->a, 1, 1);
	node_open(&p->b, 2, 1);
	p->j = node_join(&p->a, &p->b, tls);
	node_route(&p->a, &p->b, p->j);
	node_share_keys(&p->a, &p->b);
	node_attach_tun(&p->a, NODE_MTU);
	node_attach_tun(&p->b, NODE_MTU);
}

static void close_pair(struct pair *p)
{
	node_close(&p->a);
	node_close(&p->b);
}

static uint64_t moved(struct node *n, const struct node *from)
{
	struct core_event e = node_expect(n, CORE_MOVED);
	uint8_t next[KEY_BYTES];

	memset(next, from->id.public[0], sizeof next);
	CHECK(memcmp(e.key, from->id.public, KEY_BYTES) == 0);
	CHECK(e.len == KEY_BYTES && memcmp(e.data, next, KEY_BYTES) == 0);
	core_event_free(&e);
	return e.remote_seq << 8 | e.local_seq;
}

static void test_packets_cross_and_the_first_is_reported(bool tls)
{
	static const size_t sizes[] = {40, 41, 1280, 16384, 65535};
	struct core_activity rows[4];
	struct core_event e;
	struct pair p;
	size_t n = 4;

	open_pair(&p, tls);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		node_send_packet(&p.a, &p.b, sizes[i], (uint8_t)i);
		node_expect_packet(&p.b, &p.a, sizes[i], (uint8_t)i);
		node_send_packet(&p.b, &p.a, sizes[i], (uint8_t)~i);
		node_expect_packet(&p.a, &p.b, sizes[i], (uint8_t)~i);
	}
	CHECK(moved(&p.b, &p.a) == (A_SEQ << 8 | B_SEQ));
	CHECK(moved(&p.a, &p.b) == (BACK_B_SEQ << 8 | BACK_A_SEQ));
	CHECK(!node_event(&e, &p.a, 0.05) && !node_event(&e, &p.b, 0));
	CHECK(core_activity(rows, &n, p.a.core) == 0 && n == 1);
	CHECK(rows[0].sent == 40 + 41 + 1280 + 16384 + 65535 + ARRAY_LEN(sizes) && rows[0].received == rows[0].sent);
	CHECK(memcmp(rows[0].key, p.b.id.public, KEY_BYTES) == 0);
	n = 4;
	CHECK(core_activity(rows, &n, p.a.core) == 0 && n == 0);
	close_pair(&p);
}

static void test_bursts_keep_their_order(bool tls)
{
	struct pair p;

	open_pair(&p, tls);
	for (unsigned round = 0; round < 40; round++) {
		for (unsigned i = 0; i < 10; i++)
			node_send_packet(&p.a, &p.b, 40 + i * 300 + (round % 4) * 4000, (uint8_t)i);
		for (unsigned i = 0; i < 10; i++)
			node_expect_packet(&p.b, &p.a, 40 + i * 300 + (round % 4) * 4000, (uint8_t)i);
	}
	CHECK(node_counter(&p.b, "dropped_replay") == 0);
	close_pair(&p);
}

static void test_a_third_node_forwards(void)
{
	static const uint64_t one[] = {1}, two[] = {2};
	struct node a, m, b;
	struct joint am, mb;

	node_open(&a, 1, 1);
	node_open(&m, 3, 2);
	node_open(&b, 2, 1);
	am = node_join(&a, &m, false);
	mb = node_join(&m, &b, true);
	node_attach_tun(&a, NODE_MTU);
	node_attach_tun(&b, NODE_MTU);
	node_share_keys(&a, &b);
	CHECK(core_publish(m.core, NULL, 0,
			   (struct core_hop[]){{one, 1, am.b, 1, 1}, {two, 1, mb.a, 1, 2}}, 2) == 0);
	CHECK(core_publish(a.core, one, 1, &(struct core_hop){NULL, 0, am.a, 1, 1}, 1) == 0);
	CHECK(core_publish(b.core, two, 1, &(struct core_hop){NULL, 0, mb.b, 1, 1}, 1) == 0);
	CHECK(core_set_path(a.core, b.id.public, two, 1) == 0 && core_set_path(b.core, a.id.public, one, 1) == 0);
	for (unsigned i = 0; i < 200; i++) {
		node_send_packet(&a, &b, 40 + i * 100, (uint8_t)i);
		node_expect_packet(&b, &a, 40 + i * 100, (uint8_t)i);
		node_send_packet(&b, &a, 40, (uint8_t)i);
		node_expect_packet(&a, &b, 40, (uint8_t)i);
	}
	CHECK(node_counter(&m, "traffic_forwarded") == 400);
	node_close(&a);
	node_close(&m);
	node_close(&b);
}

/* A peer that believes in an old place of ours sends along a path for which another of our peers is nearer. The reference
 * routes before it looks at the destination, so such a packet leaves again, or dies as a dead end. */
static void test_traffic_for_us_stays_here_whatever_its_path_says(void)
{
	static const uint64_t one[] = {1}, old[] = {7};
	struct node other;
	struct joint j;
	struct pair p;

	open_pair(&p, false);
	node_open(&other, 9, 1);
	j = node_join(&p.b, &other, false);
	CHECK(core_publish(p.a.core, NULL, 0, &(struct core_hop){old, 1, p.j.a, 1, 1}, 1) == 0);
	CHECK(core_publish(p.b.core, one, 1, (struct core_hop[]){{NULL, 0, p.j.b, 1, 1}, {old, 1, j.a, 1, 2}}, 2) == 0);
	CHECK(core_set_path(p.a.core, p.b.id.public, old, 1) == 0);
	node_send_packet(&p.a, &p.b, 100, 1);
	node_expect_packet(&p.b, &p.a, 100, 1);
	CHECK(node_counter(&p.b, "traffic_for_us") == 1);
	CHECK(node_counter(&p.b, "traffic_forwarded") == 0 && node_counter(&p.b, "traffic_dead_ends") == 0);
	node_close(&other);
	close_pair(&p);
}

static void test_no_next_hop_is_reported_with_the_origin(void)
{
	struct pair p;
	struct core_event e;
	struct node other;

	open_pair(&p, false);
	node_open(&other, 9, 1);
	node_share_keys(&p.b, &other);
	CHECK(core_set_path(p.b.core, other.id.public, (uint64_t[]){5}, 1) == 0); /* through the root, which has no 5 */
	node_send_packet(&p.b, &other, 100, 1);
	e = node_expect(&p.a, CORE_DEAD_END);
	CHECK(memcmp(e.key, p.b.id.public, KEY_BYTES) == 0);
	CHECK(e.len == KEY_BYTES + 2 && memcmp(e.data, other.id.public, KEY_BYTES) == 0);
	CHECK(e.data[KEY_BYTES] == 1 && e.data[KEY_BYTES + 1] == 0);
	core_event_free(&e);
	node_close(&other);
	close_pair(&p);
}

#define LONG_PATH 300 /* ports; more than we take */

/* A frame of traffic without payload, to a place that nobody has, straight into the link. `from` is encoded. */
static void send_astray(struct pair *p, const uint8_t *from, size_t from_len, const uint8_t *source)
{
	static const uint8_t path[] = {9, 0}, nobody[KEY_BYTES] = {8};
	uint8_t frame[TRAFFIC_HEAD_MAX], *start;

	start = traffic_put_head(frame + sizeof frame, &(struct traffic_head){.path = path,
									      .path_len = sizeof path,
									      .from = from,
									      .from_len = from_len,
									      .source = source,
									      .dest = nobody,
									      .watermark = UINT64_MAX});
	CHECK(core_queue(p->b.core, p->j.b, start, (size_t)(frame + sizeof frame - start), source, nobody) == 0);
}

/* A stranger chooses the origin: as many ports as we take, each and the end as long as a number may be. */
static void test_dead_end_with_the_longest_origin_is_reported(void)
{
	uint8_t from[PATH_BYTES_MAX], stranger[KEY_BYTES] = {7};
	struct core_event e;
	struct pair p;

	memset(from, 0x81, sizeof from);
	for (size_t end = UVARINT_MAX; end <= sizeof from; end += UVARINT_MAX)
		from[end - 1] = 0;
	memset(from + sizeof from - UVARINT_MAX, 0x80, UVARINT_MAX - 1);
	open_pair(&p, false);
	send_astray(&p, from, sizeof from, stranger);
	e = node_expect(&p.a, CORE_DEAD_END);
	CHECK(memcmp(e.key, stranger, KEY_BYTES) == 0 && e.len == KEY_BYTES + sizeof from);
	CHECK(memcmp(e.data + KEY_BYTES, from, sizeof from) == 0);
	core_event_free(&e);
	close_pair(&p);
}

/* Others carry it, so whoever hands it to us is not to blame. */
static void test_path_that_is_too_long_is_dropped_and_the_link_stays(void)
{
	uint8_t from[LONG_PATH + 1] = {0}, stranger[KEY_BYTES] = {7};
	struct pair p;

	memset(from, 1, LONG_PATH);
	open_pair(&p, false);
	send_astray(&p, from, sizeof from, stranger);
	node_expect_count(&p.a, "dropped_long_path", 1);
	node_send_packet(&p.b, &p.a, 100, 1);
	node_expect_packet(&p.a, &p.b, 100, 1);
	close_pair(&p);
}

/* Control gives up paths of its own on this word, so nobody else may speak it. */
static void test_dead_end_of_our_own_is_told_for_messages_only(void)
{
	static const uint8_t root[] = {0}, message[] = {2, 1};
	struct core_event e;
	struct pair p;

	open_pair(&p, false);
	send_astray(&p, root, sizeof root, p.a.id.public);
	node_expect_count(&p.a, "traffic_dead_ends", 1);
	CHECK(core_set_path(p.a.core, p.b.id.public, (uint64_t[]){9}, 1) == 0);
	CHECK(core_seal(p.a.core, p.b.id.public, message, sizeof message) == 0);
	e = node_expect(&p.a, CORE_DEAD_END);
	CHECK(memcmp(e.key, p.a.id.public, KEY_BYTES) == 0 && memcmp(e.data, p.b.id.public, KEY_BYTES) == 0);
	CHECK(e.len == KEY_BYTES + 1 && e.data[KEY_BYTES] == 0);
	core_event_free(&e);
	CHECK(node_counter(&p.a, "dropped_no_hop") == 1);
	close_pair(&p);
}

/* The head grows backwards, over paths that others chose. */
static void test_longest_paths_fit_in_front_of_a_packet(void)
{
	static uint64_t place[ROUTE_COORDS_MAX], parent[ROUTE_COORDS_MAX];
	struct core_hop hop = {parent, ROUTE_COORDS_MAX, 0, 1, 1};
	struct pair p;

	memset(place, 0xff, sizeof place);
	memset(parent, 0xfe, sizeof parent);
	open_pair(&p, false);
	hop.link = p.j.a;
	CHECK(core_publish(p.a.core, place, ROUTE_COORDS_MAX, &hop, 1) == 0);
	CHECK(core_set_path(p.a.core, p.b.id.public, parent, ROUTE_COORDS_MAX) == 0);
	node_send_packet(&p.a, &p.b, 65535, 1);
	node_expect_packet(&p.b, &p.a, 65535, 1);
	CHECK(core_publish(p.a.core, place, ROUTE_COORDS_MAX + 1, &hop, 1) == -E2BIG);
	close_pair(&p);
}

/* The reference believes the greeting, which anybody can have recorded, and takes traffic from then on. */
static void test_traffic_waits_for_trust(void)
{
	struct node a, b;
	uint8_t greeting[META_BYTES];
	struct joint j;
	int fd[2];

	node_open(&a, 1, 1);
	node_open(&b, 2, 1);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	CHECK(core_attach_link(&j.a, a.core, fd[0], CORE_TLS_NONE, NULL) == 0);
	CHECK(core_attach_link(&j.b, b.core, fd[1], CORE_TLS_NONE, NULL) == 0);
	meta(greeting, 1);
	CHECK(core_greet(a.core, j.a, greeting, META_BYTES) == 0 && core_greet(b.core, j.b, greeting, META_BYTES) == 0);
	node_pass(&a, CORE_GREETING);
	node_pass(&b, CORE_GREETING);
	CHECK(core_admit(a.core, j.a) == 0 && core_admit(b.core, j.b) == 0);
	node_route(&a, &b, j);
	node_share_keys(&a, &b);
	node_attach_tun(&a, NODE_MTU);
	node_attach_tun(&b, NODE_MTU);
	node_send_packet(&a, &b, 100, 1);
	node_expect_count(&b, "dropped_untrusted", 1);
	CHECK(core_trust(b.core, j.b) == 0);
	node_send_packet(&a, &b, 100, 2);
	node_expect_packet(&b, &a, 100, 2);
	node_close(&a);
	node_close(&b);
}

static void expect_set_aside(struct node *n, const uint8_t *packet, size_t len)
{
	struct core_event e = node_expect(n, CORE_PACKET);

	CHECK(e.len == len && memcmp(e.data, packet, len) == 0);
	core_event_free(&e);
}

/* Send what node `a` may not send, or what has nowhere to go: it is counted, and control sees what it may answer. */
static void test_packets_of_the_host_are_judged(void)
{
	uint8_t link_local[16] = {0xfe, 0x80}, outside[16] = {0x20, 0x01}, nobody[16] = {2, 9}, own[16], packet[100];
	struct pair p;

	open_pair(&p, false);
	memcpy(own, p.a.address.subnet, SUBNET_BYTES);
	memset(own + SUBNET_BYTES, 7, SUBNET_BYTES);
	const struct {
		const uint8_t *source, *dest;
		const char *counter;
	} cases[] = {
		{link_local, p.b.address.node, "dropped_foreign_source"},
		{own, outside, "dropped_outside_mesh"},
		{p.a.address.node, own, "dropped_own_prefix"},
		{own, nobody, "packets_set_aside"},
	};

	packet_make(packet, 100, p.a.address.node, p.b.address.node, 0);
	CHECK(send(p.a.tun, packet, 39, 0) == 39);
	packet[0] = 0x45;
	CHECK(send(p.a.tun, packet, 100, 0) == 100);
	node_expect_count(&p.a, "dropped_not_ipv6", 2);
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		packet_make(packet, 100, cases[i].source, cases[i].dest, (uint8_t)i);
		CHECK(send(p.a.tun, packet, 100, 0) == 100);
		expect_set_aside(&p.a, packet, 100);
		CHECK(node_counter(&p.a, cases[i].counter) >= 1);
	}
	node_expect_count(&p.a, "packets_set_aside", 4); /* counted after control can see it */
	close_pair(&p);
}

/* The host hears why, but a flood of such packets does not keep control busy. */
static void test_packets_that_may_not_enter_are_told_at_a_bounded_rate(void)
{
	uint8_t outside[16] = {0x20, 0x01}, packet[100];
	struct pair p;

	open_pair(&p, false);
	packet_make(packet, 100, p.a.address.node, outside, 0);
	for (unsigned i = 0; i < 1000; i++)
		CHECK(send(p.a.tun, packet, 100, 0) == 100);
	node_expect_count(&p.a, "dropped_outside_mesh", 1000);
	CHECK(node_counter(&p.a, "packets_set_aside") < 500);
	close_pair(&p);
}

static void test_subnets_are_reached_by_their_prefix(void)
{
	uint8_t packet[100], source[16], dest[16], got[200];
	struct pair p;

	open_pair(&p, false);
	memset(source, 1, sizeof source);
	memset(dest, 2, sizeof dest);
	memcpy(source, p.a.address.subnet, SUBNET_BYTES);
	memcpy(dest, p.b.address.subnet, SUBNET_BYTES);
	packet_make(packet, 100, source, dest, 5);
	CHECK(send(p.a.tun, packet, 100, 0) == 100);
	CHECK(readable_within(p.b.tun, PATIENCE));
	CHECK(recv(p.b.tun, got, sizeof got, 0) == 100 && memcmp(got, packet, 100) == 0);
	close_pair(&p);
}

/* Messages of control: an in-session message that is a packet is judged by the receiver. */
static void test_opened_packets_are_judged(void)
{
	uint8_t message[101] = {1}, other[16] = {2, 9};
	struct core_event e;
	struct pair p;

	open_pair(&p, false);
	packet_make(message + 1, 100, p.a.address.node, other, 0);
	CHECK(core_seal(p.a.core, p.b.id.public, message, 101) == 0);
	node_expect_count(&p.b, "dropped_inner_dest", 1);
	packet_make(message + 1, 100, other, p.b.address.node, 0);
	CHECK(core_seal(p.a.core, p.b.id.public, message, 101) == 0);
	node_expect_count(&p.b, "dropped_inner_source", 1);
	CHECK(core_seal(p.a.core, p.b.id.public, message, 40) == 0);
	node_expect_count(&p.b, "dropped_inner_not_ipv6", 1);
	CHECK(core_seal(p.a.core, p.b.id.public, message, 0) == 0);
	node_expect_count(&p.b, "dropped_empty_message", 1);
	message[0] = 2;
	CHECK(core_seal(p.a.core, p.b.id.public, message, 101) == 0);
	e = node_expect(&p.b, CORE_MESSAGE);
	CHECK(memcmp(e.key, p.a.id.public, KEY_BYTES) == 0 && e.len == 101 && memcmp(e.data, message, 101) == 0);
	core_event_free(&e);
	close_pair(&p);
}

/* Only those that were entitled to their source: the reference quotes any, to whatever address stands in it. */
static void test_packets_above_the_mtu_are_quoted(void)
{
	uint8_t want[NODE_MTU], forged[1 + 1281] = {1}, other[16] = {2, 9};
	struct core_event e;
	struct pair p;

	open_pair(&p, false);
	CHECK(core_detach_tun(p.b.core) == 0);
	close(p.b.tun);
	node_attach_tun(&p.b, 1280);
	packet_make(forged + 1, 1281, other, p.b.address.node, 6);
	CHECK(core_seal(p.a.core, p.b.id.public, forged, sizeof forged) == 0);
	node_expect_count(&p.b, "dropped_inner_source", 1);
	node_send_packet(&p.a, &p.b, 1281, 6);
	packet_make(want, 1281, p.a.address.node, p.b.address.node, 6);
	e = node_expect(&p.b, CORE_TOO_BIG);
	CHECK(memcmp(e.key, p.a.id.public, KEY_BYTES) == 0 && e.len == 512 && memcmp(e.data, want, 512) == 0);
	core_event_free(&e);
	node_send_packet(&p.a, &p.b, 1280, 6);
	node_expect_packet(&p.b, &p.a, 1280, 6);
	CHECK(node_counter(&p.b, "dropped_too_big") == 1);
	close_pair(&p);
}

static void test_unknown_keys_are_refused_once_a_second(void)
{
	struct shared_key wrong = shared_between(31, 32);
	struct core_event e;
	struct pair p;

	open_pair(&p, false);
	install(&p.a, &p.b, &wrong, A_SEQ, B_SEQ, NULL);
	for (unsigned i = 0; i < 5; i++)
		node_send_packet(&p.a, &p.b, 100, 1);
	node_expect_count(&p.b, "dropped_refused", 5);
	e = node_expect(&p.b, CORE_REFUSED);
	CHECK(memcmp(e.key, p.a.id.public, KEY_BYTES) == 0 && e.len == 0);
	core_event_free(&e);
	CHECK(!node_event(&e, &p.b, 0.05));
	close_pair(&p);
}

static void test_handshakes_go_to_control(void)
{
	uint8_t frame[1 + 2 + 2 * KEY_BYTES + 1 + 193] = {FRAME_TRAFFIC};
	uint8_t *payload = frame + sizeof frame - 193;
	struct core_event e;
	struct pair p;

	open_pair(&p, false);
	memcpy(frame + 3, p.a.id.public, KEY_BYTES);
	memcpy(frame + 3 + KEY_BYTES, p.b.id.public, KEY_BYTES);
	payload[0] = PAYLOAD_INIT;
	CHECK(core_queue(p.a.core, p.j.a, frame, sizeof frame, p.a.id.public, p.b.id.public) == 0);
	e = node_expect(&p.b, CORE_TRAFFIC);
	CHECK(memcmp(e.key, p.a.id.public, KEY_BYTES) == 0 && e.len == 193 && e.data[0] == PAYLOAD_INIT);
	core_event_free(&e);
	CHECK(core_queue(p.a.core, p.j.a, frame, sizeof frame - 1, p.a.id.public, p.b.id.public) == 0);
	node_expect_count(&p.b, "dropped_payload_size", 1);
	payload[0] = PAYLOAD_SEALED; /* the reference answers one byte of traffic with an init */
	for (size_t len = 1; len < 52; len += 10)
		CHECK(core_queue(p.a.core, p.j.a, frame, sizeof frame - 193 + len, p.a.id.public, p.b.id.public) == 0);
	node_expect_count(&p.b, "dropped_payload_size", 7);
	CHECK(!node_event(&e, &p.b, 0.05));
	payload[0] = 4;
	CHECK(core_queue(p.a.core, p.j.a, frame, sizeof frame, p.a.id.public, p.b.id.public) == 0);
	node_expect_count(&p.b, "dropped_payload_kind", 1);
	close_pair(&p);
}

/* The same packet twice on the wire; and the window lives on when the same pair is installed again. */
static void test_replays_are_dropped_also_after_reinstalling(void)
{
	uint8_t frame[400], copy[400], message[] = {2, 1}, next[KEY_BYTES] = {0};
	struct shared_key there = shared_between(21, 22), back = shared_between(23, 24);
	struct core_receive row = {A_SEQ, B_SEQ, &there, false};
	struct pair p;
	uint8_t *box = frame + 200, *start;
	size_t len;

	open_pair(&p, false);
	memcpy(box + BOX_TAG_BYTES, next, KEY_BYTES);
	memcpy(box + SEALED_BOX_MIN, message, sizeof message);
	aead_seal(box, KEY_BYTES + sizeof message, 77, &there);
	start = traffic_put_head(sealed_put_head(box, A_SEQ, B_SEQ, 77),
				 &(struct traffic_head){.path = (const uint8_t *)"",
							.path_len = 1,
							.from = (const uint8_t *)"",
							.from_len = 1,
							.source = p.a.id.public,
							.dest = p.b.id.public,
							.watermark = 1});
	len = (size_t)(box + SEALED_BOX_MIN + sizeof message - start);
	memcpy(copy, start, len);
	for (unsigned i = 0; i < 3; i++) {
		CHECK(core_queue(p.a.core, p.j.a, copy, len, p.a.id.public, p.b.id.public) == 0);
		node_expect_count(&p.b, "dropped_replay", i);
		if (i == 0)
			node_pass(&p.b, CORE_MESSAGE);
		CHECK(core_install_keys(p.b.core, p.a.id.public, BACK_B_SEQ, BACK_A_SEQ, &back, next, true, &row, 1) == 0);
	}
	node_expect_count(&p.b, "dropped_replay", 2);
	close_pair(&p);
}

static void test_what_is_missing_is_counted_or_handed_back(void)
{
	const uint8_t message[] = {2, 1};
	struct pair p;

	open_pair(&p, false);
	CHECK(core_drop_keys(p.a.core, p.b.id.public) == 0);
	CHECK(core_seal(p.a.core, p.b.id.public, message, 2) == 0);
	node_expect_count(&p.a, "dropped_seal_no_keys", 1);
	node_send_packet(&p.a, &p.b, 100, 1);
	node_pass(&p.a, CORE_PACKET);
	node_share_keys(&p.a, &p.b);
	CHECK(core_drop_path(p.a.core, p.b.id.public) == 0);
	CHECK(core_seal(p.a.core, p.b.id.public, message, 2) == 0);
	node_expect_count(&p.a, "dropped_seal_no_path", 1);
	CHECK(core_set_path(p.a.core, p.b.id.public, (uint64_t[]){1}, 1) == 0);
	CHECK(core_drop_link(p.a.core, p.j.a) == 0);
	CHECK(core_seal(p.a.core, p.b.id.public, message, 2) == 0);
	node_expect_count(&p.a, "dropped_no_hop", 1);
	node_send_packet(&p.a, &p.b, 100, 1);
	node_pass(&p.a, CORE_PACKET);
	close_pair(&p);
}

static void test_tun_end_is_told_and_a_new_one_may_come(void)
{
	struct pair p;

	open_pair(&p, false);
	close(p.a.tun);
	node_pass(&p.a, CORE_TUN_CLOSED);
	CHECK(core_detach_tun(p.a.core) == 0);
	node_attach_tun(&p.a, NODE_MTU);
	CHECK(core_attach_tun(p.a.core, (struct core_device){.handle = dup(p.a.tun)}, NODE_MTU) == -EBUSY);
	node_send_packet(&p.a, &p.b, 100, 1);
	node_expect_packet(&p.b, &p.a, 100, 1);
	close_pair(&p);
}

int main(void)
{
	test_packets_cross_and_the_first_is_reported(false);
	test_packets_cross_and_the_first_is_reported(true);
	test_bursts_keep_their_order(false);
	test_bursts_keep_their_order(true);
	test_a_third_node_forwards();
	test_traffic_for_us_stays_here_whatever_its_path_says();
	test_no_next_hop_is_reported_with_the_origin();
	test_dead_end_with_the_longest_origin_is_reported();
	test_path_that_is_too_long_is_dropped_and_the_link_stays();
	test_dead_end_of_our_own_is_told_for_messages_only();
	test_longest_paths_fit_in_front_of_a_packet();
	test_traffic_waits_for_trust();
	test_packets_of_the_host_are_judged();
	test_packets_that_may_not_enter_are_told_at_a_bounded_rate();
	test_subnets_are_reached_by_their_prefix();
	test_opened_packets_are_judged();
	test_packets_above_the_mtu_are_quoted();
	test_unknown_keys_are_refused_once_a_second();
	test_handshakes_go_to_control();
	test_replays_are_dropped_also_after_reinstalling();
	test_what_is_missing_is_counted_or_handed_back();
	test_tun_end_is_told_and_a_new_one_may_come();
	return 0;
}
