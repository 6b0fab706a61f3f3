/* SPDX-License-Identifier: MIT
 * Whole cores under pressure: control that is behind, links that are full, links that come and go under traffic. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "link.h"
#include "nodes.h"

/* --- control is behind ------------------------------------------------------------------------------------------ */

enum { FRAMES = 20000, BODY = 1000 };

struct flood {
	int fd;
	_Atomic unsigned written; /* frames */
};

static void write_all(int fd, const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		CHECK(n > 0);
		data += n;
		len -= (size_t)n;
	}
}

static void *flood(void *argument)
{
	struct flood *f = argument;
	uint8_t frame[2 + 1 + BODY] = {0x80 | ((1 + BODY) & 0x7f), (1 + BODY) >> 7, FRAME_SIG_RES};

	for (unsigned i = 0; i < FRAMES; i++) {
		memcpy(frame + 3, &i, sizeof i);
		write_all(f->fd, frame, sizeof frame);
		f->written++;
	}
	return NULL;
}

static void test_control_frames_wait_and_are_never_lost(void)
{
	struct flood f = {.written = 0};
	pthread_t writer;
	struct node n;
	uint64_t link;

	node_open(&n, 1, 1);
	f.fd = node_raw_link(&link, &n);
	CHECK(pthread_create(&writer, NULL, flood, &f) == 0);
	usleep(300000); /* control sleeps; the writer must come to a halt */
	CHECK(f.written < FRAMES);
	for (unsigned i = 0; i < FRAMES; i++) {
		struct core_event e = node_expect(&n, CORE_FRAME);

		CHECK(e.link == link && e.len == 1 + BODY && memcmp(e.data + 1, &i, sizeof i) == 0);
		core_event_free(&e);
	}
	pthread_join(writer, NULL);
	close(f.fd);
	node_close(&n);
}

static void test_a_flood_on_one_link_leaves_room_for_the_others(void)
{
	static const uint8_t request[] = {3, FRAME_SIG_REQ, 5, 6};
	struct flood f = {.written = 0};
	pthread_t writer;
	struct node n;
	uint64_t flooded, other;
	unsigned ahead = 0;
	int fd;

	node_open(&n, 1, 1);
	f.fd = node_raw_link(&flooded, &n);
	fd = node_raw_link(&other, &n);
	CHECK(pthread_create(&writer, NULL, flood, &f) == 0);
	usleep(300000); /* control sleeps, and the flood has filled what it can */
	write_all(fd, request, sizeof request);
	usleep(100000);
	for (bool heard = false; !heard;) {
		struct core_event e = node_expect(&n, CORE_FRAME);

		heard = e.link == other;
		ahead += e.link == flooded;
		core_event_free(&e);
	}
	CHECK(ahead <= LINK_AHEAD_MAX);
	while (ahead < FRAMES) {
		node_pass(&n, CORE_FRAME);
		ahead++;
	}
	pthread_join(writer, NULL);
	close(f.fd);
	close(fd);
	node_close(&n);
}

#define OFFER_BYTES 193
#define OFFER_FRAME (1 + 1 + 1 + 2 * KEY_BYTES + 1 + OFFER_BYTES)

static void write_offer(int fd, const struct node *n, uint8_t source)
{
	uint8_t frame[2 + OFFER_FRAME] = {0x80 | (OFFER_FRAME & 0x7f), OFFER_FRAME >> 7, FRAME_TRAFFIC};

	memset(frame + 5, source, KEY_BYTES);
	memcpy(frame + 5 + KEY_BYTES, n->id.public, KEY_BYTES);
	frame[5 + 2 * KEY_BYTES + 1] = PAYLOAD_INIT;
	write_all(fd, frame, sizeof frame);
}

static void test_offers_on_one_link_leave_room_for_those_on_others(void)
{
	enum { OFFERS = 5000 };
	struct node n;
	uint64_t flooded, other;
	unsigned heard = 0;
	uint8_t source;
	int fd[2];

	node_open(&n, 1, 1);
	fd[0] = node_raw_link(&flooded, &n);
	fd[1] = node_raw_link(&other, &n);
	for (unsigned i = 0; i < OFFERS; i++)
		write_offer(fd[0], &n, 1);
	node_expect_count(&n, "traffic_for_us", OFFERS);
	write_offer(fd[1], &n, 2);
	do {
		struct core_event e = node_expect(&n, CORE_TRAFFIC);

		source = e.key[0];
		heard += source == 1;
		core_event_free(&e);
	} while (source == 1);
	CHECK(heard == OFFERS - node_counter(&n, "dropped_offer_limit") && heard < OFFERS / 2);
	close(fd[0]);
	close(fd[1]);
	node_close(&n);
}

/* --- the peer is behind ----------------------------------------------------------------------------------------- */

struct reader {
	int fd;
	unsigned queued; /* frames so far */
	uint32_t last;   /* number of the newest */
	size_t have;
	uint8_t data[1 << 20];
};

/* This machine may be slow, and the peer is not to be called silent for it. */
static void say_alive(int fd)
{
	static const uint8_t keepalive[] = {1, FRAME_KEEPALIVE};

	write_all(fd, keepalive, sizeof keepalive);
}

/* Reads up to and including a frame of type `until`; the numbers of queued frames must grow. */
static void read_until(struct reader *r, uint8_t until)
{
	bool found = false;

	while (!found) {
		ssize_t n = recv(r->fd, r->data + r->have, sizeof r->data - r->have, 0);
		size_t at = 0;
		struct frame f;

		CHECK(n > 0);
		say_alive(r->fd);
		for (r->have += (size_t)n; frame_split(&f, r->data + at, r->have - at) == 0; at += f.offset + f.len) {
			const uint8_t *frame = r->data + at + f.offset;
			uint32_t number;

			found |= frame[0] == until;
			if (frame[0] != FRAME_PATH_NOTIFY)
				continue;
			memcpy(&number, frame + 1, sizeof number);
			CHECK(f.len == 1 + BODY && (!r->queued || number > r->last));
			r->last = number;
			r->queued++;
		}
		memmove(r->data, r->data + at, r->have - at);
		r->have -= at;
	}
}

static void test_full_link_drops_whole_frames_and_keeps_the_order(void)
{
	static struct reader r;
	struct core_counter counters[CORE_LINK_COUNTERS];
	uint8_t frame[1 + BODY] = {FRAME_PATH_NOTIFY};
	struct node n;
	uint64_t link;

	node_open(&n, 1, 1);
	r.fd = node_raw_link(&link, &n);
	for (uint32_t i = 0; i < FRAMES; i++) {
		memcpy(frame + 1, &i, sizeof i);
		if (i % 100 == 0)
			say_alive(r.fd);
		CHECK(core_queue(n.core, link, frame, sizeof frame, n.id.public, n.id.public) == 0);
	}
	frame[0] = FRAME_ANNOUNCE;
	CHECK(core_send(n.core, link, frame, sizeof frame) == 0);
	CHECK(core_link_counters(counters, n.core, link) == 0);
	CHECK(counters[4].value <= (2u << 20) && counters[5].value > 0);
	read_until(&r, FRAME_ANNOUNCE);
	CHECK(r.queued + counters[5].value < FRAMES); /* it overtook what waits */
	while (counters[4].value) {
		CHECK(core_link_counters(counters, n.core, link) == 0);
		frame[0] = FRAME_BLOOM;
		CHECK(core_send(n.core, link, frame, sizeof frame) == 0);
		read_until(&r, FRAME_BLOOM);
	}
	CHECK(r.queued + node_counter(&n, "dropped_queue") == FRAMES);
	close(r.fd);
	node_close(&n);
}

/* --- links come and go ------------------------------------------------------------------------------------------ */

struct pump { /* a busy host behind one node */
	struct node *from, *to;
	atomic_bool stop;
	_Atomic unsigned got;
	pthread_t thread;
};

static void *pump(void *argument)
{
	struct pump *p = argument;
	uint8_t packet[NODE_MTU];

	for (unsigned round = 0; !p->stop; round++) {
		size_t len = 40 + (round % 8) * 1000;
		bool moves;

		packet_make(packet, len, p->from->address.node, p->to->address.node, 1);
		moves = send(p->from->tun, packet, len, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
		for (; recv(p->to->tun, packet, sizeof packet, MSG_DONTWAIT) > 0; moves = true)
			p->got++;
		if (!moves)
			usleep(200); /* the nodes are slower: leave them the processor */
	}
	return NULL;
}

static void drain(struct node *n)
{
	struct core_event e;

	while (core_recv(&e, n->core) == 0)
		core_event_free(&e);
}

static void wait_for_more(const struct pump *p)
{
	double until = port_now() + PATIENCE;

	for (unsigned had = p->got; p->got < had + 5; usleep(500))
		CHECK(port_now() < until);
}

static void test_links_and_keys_change_under_traffic(void)
{
	struct pump there, back;
	struct node a, b;

	node_open(&a, 1, 2);
	node_open(&b, 2, 2);
	node_attach_tun(&a, NODE_MTU);
	node_attach_tun(&b, NODE_MTU);
	there = (struct pump){.from = &a, .to = &b};
	back = (struct pump){.from = &b, .to = &a};
	CHECK(pthread_create(&there.thread, NULL, pump, &there) == 0);
	CHECK(pthread_create(&back.thread, NULL, pump, &back) == 0);
	for (unsigned round = 0; round < 40; round++) {
		struct joint one = node_join(&a, &b, round % 2), two = node_join(&a, &b, round % 3 == 0);

		node_share_keys(&a, &b);
		node_route(&a, &b, one);
		wait_for_more(&there);
		node_route(&a, &b, two);
		CHECK(core_drop_link(a.core, one.a) == 0);
		wait_for_more(&back);
		CHECK(core_drop_link(b.core, two.b) == 0);
		if (round % 4 == 0) {
			CHECK(core_drop_path(a.core, b.id.public) == 0 && core_drop_keys(a.core, b.id.public) == 0);
			CHECK(core_drop_keys(b.core, a.id.public) == 0);
		}
		drain(&a);
		drain(&b);
	}
	core_stop(a.core); /* in the middle of traffic */
	there.stop = back.stop = true;
	pthread_join(there.thread, NULL);
	pthread_join(back.thread, NULL);
	node_close(&a);
	node_close(&b);
}

int main(void)
{
	test_control_frames_wait_and_are_never_lost();
	test_a_flood_on_one_link_leaves_room_for_the_others();
	test_offers_on_one_link_leave_room_for_those_on_others();
	test_full_link_drops_whole_frames_and_keeps_the_order();
	test_links_and_keys_change_under_traffic();
	return 0;
}
