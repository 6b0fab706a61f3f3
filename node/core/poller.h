/* SPDX-License-Identifier: MIT
 * Readiness of many descriptors, level-triggered. One file per kernel interface: poll_epoll.c, poll_kqueue.c and, for
 * the rest of the world with Windows, poll_poll.c. (Not poll.h: that name is the system's.)
 * One thread waits; any thread may add, change, remove or wake. */
#ifndef EVERLEAF_POLLER_H
#define EVERLEAF_POLLER_H

#include <stddef.h>
#include <stdint.h>

#include "port.h"

enum { POLLER_READ = 1, POLLER_WRITE = 2 };
#define POLLER_BATCH 64 /* events per wait; the rest comes with the next */

struct poller_event {
	uint64_t id;
	unsigned ready; /* an error or a hang-up shows as what was asked for or as both: the next call reports it */
};

struct poller;

MUST_CHECK int poller_new(struct poller **out);
void poller_free(struct poller *p);

/* `id` comes back in events; not 0. A descriptor may be added once. An interest of 0 reports at most errors. A change
 * counts for the wait that is going on; an event of what was removed may still come out of it. */
MUST_CHECK int poller_add(struct poller *p, int fd, uint64_t id, unsigned interest);
MUST_CHECK int poller_change(struct poller *p, int fd, uint64_t id, unsigned interest);
void poller_remove(struct poller *p, int fd);

/* Number of events, 0 after `timeout_ms`, a wake or a tick. Signals do not end the wait early with an error. */
size_t poller_wait(struct poller_event events[static POLLER_BATCH], struct poller *p, int timeout_ms);
void poller_wake(struct poller *p);

/* The waiting thread's: no wait without a timeout lasts longer than `period_ms` from now on; 0: as long as it takes. A
 * timeout would be set and taken back by every wait, which may cost as much as to seal a packet. */
void poller_tick(struct poller *p, int period_ms);

#endif
