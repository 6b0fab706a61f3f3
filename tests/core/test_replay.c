/* SPDX-License-Identifier: MIT
 * replay: against a memory that forgets nothing. */
#include "replay.h"

#include "check.h"

#define MOST 40000 /* counters the twin remembers, above a base */

static uint8_t seen[MOST];

static void check_against_twin(uint64_t base)
{
	struct replay w = {0};
	uint64_t highest = 0, at = 0;

	memset(seen, 0, sizeof seen);
	if (base > 0)
		CHECK(replay_accept(&w, base)); /* a jump clears everything */
	seen[0] = base > 0;
	for (int i = 0; i < 200000; i++) {
		uint64_t step = check_below(20) ? check_below(40) : check_below(2 * REPLAY_WINDOW);
		bool back = check_below(2), expect;

		at = back ? (at > step ? at - step : 0) : at + step;
		if (at >= MOST)
			break;
		expect = !seen[at] && !(at < highest && highest - at > REPLAY_WINDOW);
		CHECK(replay_accept(&w, base + at) == expect);
		seen[at] = seen[at] || expect;
		highest = at > highest ? at : highest;
	}
	CHECK(highest > 2 * REPLAY_WINDOW);
}

static void test_twin(void)
{
	for (int i = 0; i < 50; i++) {
		check_against_twin(0);
		check_against_twin(UINT64_C(1) << 40);
		check_against_twin(UINT64_MAX - MOST);
	}
}

static void test_edges(void)
{
	struct replay w = {0};

	CHECK(replay_accept(&w, 0));
	CHECK(!replay_accept(&w, 0));
	CHECK(replay_accept(&w, UINT64_MAX));
	CHECK(!replay_accept(&w, UINT64_MAX));
	CHECK(!replay_accept(&w, 1));
	CHECK(replay_accept(&w, UINT64_MAX - REPLAY_WINDOW));
	CHECK(!replay_accept(&w, UINT64_MAX - REPLAY_WINDOW - 1));
}

int main(void)
{
	test_twin();
	test_edges();
	return 0;
}
