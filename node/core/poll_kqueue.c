/* SPDX-License-Identifier: MIT
 * poller.h over kqueue(2). Reading and writing are two filters of one descriptor, so they may come as two events. The
 * wake descriptor has id 0. */
#include "poller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/event.h>

#include "wake.h"

struct poller {
	int kqueue, period_ms;
	struct wake wake;
};

/* Both filters in one call, each with its own answer: there may be nothing to delete. */
static int control(struct poller *p, int fd, uint64_t id, unsigned interest)
{
	static const struct {
		unsigned interest;
		short filter;
	} filters[] = {{POLLER_READ, EVFILT_READ}, {POLLER_WRITE, EVFILT_WRITE}};
	struct kevent change[ARRAY_LEN(filters)];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		unsigned short action = interest & filters[i].interest ? EV_ADD : EV_DELETE;

		EV_SET(&change[i], (uintptr_t)fd, filters[i].filter, (unsigned short)(action | EV_RECEIPT), 0, 0,
		       (void *)(uintptr_t)id);
	}
	if (kevent(p->kqueue, change, ARRAY_LEN(change), change, ARRAY_LEN(change), NULL) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		if (interest & filters[i].interest && change[i].data)
			err = -(int)change[i].data;
	return err;
}

int poller_new(struct poller **out)
{
	struct poller *p = calloc(1, sizeof *p);
	int err;

	if (!p)
		return -ENOMEM;
	p->wake = WAKE_CLOSED;
	p->kqueue = kqueue();
	err = p->kqueue < 0 || fcntl(p->kqueue, F_SETFD, FD_CLOEXEC) < 0 ? -errno : wake_open(&p->wake);
	if (!err)
		err = control(p, p->wake.read_fd, 0, POLLER_READ);
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
	if (p->kqueue >= 0)
		close(p->kqueue);
	free(p);
}

int poller_add(struct poller *p, int fd, uint64_t id, unsigned interest)
{
	return id > UINTPTR_MAX ? -ERANGE : control(p, fd, id, interest);
}

int poller_change(struct poller *p, int fd, uint64_t id, unsigned interest)
{
	return control(p, fd, id, interest);
}

void poller_remove(struct poller *p, int fd)
{
	(void)control(p, fd, 0, 0);
}

static unsigned ready_of(const struct kevent *e)
{
	if (e->flags & (EV_ERROR | EV_EOF))
		return POLLER_READ | POLLER_WRITE;
	return e->filter == EVFILT_READ ? POLLER_READ : POLLER_WRITE;
}

size_t poller_wait(struct poller_event events[static POLLER_BATCH], struct poller *p, int timeout_ms)
{
	int ms = timeout_ms < 0 && p->period_ms ? p->period_ms : timeout_ms;
	struct timespec timeout = {ms / 1000, ms % 1000 * 1000000L};
	struct kevent got[POLLER_BATCH];
	size_t count = 0;
	int n = kevent(p->kqueue, NULL, 0, got, POLLER_BATCH, ms < 0 ? NULL : &timeout);

	for (int i = 0; i < n; i++) {
		uint64_t id = (uintptr_t)got[i].udata;

		if (id == 0)
			wake_clear(&p->wake);
		else
			events[count++] = (struct poller_event){id, ready_of(&got[i])};
	}
	return count;
}

void poller_wake(struct poller *p)
{
	wake_set(&p->wake);
}

void poller_tick(struct poller *p, int period_ms)
{
	p->period_ms = period_ms;
}
