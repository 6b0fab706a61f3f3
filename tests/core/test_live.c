/* SPDX-License-Identifier: MIT
 * live: the rules of the two link timers, one by one. */
#include "live.h"

#include <math.h>

#include "check.h"
#include "frame.h"

static void test_silence_owes_nothing(void)
{
	struct live l;

	live_start(&l);
	CHECK(live_next(&l) == INFINITY);
	CHECK(live_due(&l, 1e9) == LIVE_NOTHING);
}

static void test_an_unanswered_frame_draws_one_keepalive(void)
{
	struct live l;

	live_start(&l);
	live_received(&l, FRAME_TRAFFIC, 10);
	live_received(&l, FRAME_TRAFFIC, 10.5); /* counts from the first */
	CHECK(live_next(&l) == 11);
	CHECK(live_due(&l, 10.99) == LIVE_NOTHING);
	CHECK(live_due(&l, 11) == LIVE_SEND_KEEPALIVE);
	CHECK(live_due(&l, 11) == LIVE_NOTHING);
	live_sent(&l, FRAME_KEEPALIVE, 11);
	CHECK(live_next(&l) == INFINITY); /* a keepalive asks for no answer */
}

static void test_anything_sent_pays_the_debt(void)
{
	struct live l;

	live_start(&l);
	live_received(&l, FRAME_SIG_REQ, 10);
	live_sent(&l, FRAME_DUMMY, 10.1);
	CHECK(live_due(&l, 20) == LIVE_NOTHING);
}

static void test_dummies_and_keepalives_draw_nothing(void)
{
	struct live l;

	live_start(&l);
	live_received(&l, FRAME_DUMMY, 10);
	live_received(&l, FRAME_KEEPALIVE, 10);
	live_sent(&l, FRAME_DUMMY, 10);
	CHECK(live_next(&l) == INFINITY);
}

static void test_silence_after_sending_is_death(void)
{
	struct live l;

	live_start(&l);
	live_sent(&l, FRAME_SIG_REQ, 10);
	live_sent(&l, FRAME_TRAFFIC, 12.9); /* counts from the first */
	CHECK(live_next(&l) == 13);
	CHECK(live_due(&l, 12.99) == LIVE_NOTHING);
	CHECK(live_due(&l, 13) == LIVE_DEAD);
	CHECK(live_due(&l, 14) == LIVE_DEAD);
}

/* The rule of the reference: bytes say nothing until their frame is whole. */
static void unmended_heard(struct live *l)
{
	(void)l;
}

/* One frame of nine seconds, a byte each second. */
static bool survives_a_slow_frame(void (*heard)(struct live *))
{
	struct live l;

	live_start(&l);
	live_sent(&l, FRAME_SIG_REQ, 10);
	for (double now = 11; now < 19; now++) {
		heard(&l);
		if (live_due(&l, now) == LIVE_DEAD)
			return false;
	}
	live_received(&l, FRAME_ANNOUNCE, 19);
	return true;
}

static void test_slow_frame_is_no_silence(void)
{
	CHECK(!survives_a_slow_frame(unmended_heard));
	CHECK(survives_a_slow_frame(live_heard));
}

static void test_any_byte_is_a_sign_of_life(void)
{
	struct live l;

	live_start(&l);
	live_sent(&l, FRAME_SIG_REQ, 10);
	live_heard(&l);
	CHECK(live_due(&l, 99) == LIVE_NOTHING);
	live_sent(&l, FRAME_SIG_REQ, 100); /* and the next frame starts over */
	CHECK(live_next(&l) == 103);
}

static void test_death_comes_before_courtesy(void)
{
	struct live l;

	live_start(&l);
	live_received(&l, FRAME_TRAFFIC, 12);
	l.dead_at = 13;
	CHECK(live_due(&l, 13) == LIVE_DEAD);
}

int main(void)
{
	test_silence_owes_nothing();
	test_an_unanswered_frame_draws_one_keepalive();
	test_anything_sent_pays_the_debt();
	test_dummies_and_keepalives_draw_nothing();
	test_silence_after_sending_is_death();
	test_any_byte_is_a_sign_of_life();
	test_slow_frame_is_no_silence();
	test_death_comes_before_courtesy();
	return 0;
}
