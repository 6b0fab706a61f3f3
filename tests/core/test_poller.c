/* SPDX-License-Identifier: MIT
 * poller: what its header promises, whichever kernel interface is behind it. */
#include "poller.h"

#include <pthread.h>
#include <stdatomic.h>

#include "pair.h"

#define SOON 10000 /* ms until a test gives up */
#define MANY (POLLER_BATCH + 40)
#define ROUNDS 200

static struct poller_event events[POLLER_BATCH];

static struct poller *open_poller(void)
{
	struct poller *p;

	CHECK(poller_new(&p) == 0);
	return p;
}

/* What is ready of `id` now or within the time; 0: nothing. Nobody else is. */
static unsigned ready_within(struct poller *p, uint64_t id, int timeout_ms)
{
	size_t n = poller_wait(events, p, timeout_ms);
	unsigned ready = 0;

	for (size_t i = 0; i < n; i++) {
		CHECK(events[i].id == id);
		ready |= events[i].ready;
	}
	return ready;
}

/* A byte that was sent has arrived. */
static void wait_for_input(int fd)
{
	struct poller *p = open_poller();

	CHECK(poller_add(p, fd, 1, POLLER_READ) == 0);
	CHECK(ready_within(p, 1, SOON) & POLLER_READ);
	poller_free(p);
}

static void test_reading_is_told_as_long_as_there_is_something(void)
{
	struct poller *p = open_poller();
	struct pair s = pair_open();

	CHECK(poller_add(p, s.ours, 7, POLLER_READ) == 0);
	CHECK(ready_within(p, 7, 0) == 0 && ready_within(p, 7, 20) == 0);
	pair_send(s.theirs, "two", 2);
	for (int i = 0; i < 3; i++)
		CHECK(ready_within(p, 7, SOON) == POLLER_READ);
	pair_drain(s.ours);
	CHECK(ready_within(p, 7, 0) == 0);
	pair_send(s.theirs, "again", 5);
	CHECK(ready_within(p, 7, SOON) == POLLER_READ);
	poller_free(p);
	pair_close(&s);
}

static void test_writing_is_told_when_there_is_room(void)
{
	struct poller *p = open_poller();
	struct pair s = pair_open();
	unsigned ready = 0;

	CHECK(poller_add(p, s.ours, 1, POLLER_WRITE) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(ready_within(p, 1, SOON) == POLLER_WRITE);
	pair_fill(s.ours);
	while (!ready) { /* the other end must take its part; how often, is the system's affair */
		pair_drain(s.theirs);
		ready = ready_within(p, 1, 20);
	}
	CHECK(ready == POLLER_WRITE);
	poller_free(p);
	pair_close(&s);
}

static void test_only_what_is_asked_for_is_told(void)
{
	struct poller *p = open_poller();
	struct pair s = pair_open();

	pair_send(s.theirs, "x", 1);
	wait_for_input(s.ours);
	CHECK(poller_add(p, s.ours, 1, 0) == 0 && ready_within(p, 1, 0) == 0);
	CHECK(poller_change(p, s.ours, 1, POLLER_READ) == 0 && ready_within(p, 1, SOON) == POLLER_READ);
	CHECK(poller_change(p, s.ours, 1, POLLER_WRITE) == 0 && ready_within(p, 1, SOON) == POLLER_WRITE);
	CHECK(poller_change(p, s.ours, 2, POLLER_READ | POLLER_WRITE) == 0);
	CHECK(ready_within(p, 2, SOON) == (POLLER_READ | POLLER_WRITE));
	CHECK(poller_change(p, s.ours, 2, 0) == 0 && ready_within(p, 2, 0) == 0);
	CHECK(poller_change(p, s.ours, 2, POLLER_READ) == 0);
	poller_remove(p, s.ours);
	poller_remove(p, s.ours); /* harmless */
	CHECK(ready_within(p, 2, 0) == 0);
	CHECK(poller_add(p, s.ours, 3, POLLER_READ) == 0 && ready_within(p, 3, SOON) == POLLER_READ);
	poller_free(p);
	pair_close(&s);
}

static void test_the_end_makes_the_next_read_worth_it(void)
{
	struct poller *p = open_poller();
	struct pair s = pair_open();
	uint8_t byte;

	CHECK(poller_add(p, s.ours, 1, POLLER_READ) == 0);
	socket_shutdown(s.theirs);
	CHECK(ready_within(p, 1, SOON) & POLLER_READ);
	CHECK(socket_receive(s.ours, &byte, 1) == 0);
	poller_free(p);
	pair_close(&s);
}

static void test_everybody_is_served(void)
{
	static struct pair s[MANY];
	static bool seen[MANY + 1];
	struct poller *p = open_poller();
	size_t found = 0;

	for (size_t i = 0; i < MANY; i++) {
		s[i] = pair_open();
		CHECK(poller_add(p, s[i].ours, i + 1, POLLER_READ) == 0);
		pair_send(s[i].theirs, "x", 1);
	}
	for (size_t i = 0; i < MANY; i++)
		wait_for_input(s[i].ours);
	for (int round = 0; round < 3; round++) {
		size_t n = poller_wait(events, p, SOON);

		CHECK(n == POLLER_BATCH);
		for (size_t i = 0; i < n; i++) {
			found += !seen[events[i].id];
			seen[events[i].id] = true;
		}
	}
	CHECK(found == MANY);
	for (size_t i = 0; i < MANY; i += 2)
		poller_remove(p, s[i].ours);
	CHECK(poller_wait(events, p, SOON) == MANY / 2);
	for (size_t i = 0; i < MANY; i++)
		pair_close(&s[i]);
	poller_free(p);
}

static void test_a_tick_ends_a_wait_until_there_is_none(void)
{
	struct poller *p = open_poller();
	struct pair s = pair_open();

	CHECK(poller_add(p, s.ours, 7, POLLER_READ) == 0);
	poller_tick(p, 5);
	for (int i = 0; i < 5; i++)
		CHECK(ready_within(p, 7, -1) == 0); /* without a tick this hangs here */
	pair_send(s.theirs, "x", 1);
	wait_for_input(s.ours);
	CHECK(ready_within(p, 7, SOON) == POLLER_READ);
	pair_drain(s.ours);
	poller_tick(p, 0);
	(void)ready_within(p, 7, 0); /* the last one may be over */
	CHECK(ready_within(p, 7, 30) == 0);
	pair_send(s.theirs, "x", 1);
	CHECK(ready_within(p, 7, -1) == POLLER_READ); /* and nothing else ends the wait */
	pair_close(&s);
	poller_free(p);
}

/* --- from other threads ----------------------------------------------------------------------------------------- */

static struct poller *shared;
static atomic_int called, answered;

static void *call(void *unused)
{
	for (int i = 1; i <= ROUNDS; i++) {
		atomic_store(&called, i);
		poller_wake(shared);
		while (atomic_load(&answered) < i)
			;
	}
	return unused;
}

static void test_a_wake_ends_the_wait(void)
{
	pthread_t caller;

	shared = open_poller();
	poller_wake(shared);
	poller_wake(shared);
	CHECK(poller_wait(events, shared, -1) == 0);
	CHECK(pthread_create(&caller, NULL, call, NULL) == 0);
	while (atomic_load(&answered) < ROUNDS) {
		CHECK(poller_wait(events, shared, -1) == 0); /* a lost wake-up hangs here */
		CHECK(atomic_load(&called) > atomic_load(&answered)); /* and nothing else ends the wait */
		atomic_store(&answered, atomic_load(&called));
	}
	CHECK(pthread_join(caller, NULL) == 0);
	poller_free(shared);
}

static struct pair joint;

/* Two threads and one descriptor that always has input: add it, want it, do not, remove it. */
static void *change(void *unused)
{
	for (int i = 1; i <= ROUNDS; i++) {
		CHECK(poller_add(shared, joint.ours, (uint64_t)i, 0) == 0);
		CHECK(poller_change(shared, joint.ours, (uint64_t)i, POLLER_READ) == 0);
		while (atomic_load(&answered) < i)
			;
		CHECK(poller_change(shared, joint.ours, (uint64_t)i, 0) == 0);
		poller_remove(shared, joint.ours);
	}
	return unused;
}

static void test_a_change_counts_for_the_wait_that_is_going_on(void)
{
	pthread_t changer;

	shared = open_poller();
	joint = pair_open();
	atomic_store(&answered, 0);
	pair_send(joint.theirs, "x", 1);
	wait_for_input(joint.ours);
	CHECK(pthread_create(&changer, NULL, change, NULL) == 0);
	while (atomic_load(&answered) < ROUNDS) {
		size_t n = poller_wait(events, shared, -1); /* a change that is not noticed hangs here */

		CHECK(n == 0 || events[0].ready == POLLER_READ);
		if (n)
			atomic_store(&answered, (int)events[0].id);
	}
	CHECK(pthread_join(changer, NULL) == 0);
	poller_free(shared);
	pair_close(&joint);
}

int main(void)
{
	struct poller *first = open_poller(); /* on Windows there are no sockets before */

	poller_free(NULL);
	test_reading_is_told_as_long_as_there_is_something();
	test_writing_is_told_when_there_is_room();
	test_only_what_is_asked_for_is_told();
	test_the_end_makes_the_next_read_worth_it();
	test_everybody_is_served();
	test_a_tick_ends_a_wait_until_there_is_none();
	test_a_wake_ends_the_wait();
	test_a_change_counts_for_the_wait_that_is_going_on();
	poller_free(first);
	return 0;
}
