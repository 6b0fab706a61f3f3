/* SPDX-License-Identifier: MIT
 * ring: order, promises by kind, congestion, the descriptor; then producers against one consumer. */
#include "ring.h"

#include <poll.h>
#include <pthread.h>

#include "check.h"

#define PRODUCERS 4
#define EACH 20000

static bool readable(const struct ring *r)
{
	struct pollfd p = {.fd = ring_fileno(r), .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static int put(struct ring *r, enum core_event_kind kind, uint64_t link, size_t len)
{
	static const uint8_t data[4096];
	struct core_event e = {.kind = kind, .link = link};

	return ring_put_copy(r, &e, data, len);
}

static uint64_t take(struct ring *r, bool *relieved)
{
	struct core_event e;
	uint64_t link;

	CHECK(ring_take(&e, relieved, r) == 0);
	link = e.link;
	core_event_free(&e);
	return link;
}

static void test_first_in_first_out(void)
{
	struct core_event e;
	struct ring *r;
	bool relieved;

	CHECK(ring_new(&r, &RING_LIMITS) == 0);
	CHECK(!readable(r) && ring_take(&e, &relieved, r) == -EAGAIN);
	for (uint64_t n = 1; n <= 10; n++)
		CHECK(put(r, n % 2 ? CORE_FRAME : CORE_PACKET, n, (size_t)n - 1) == 0);
	for (uint64_t n = 1; n <= 10; n++) {
		CHECK(readable(r));
		CHECK(ring_take(&e, &relieved, r) == 0 && !relieved);
		CHECK(e.link == n && e.len == n - 1 && (e.data != NULL) == (e.len > 0) && e.at > 0);
		core_event_free(&e);
		CHECK(!e.data && !e.len);
	}
	CHECK(!readable(r));
	ring_free(r);
}

static void test_set_asides_are_refused_when_many(void)
{
	struct ring_limits limits = RING_LIMITS;
	struct ring *r;
	bool relieved;

	limits.aside_events = 3;
	limits.aside_bytes = 1000;
	CHECK(ring_new(&r, &limits) == 0);
	CHECK(put(r, CORE_PACKET, 1, 1001) == -ENOBUFS);
	CHECK(put(r, CORE_DEAD_END, 1, 600) == 0);
	CHECK(put(r, CORE_TRAFFIC, 2, 401) == -ENOBUFS);
	CHECK(put(r, CORE_TRAFFIC, 2, 10) == 0);
	CHECK(put(r, CORE_REFUSED, 3, 0) == 0);
	CHECK(put(r, CORE_TOO_BIG, 4, 0) == -ENOBUFS);
	CHECK(put(r, CORE_FRAME, 5, 2000) == 0); /* the others do not notice */
	CHECK(put(r, CORE_MOVED, 6, 32) == 0);
	CHECK(ring_refused(r) == 3);
	CHECK(take(r, &relieved) == 1);
	CHECK(put(r, CORE_MESSAGE, 7, 0) == 0);
	ring_free(r); /* not empty */
}

static void test_congestion_and_relief(void)
{
	struct ring_limits limits = {.high_events = 4, .high_bytes = 5000, .low_events = 2, .low_bytes = 4000,
				     .aside_events = 9, .aside_bytes = 9999};
	struct ring *r;
	bool relieved;

	CHECK(ring_new(&r, &limits) == 0);
	for (uint64_t n = 1; n <= 4; n++) {
		CHECK(!ring_congested(r));
		CHECK(put(r, CORE_FRAME, n, 1) == 0);
	}
	CHECK(ring_congested(r));
	CHECK(put(r, CORE_LINK_CLOSED, 5, 1) == 0); /* never refused */
	CHECK(take(r, &relieved) == 1 && !relieved && take(r, &relieved) == 2 && !relieved);
	CHECK(take(r, &relieved) == 3 && relieved && !ring_congested(r));
	CHECK(take(r, &relieved) == 4 && !relieved);
	CHECK(put(r, CORE_FRAME, 6, 4096) == 0 && !ring_congested(r));
	CHECK(put(r, CORE_FRAME, 7, 1000) == 0 && ring_congested(r)); /* by bytes */
	ring_free(r);
}

static struct ring *shared;

static void *produce(void *arg)
{
	uint64_t producer = (uint64_t)(uintptr_t)arg;

	for (uint64_t n = 0; n < EACH; n++)
		CHECK(put(shared, CORE_FRAME, producer << 32 | n, (size_t)(n % 100)) == 0);
	return NULL;
}

static void test_producers_and_a_consumer(void)
{
	uint64_t next[PRODUCERS] = {0};
	pthread_t threads[PRODUCERS];
	struct pollfd p;

	CHECK(ring_new(&shared, &RING_LIMITS) == 0);
	p = (struct pollfd){.fd = ring_fileno(shared), .events = POLLIN};
	for (size_t i = 0; i < PRODUCERS; i++)
		CHECK(pthread_create(&threads[i], NULL, produce, (void *)(uintptr_t)i) == 0);
	for (size_t got = 0; got < (size_t)PRODUCERS * EACH;) {
		struct core_event e;
		bool relieved;

		CHECK(poll(&p, 1, 10000) == 1); /* a lost wake-up shows here */
		while (ring_take(&e, &relieved, shared) == 0) {
			CHECK((uint32_t)e.link == next[e.link >> 32]++);
			core_event_free(&e);
			got++;
		}
	}
	for (size_t i = 0; i < PRODUCERS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(!readable(shared));
	ring_free(shared);
}

int main(void)
{
	ring_free(NULL);
	test_first_in_first_out();
	test_set_asides_are_refused_when_many();
	test_congestion_and_relief();
	test_producers_and_a_consumer();
	return 0;
}
