/* SPDX-License-Identifier: MIT
 * wake: readable between set and clear, however often either is called, and it never blocks whoever calls. */
#include "wake.h"

#include "check.h"
#include "poller.h"

#define SOON 10000 /* ms */
#define OFTEN 100000 /* more than any pipe or buffer holds */

int main(void)
{
	struct poller_event events[POLLER_BATCH];
	struct poller *p;
	struct wake w;

	CHECK(wake_open(&w) == 0 && poller_new(&p) == 0);
	CHECK(poller_add(p, w.read_fd, 1, POLLER_READ) == 0);
	CHECK(poller_wait(events, p, 0) == 0);
	wake_clear(&w); /* not set: harmless */
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < (round ? OFTEN : 1); i++)
			wake_set(&w);
		for (int i = 0; i < 2; i++)
			CHECK(poller_wait(events, p, SOON) == 1 && events[0].ready == POLLER_READ);
		wake_clear(&w);
		CHECK(poller_wait(events, p, 0) == 0);
	}
	poller_remove(p, w.read_fd);
	poller_free(p);
	wake_close(&w);
	wake_close(&w);
	return 0;
}
