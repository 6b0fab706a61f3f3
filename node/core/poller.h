/* SPDX-License-Identifier: MIT
 * Readiness of many descriptors, level-triggered. One file per kernel interface: poll_epoll.c.
 * (Not poll.h: that name is the system's.)
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
	unsigned ready; /* an error or a hang-up shows as both, so that the next read or write reports it */
};

struct poller;

MUST_CHECK int poller_new(struct poller **out);
void poller_free(struct poller *p);

/* `id` comes back in events; not 0. An interest of 0 reports only errors. */
MUST_CHECK int poller_add(struct poller *p, int fd, uint64_t id, unsigned interest);
MUST_CHECK int poller_change(struct poller *p, int fd, uint64_t id, unsigned interest);
void poller_remove(struct poller *p, int fd);

/* Number of events, 0 after `timeout_ms` or a wake. Signals do not end the wait early with an error. */
size_t poller_wait(struct poller_event events[static POLLER_BATCH], struct poller *p, int timeout_ms);
void poller_wake(struct poller *p);

#endif
