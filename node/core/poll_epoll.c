/* SPDX-License-Identifier: MIT
 * poller.h over epoll(7). The wake descriptor has id 0, and so has the clock that ticks. */
#include "poller.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "wake.h"

struct poller {
	int epoll, clock;
	struct wake wake;
};

static int control(struct poller *p, int op, int fd, uint64_t id, unsigned interest)
{
	struct epoll_event e = {.data.u64 = id};

	if (interest & POLLER_READ)
		e.events |= EPOLLIN;
	if (interest & POLLER_WRITE)
		e.events |= EPOLLOUT;
	return epoll_ctl(p->epoll, op, fd, &e) ? -errno : 0;
}

int poller_new(struct poller **out)
{
	struct poller *p = malloc(sizeof *p);
	int err;

	if (!p)
		return -ENOMEM;
	p->wake = WAKE_CLOSED;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	err = p->epoll < 0 || p->clock < 0 ? -errno : wake_open(&p->wake);
	if (!err)
		err = control(p, EPOLL_CTL_ADD, p->wake.read_fd, 0, POLLER_READ);
	if (!err)
		err = control(p, EPOLL_CTL_ADD, p->clock, 0, POLLER_READ);
	if (err)
		poller_free(p);
	else
		*out = p;
	return err;
}

void poller_free(struct poller *p)
{
	if (!p)
		return;
	wake_close(&p->wake);
	if (p->clock >= 0)
		close(p->clock);
	if (p->epoll >= 0)
		close(p->epoll);
	free(p);
}

int poller_add(struct poller *p, int fd, uint64_t id, unsigned interest)
{
	return control(p, EPOLL_CTL_ADD, fd, id, interest);
}

int poller_change(struct poller *p, int fd, uint64_t id, unsigned interest)
{
	return control(p, EPOLL_CTL_MOD, fd, id, interest);
}

void poller_remove(struct poller *p, int fd)
{
	(void)control(p, EPOLL_CTL_DEL, fd, 0, 0);
}

static unsigned ready_of(uint32_t events)
{
	unsigned ready = 0;

	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		ready |= POLLER_READ;
	if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		ready |= POLLER_WRITE;
	return ready;
}

/* Somebody woke us, or it is time. */
static void notice(struct poller *p)
{
	uint64_t ticks;

	wake_clear(&p->wake);
	(void)!read(p->clock, &ticks, sizeof ticks);
}

size_t poller_wait(struct poller_event events[static POLLER_BATCH], struct poller *p, int timeout_ms)
{
	struct epoll_event got[POLLER_BATCH];
	size_t count = 0;
	int n = epoll_wait(p->epoll, got, POLLER_BATCH, timeout_ms);

	for (int i = 0; i < n; i++) {
		if (got[i].data.u64 == 0)
			notice(p);
		else
			events[count++] = (struct poller_event){got[i].data.u64, ready_of(got[i].events)};
	}
	return count;
}

void poller_wake(struct poller *p)
{
	wake_set(&p->wake);
}

void poller_tick(struct poller *p, int period_ms)
{
	struct timespec period = {period_ms / 1000, period_ms % 1000 * 1000000L};

	(void)timerfd_settime(p->clock, 0, &(struct itimerspec){period, period}, NULL);
}
