/* SPDX-License-Identifier: MIT
 * Links of a whole core: greeting, frames, and everything that ends them. */
#include "nodes.h"
#include "state.h"

static void test_frames_cross_in_order(bool tls)
{
	struct node a, b;
	struct joint j;

	node_open(&a, 1, 1);
	node_open(&b, 2, 2);
	j = node_join(&a, &b, tls);
	for (unsigned i = 0; i < 300; i++) {
		uint8_t frame[1000] = {FRAME_SIG_REQ, (uint8_t)i};

		CHECK(core_send(i % 2 ? a.core : b.core, i % 2 ? j.a : j.b, frame, 2 + i) == 0);
	}
	for (unsigned i = 0; i < 300; i++) {
		struct core_event e = node_expect(i % 2 ? &b : &a, CORE_FRAME);

		CHECK(e.link == (i % 2 ? j.b : j.a));
		CHECK(e.len == 2 + i && e.data[0] == FRAME_SIG_REQ && e.data[1] == (uint8_t)i);
		core_event_free(&e);
	}
	node_close(&a);
	node_close(&b);
}

static void test_tls_shows_the_key_of_the_server(void)
{
	struct node a, b;
	struct core_event e;
	uint64_t la, lb;
	int fd[2];

	node_open(&a, 1, 1);
	node_open(&b, 2, 1);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	CHECK(core_attach_link(&la, a.core, fd[0], CORE_TLS_CLIENT, "") == 0);
	CHECK(core_attach_link(&lb, b.core, fd[1], CORE_TLS_SERVER, NULL) == 0);
	e = node_expect(&a, CORE_LINK_READY);
	CHECK(e.link == la && e.len == KEY_BYTES && memcmp(e.data, b.id.public, KEY_BYTES) == 0);
	core_event_free(&e);
	e = node_expect(&b, CORE_LINK_READY);
	CHECK(e.link == lb && e.len == 0);
	core_event_free(&e);
	node_close(&a);
	node_close(&b);
}

static void test_tls_failure_says_why(void)
{
	struct node n;
	uint64_t link;
	int fd[2];

	node_open(&n, 1, 1);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	CHECK(core_attach_link(&link, n.core, fd[0], CORE_TLS_SERVER, NULL) == 0);
	CHECK(write(fd[1], "GET / HTTP/1.1\r\n\r\n", 18) == 18);
	node_expect_closed(&n, link, "TLS: ");
	close(fd[1]);
	node_close(&n);
}

/* What a peer must not say instead of, or after, its greeting. */
static void expect_refusal(const uint8_t *greeting, size_t len, const char *why)
{
	struct node n;
	uint64_t link;
	int fd[2];

	node_open(&n, 1, 1);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	CHECK(core_attach_link(&link, n.core, fd[0], CORE_TLS_NONE, NULL) == 0);
	CHECK(write(fd[1], greeting, len) == (ssize_t)len);
	node_expect_closed(&n, link, why);
	close(fd[1]);
	node_close(&n);
}

/* Nobody has proved anything yet; the reference waits for up to 65535 bytes. */
static void test_greeting_is_refused_when_it_is_none_or_too_long(void)
{
	expect_refusal((const uint8_t *)"GET ", 4, "greeting");
	expect_refusal((const uint8_t *)"meta\0\77", 6, "greeting");
	expect_refusal((const uint8_t *)"meta\4\0", 6, "greeting");
}

static void test_bytes_after_the_greeting_wait_for_admission(void)
{
	uint8_t both[META_BYTES + 3];
	struct node n;
	struct core_event e;
	uint64_t link;
	int fd[2];

	meta(both, 7);
	memcpy(both + META_BYTES, (uint8_t[]){2, FRAME_BLOOM, 9}, 3);
	node_open(&n, 1, 1);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	CHECK(core_attach_link(&link, n.core, fd[0], CORE_TLS_NONE, NULL) == 0);
	for (size_t i = 0; i < sizeof both; i++)
		CHECK(write(fd[1], both + i, 1) == 1);
	e = node_expect(&n, CORE_GREETING);
	CHECK(e.link == link && e.len == META_BYTES && memcmp(e.data, both, META_BYTES) == 0);
	core_event_free(&e);
	CHECK(!node_event(&e, &n, 0.05));
	CHECK(core_admit(n.core, link) == 0);
	e = node_expect(&n, CORE_FRAME);
	CHECK(e.link == link && e.len == 2 && e.data[0] == FRAME_BLOOM && e.data[1] == 9);
	core_event_free(&e);
	close(fd[1]);
	node_close(&n);
}

static void test_bad_frames_close_the_link(void)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *why;
	} cases[] = {
		{"\0", 1, "frame length"},
		{"\377\377\7", 3, "frame length"},
		{"\377\377\377\377\377\377\377\377\377\377\1", 11, "frame length"},
		{"\1\11", 2, "traffic"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct node n;
		uint64_t link;
		int fd;

		node_open(&n, 1, 1);
		fd = node_raw_link(&link, &n);
		CHECK(write(fd, cases[i].bytes, cases[i].len) == (ssize_t)cases[i].len);
		node_expect_closed(&n, link, cases[i].why);
		close(fd);
		node_close(&n);
	}
}

/* And what comes behind them goes on: the reference's queue rests until somebody sends the next control frame. */
static void test_longest_frame_passes_and_longer_ones_are_dropped(void)
{
	static uint8_t frame[FRAME_MAX + 1] = {FRAME_ANNOUNCE};
	struct node a, b;
	struct joint j;
	struct core_event e;

	node_open(&a, 1, 1);
	node_open(&b, 2, 1);
	j = node_join(&a, &b, false);
	CHECK(core_queue(a.core, j.a, frame, FRAME_MAX + 1, a.id.public, b.id.public) == 0);
	CHECK(core_send(a.core, j.a, frame, FRAME_MAX + 1) == 0);
	CHECK(core_queue(a.core, j.a, frame, FRAME_MAX, a.id.public, b.id.public) == 0);
	e = node_expect(&b, CORE_FRAME);
	CHECK(e.len == FRAME_MAX && memcmp(e.data, frame, FRAME_MAX) == 0);
	core_event_free(&e);
	CHECK(node_counter(&a, "dropped_too_long") == 2);
	node_close(&a);
	node_close(&b);
}

/* The reference keeps control frames for it without end. */
static void test_peer_that_does_not_read_is_closed(void)
{
	static const uint8_t frame[65536] = {FRAME_ANNOUNCE};
	struct node n;
	uint64_t link;
	int fd;

	node_open(&n, 1, 1);
	fd = node_raw_link(&link, &n);
	for (unsigned i = 0; i < 64; i++)
		CHECK(core_send(n.core, link, frame, sizeof frame) == 0);
	node_expect_closed(&n, link, "1 MiB");
	close(fd);
	node_close(&n);
}

static void test_dropped_link_says_nothing_more(void)
{
	struct core_counter counters[CORE_LINK_COUNTERS];
	struct core_event e;
	struct node n;
	uint64_t link;
	uint8_t byte;
	int fd;

	node_open(&n, 1, 1);
	fd = node_raw_link(&link, &n);
	CHECK(core_link_counters(counters, n.core, link) == 0 && counters[0].value == META_BYTES);
	CHECK(core_drop_link(n.core, link) == 0 && core_drop_link(n.core, link) == 0);
	CHECK(read(fd, &byte, 1) == 0);
	CHECK(core_link_counters(counters, n.core, link) == -ENOENT);
	CHECK(core_send(n.core, link, &byte, 1) == 0 && core_trust(n.core, link) == 0);
	CHECK(!node_event(&e, &n, 0.05));
	close(fd);
	node_close(&n);
}

static void test_silence_closes_after_three_seconds(void)
{
	uint8_t question[] = {2, FRAME_SIG_REQ, 0}, byte, answer[2];
	struct node n;
	uint64_t talker, silent;
	int fd, other;
	double asked;

	node_open(&n, 1, 1);
	fd = node_raw_link(&talker, &n);
	other = node_raw_link(&silent, &n);
	asked = port_now();
	CHECK(core_send(n.core, silent, question + 1, 2) == 0);
	CHECK(write(fd, question, sizeof question) == sizeof question);
	CHECK(read(fd, answer, 2) == 2 && answer[0] == 1 && answer[1] == FRAME_KEEPALIVE);
	CHECK(port_now() - asked > 0.9);
	node_expect_closed(&n, silent, "silent for 3 s");
	CHECK(port_now() - asked > 2.9);
	CHECK(read(other, answer, 2) == 2 && read(other, &byte, 1) == 1 && read(other, &byte, 1) == 0);
	close(fd);
	close(other);
	node_close(&n);
}

/* Its frame takes longer than the deadline, which the reference lifts for whole frames only. */
static void test_peer_on_a_slow_link_is_not_silent(void)
{
	static const uint8_t question[] = {FRAME_SIG_REQ, 0};
	uint8_t bytes[70] = {(uint8_t)(sizeof bytes - 1), FRAME_ANNOUNCE};
	struct node n;
	struct core_event e;
	uint64_t slow, silent;
	int fd, other;
	size_t sent = 0;

	node_open(&n, 1, 1);
	fd = node_raw_link(&slow, &n);
	other = node_raw_link(&silent, &n);
	CHECK(core_send(n.core, slow, question, sizeof question) == 0);
	CHECK(core_send(n.core, silent, question, sizeof question) == 0);
	while (!node_event(&e, &n, 0.25)) {
		CHECK(sent < sizeof bytes - 1);
		CHECK(write(fd, bytes + sent++, 1) == 1);
	}
	CHECK(e.kind == CORE_LINK_CLOSED && e.link == silent);
	core_event_free(&e);
	CHECK(write(fd, bytes + sent, sizeof bytes - sent) == (ssize_t)(sizeof bytes - sent));
	e = node_expect(&n, CORE_FRAME);
	CHECK(e.link == slow && e.len == sizeof bytes - 1);
	core_event_free(&e);
	close(fd);
	close(other);
	node_close(&n);
}

/* More of them than a worker serves at once, after it was kept from looking for longer than the deadline. */
static void test_peers_that_have_not_been_read_are_not_silent(void)
{
	enum { LINKS = 2 * POLLER_BATCH };
	static const uint8_t question[] = {FRAME_SIG_REQ, 0}, answer[] = {1, FRAME_KEEPALIVE};
	uint64_t link[LINKS];
	struct core_event e;
	struct node n;
	int fd[LINKS];

	node_open(&n, 1, 1);
	for (unsigned i = 0; i < LINKS; i++) {
		fd[i] = node_raw_link(&link[i], &n);
		CHECK(core_send(n.core, link[i], question, sizeof question) == 0);
	}
	gate_write(&n.core->gate);
	for (unsigned i = 0; i < LINKS; i++)
		CHECK(write(fd[i], answer, sizeof answer) == sizeof answer);
	usleep((unsigned)((LIVE_DEAD_AFTER + 0.1) * 1e6));
	gate_leave(&n.core->gate);
	CHECK(!node_event(&e, &n, 0.5));
	CHECK(node_counter(&n, "links_silent") == 0);
	for (unsigned i = 0; i < LINKS; i++)
		close(fd[i]);
	node_close(&n);
}

/* Over before control has finished giving it to the core. */
static void test_link_that_ends_at_once_is_told_and_forgotten(void)
{
	struct node n;
	uint64_t link;
	int fd[2];

	node_open(&n, 1, 2);
	for (unsigned i = 0; i < 300; i++) {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
		close(fd[1]);
		CHECK(core_attach_link(&link, n.core, fd[0], CORE_TLS_NONE, NULL) == 0);
		node_pass(&n, CORE_LINK_READY);
		node_expect_closed(&n, link, "closed by the peer");
	}
	node_close(&n);
}

static void test_stop_closes_everything_and_twice_is_harmless(void)
{
	struct node n;
	uint64_t link;
	uint8_t byte;
	int fd, spare[2];

	node_open(&n, 1, 3);
	fd = node_raw_link(&link, &n);
	node_attach_tun(&n, NODE_MTU);
	core_stop(n.core);
	core_stop(n.core);
	CHECK(read(fd, &byte, 1) == 0 && read(n.tun, &byte, 1) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, spare) == 0);
	CHECK(core_attach_link(&link, n.core, spare[0], CORE_TLS_NONE, NULL) == -ESHUTDOWN);
	CHECK(read(spare[1], &byte, 1) == 0);
	CHECK(core_send(n.core, link, &byte, 1) == 0 && core_seal(n.core, n.id.public, &byte, 1) == 0);
	close(spare[1]);
	close(fd);
	node_close(&n);
}

int main(void)
{
	test_frames_cross_in_order(false);
	test_frames_cross_in_order(true);
	test_tls_shows_the_key_of_the_server();
	test_tls_failure_says_why();
	test_greeting_is_refused_when_it_is_none_or_too_long();
	test_bytes_after_the_greeting_wait_for_admission();
	test_bad_frames_close_the_link();
	test_longest_frame_passes_and_longer_ones_are_dropped();
	test_peer_that_does_not_read_is_closed();
	test_dropped_link_says_nothing_more();
	test_silence_closes_after_three_seconds();
	test_peer_on_a_slow_link_is_not_silent();
	test_peers_that_have_not_been_read_are_not_silent();
	test_link_that_ends_at_once_is_told_and_forgotten();
	test_stop_closes_everything_and_twice_is_harmless();
	return 0;
}
