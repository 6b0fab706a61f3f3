/* SPDX-License-Identifier: MIT
 * Many sessions of one node, sealed by several threads: nothing is lost, nothing overtakes within a session, and what
 * goes while packets wait (keys, paths, the device, the core) is gone. */
#include <pthread.h>
#include <stdatomic.h>

#include "nodes.h"
#include "sender.h"
#include "state.h"

enum { LEAVES = 4, LEN = 600, SMALL = 100, ROUND = 3 * SENDER_BURST, ROUNDS = 24 };

LAYOUT_FACT(SENDER_BURST * LEN >= SENDER_SPREAD_BYTES);

static const uint64_t PORTS[LEAVES][1] = {{1}, {2}, {3}, {4}};

struct star {
	struct node hub, leaf[LEAVES];
	uint64_t sent[LEAVES], got[LEAVES]; /* packets */
	uint8_t said[LEAVES], heard[LEAVES]; /* messages */
};

/* More than a round fits into what lies between a node and its host. */
static void attach(struct node *n)
{
	static const int bytes = 1 << 20;

	node_attach_tun(n, NODE_MTU);
	CHECK(setsockopt(n->tun, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0);
	CHECK(setsockopt((int)n->core->tun.device.handle, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0);
}

static void open_star(struct star *s, unsigned workers)
{
	struct core_hop hops[LEAVES];

	*s = (struct star){0};
	node_open(&s->hub, 1, workers);
	attach(&s->hub);
	for (unsigned i = 0; i < LEAVES; i++) {
		struct node *leaf = &s->leaf[i];
		struct joint j;

		node_open(leaf, (uint8_t)(2 + i), 1);
		attach(leaf);
		j = node_join(&s->hub, leaf, i % 2);
		node_share_keys(&s->hub, leaf);
		hops[i] = (struct core_hop){PORTS[i], 1, j.a, 1, 1 + i};
		CHECK(core_set_path(s->hub.core, leaf->id.public, PORTS[i], 1) == 0);
	}
	CHECK(core_publish(s->hub.core, NULL, 0, hops, LEAVES) == 0);
}

static void close_star(struct star *s)
{
	node_close(&s->hub);
	for (unsigned i = 0; i < LEAVES; i++)
		node_close(&s->leaf[i]);
}

static void make_packet(uint8_t *out, size_t len, struct star *s, unsigned to)
{
	packet_make(out, len, s->hub.address.node, s->leaf[to].address.node, (uint8_t)to);
	memcpy(out + PACKET_HEAD, &s->sent[to], sizeof s->sent[to]);
	s->sent[to]++;
}

static void send_to(struct star *s, unsigned to)
{
	uint8_t packet[LEN];

	make_packet(packet, LEN, s, to);
	CHECK(send(s->hub.tun, packet, LEN, 0) == LEN);
}

/* The next packet that a leaf gets is the next that was sent to it. */
static void expect_next(struct star *s, unsigned at)
{
	uint8_t packet[LEN + 1];
	ssize_t len;

	CHECK(readable_within(s->leaf[at].tun, PATIENCE));
	len = recv(s->leaf[at].tun, packet, sizeof packet, 0);
	CHECK(len == LEN || len == SMALL);
	CHECK(memcmp(packet + PACKET_HEAD, &s->got[at], sizeof s->got[at]) == 0);
	s->got[at]++;
}

static void say_to(struct star *s, unsigned to)
{
	const uint8_t message[] = {2, s->said[to]++};

	CHECK(core_seal(s->hub.core, s->leaf[to].id.public, message, sizeof message) == 0);
}

static void expect_said(struct star *s, unsigned at)
{
	struct core_event e = node_expect(&s->leaf[at], CORE_MESSAGE);

	CHECK(e.len == 2 && e.data[1] == s->heard[at]++);
	core_event_free(&e);
}

/* --- order ------------------------------------------------------------------------------------------------------ */

/* More than a burst is there before the node may read, for the first `leaves` of them in turns. */
static void send_round(struct star *s, unsigned leaves)
{
	gate_write(&s->hub.core->gate);
	for (unsigned i = 0; i < ROUND; i++) {
		send_to(s, (unsigned)check_below(leaves));
		if (i % 16 == 0)
			say_to(s, (unsigned)check_below(leaves));
	}
	gate_leave(&s->hub.core->gate);
}

static void expect_all(struct star *s)
{
	for (unsigned i = 0; i < LEAVES; i++) {
		while (s->got[i] < s->sent[i])
			expect_next(s, i);
		while (s->heard[i] != s->said[i])
			expect_said(s, i);
	}
}

/* Sealers and the sender take turns: sooner or later after a flood the sender does it alone again. */
static void expect_rest(struct star *s)
{
	double until = port_now() + PATIENCE;
	uint64_t before;

	do {
		CHECK(port_now() < until);
		before = node_counter(&s->hub, "handed_to_sealers");
		send_to(s, 0);
		expect_next(s, 0);
	} while (node_counter(&s->hub, "handed_to_sealers") != before);
}

/* Of so many packets and messages, at least, while the sealers were at work: all, or of two shares all of one. */
static void expect_handed(struct star *s, unsigned shares, uint64_t all)
{
	uint64_t handed = node_counter(&s->hub, "handed_to_sealers"), kept = 0;

	for (unsigned i = 0; i < LEAVES && shares == 2; i++)
		if (s->leaf[i].id.public[KEY_BYTES / 2 + 3] % 2)
			kept += s->sent[i] + s->said[i];
	CHECK(handed + kept >= all);
	CHECK((kept > 0) == (shares == 2) && handed > 0);
}

static void test_no_session_loses_anything_or_its_order(unsigned shares)
{
	struct star s;

	open_star(&s, shares);
	for (unsigned round = 0; round < ROUNDS; round++) {
		send_round(&s, LEAVES);
		expect_all(&s);
		if (round % 8 == 7)
			expect_rest(&s);
	}
	expect_handed(&s, shares, ROUNDS * (ROUND - SENDER_BURST - SENDER_MESSAGES));
	for (unsigned i = 0; i < LEAVES; i++)
		CHECK(node_counter(&s.leaf[i], "dropped_replay") == 0);
	close_star(&s);
}

static void test_one_session_stays_with_the_thread_that_reads(unsigned shares)
{
	struct star s;

	open_star(&s, shares);
	send_to(&s, 0);
	expect_next(&s, 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		send_round(&s, 1);
		expect_all(&s);
	}
	CHECK(node_counter(&s.hub, "handed_to_sealers") == 0);
	close_star(&s);
}

static void test_where_one_thread_is_wanted_there_is_one(void)
{
	struct star s;

	open_star(&s, 1);
	send_round(&s, LEAVES);
	expect_all(&s);
	CHECK(node_counter(&s.hub, "handed_to_sealers") == 0);
	close_star(&s);
}

/* --- what goes while packets wait: a sealer of the test's own, which plays sender --------------------------------- */

struct solo {
	struct star star;
	struct sealer sealer;
	struct packet *spares;
};

static void open_solo(struct solo *s)
{
	open_star(&s->star, 1);
	s->sealer = (struct sealer){0};
	s->spares = NULL;
	CHECK(sealer_start(&s->sealer, s->star.hub.core) == 0);
}

static void close_solo(struct solo *s)
{
	sealer_stop(&s->sealer);
	sealer_free_all(s->spares);
	close_star(&s->star);
}

/* Packets for the first leaf. */
static void stage(struct solo *s, unsigned n)
{
	while (n--) {
		struct packet *p = packet_new(SEAL_HEADROOM + 1, SMALL);

		CHECK(p);
		make_packet(p->data, SMALL, &s->star, 0);
		p->len = SMALL;
		sealer_stage(&s->sealer, s->star.leaf[0].id.public, p, false);
	}
	sealer_hand_over(&s->sealer, &s->spares);
}

static void expect_set_aside(struct solo *s, uint64_t first, uint64_t n)
{
	for (uint64_t i = first; i < first + n; i++) {
		struct core_event e = node_expect(&s->star.hub, CORE_PACKET);

		CHECK(e.len == SMALL && memcmp(e.data + PACKET_HEAD, &i, sizeof i) == 0);
		core_event_free(&e);
	}
}

static void test_waiting_packets_go_to_control_when_their_session_goes(void (*drop)(struct remote *r))
{
	struct core *c;
	struct solo s;

	open_solo(&s);
	c = s.star.hub.core;
	stage(&s, 50);
	sealer_settle(&s.sealer);
	gate_write(&c->gate);
	stage(&s, 100);
	drop(table_find(&c->remotes, REMOTE_BY_KEY, s.star.leaf[0].id.public));
	gate_leave(&c->gate);
	sealer_settle(&s.sealer);
	expect_set_aside(&s, 50, 100);
	s.star.sent[0] = 50;
	expect_all(&s.star);
	close_solo(&s);
}

static void test_full_ring_is_waited_for(void)
{
	struct core *c;
	struct solo s;

	open_solo(&s);
	c = s.star.hub.core;
	for (unsigned round = 0; round < ROUNDS; round++) {
		gate_write(&c->gate);
		stage(&s, SEALER_STAGED_MAX);
		stage(&s, SEALER_STAGED_MAX);
		gate_leave(&c->gate);
		sealer_ease(&s.sealer);
		stage(&s, SEALER_STAGED_MAX); /* in slots of the first ones */
		expect_all(&s.star);
	}
	close_solo(&s);
}

static void test_sealer_stops_with_packets_waiting(void)
{
	struct core *c;
	struct solo s;

	open_solo(&s);
	c = s.star.hub.core;
	gate_write(&c->gate);
	stage(&s, SEALER_STAGED_MAX);
	gate_leave(&c->gate);
	close_solo(&s);
}

/* --- everything at once ------------------------------------------------------------------------------------------ */

struct flood {
	struct star *star;
	atomic_bool stop;
};

/* The hosts: one sends to all, more at a time than a burst, and they take what comes. */
static void *flood(void *argument)
{
	struct flood *f = argument;
	struct star *s = f->star;
	uint8_t packet[2 * LEN];

	while (!f->stop) {
		gate_write(&s->hub.core->gate);
		for (unsigned i = 0; i < ROUND; i++) {
			packet_make(packet, LEN + i, s->hub.address.node, s->leaf[i % LEAVES].address.node, 0);
			(void)!send(s->hub.tun, packet, LEN + i, MSG_DONTWAIT | MSG_NOSIGNAL);
		}
		gate_leave(&s->hub.core->gate);
		for (unsigned i = 0; i < LEAVES; i++)
			while (recv(s->leaf[i].tun, packet, sizeof packet, MSG_DONTWAIT) > 0)
				;
	}
	return NULL;
}

static void drop_events(struct node *n)
{
	struct core_event e;

	while (core_recv(&e, n->core) == 0)
		core_event_free(&e);
}

static void wait_for_more(struct star *s)
{
	uint64_t had = node_counter(&s->hub, "handed_to_sealers");
	double until = port_now() + PATIENCE;

	while (node_counter(&s->hub, "handed_to_sealers") == had) {
		drop_events(&s->hub);
		CHECK(port_now() < until);
	}
}

static void test_sessions_come_and_go_under_traffic(void)
{
	struct star s;
	struct flood f = {.star = &s};
	pthread_t hosts;

	open_star(&s, 4);
	CHECK(pthread_create(&hosts, NULL, flood, &f) == 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		const struct node *leaf = &s.leaf[round % LEAVES];

		wait_for_more(&s);
		say_to(&s, round % LEAVES);
		CHECK(core_drop_path(s.hub.core, leaf->id.public) == 0);
		if (round % 2)
			CHECK(core_drop_keys(s.hub.core, leaf->id.public) == 0);
		wait_for_more(&s);
		node_share_keys(&s.hub, &s.leaf[round % LEAVES]);
		CHECK(core_set_path(s.hub.core, leaf->id.public, PORTS[round % LEAVES], 1) == 0);
	}
	CHECK(core_detach_tun(s.hub.core) == 0);
	core_stop(s.hub.core); /* with packets on their way */
	f.stop = true;
	pthread_join(hosts, NULL);
	close_star(&s);
}

int main(void)
{
	test_no_session_loses_anything_or_its_order(2);
	test_no_session_loses_anything_or_its_order(4);
	test_one_session_stays_with_the_thread_that_reads(2);
	test_one_session_stays_with_the_thread_that_reads(4);
	test_where_one_thread_is_wanted_there_is_one();
	test_waiting_packets_go_to_control_when_their_session_goes(remote_drop_keys);
	test_waiting_packets_go_to_control_when_their_session_goes(remote_drop_path);
	test_full_ring_is_waited_for();
	test_sealer_stops_with_packets_waiting();
	test_sessions_come_and_go_under_traffic();
	return 0;
}
