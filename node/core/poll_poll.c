/* SPDX-License-Identifier: MIT
 * poller.h over poll(2), which Windows calls WSAPoll. The table of what is wanted is everybody's; the thread that waits
 * has a copy of it and makes a new one when the table has changed. Who changes it meanwhile wakes that thread. */
#include "poller.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "wake.h"

#if PORT_WINDOWS
typedef ULONG nfds_t;
#define poll WSAPoll
#else
#include <poll.h>
#endif

#define ROOM_FIRST 64
#define RETRY_MS 100 /* without memory for the new table, the old one serves this long */

struct entries {
	size_t n, room;
	struct pollfd *fds;
	uint64_t *ids;
};

struct poller {
	struct wake wake;
	atomic_bool woken; /* and not noticed yet: once is enough */

	pthread_mutex_t mutex;
	struct entries wanted; /* these under it; the first is the wake descriptor, with id 0 */
	bool changed, waiting;

	struct entries polled; /* the waiting thread's; its n lags behind */
	size_t turn;           /* where it looks first for what is ready, so that everybody is served */
	int period_ms;
};

/* --- entries ---------------------------------------------------------------------------------------------------- */

static int reserve(struct entries *e, size_t room)
{
	struct pollfd *fds;
	uint64_t *ids;

	if (room <= e->room)
		return 0;
	fds = realloc(e->fds, room * sizeof *fds);
	if (!fds)
		return -ENOMEM;
	e->fds = fds;
	ids = realloc(e->ids, room * sizeof *ids);
	if (!ids)
		return -ENOMEM;
	e->ids = ids;
	e->room = room;
	return 0;
}

static void release(struct entries *e)
{
	free(e->fds);
	free(e->ids);
}

/* Its place, or e->n. */
static size_t find(const struct entries *e, int fd)
{
	size_t i = 0;

	while (i < e->n && e->fds[i].fd != (port_socket)fd)
		i++;
	return i;
}

static void put(struct entries *e, size_t i, int fd, uint64_t id, unsigned interest)
{
	e->fds[i] = (struct pollfd){.fd = (port_socket)fd};
	if (interest & POLLER_READ)
		e->fds[i].events |= POLLIN;
	if (interest & POLLER_WRITE)
		e->fds[i].events |= POLLOUT;
	e->ids[i] = id;
}

static int append(struct entries *e, int fd, uint64_t id, unsigned interest)
{
	int err = e->n < e->room ? 0 : reserve(e, e->room ? 2 * e->room : ROOM_FIRST);

	if (!err)
		put(e, e->n++, fd, id, interest);
	return err;
}

/* --- the table -------------------------------------------------------------------------------------------------- */

int poller_new(struct poller **out)
{
	struct poller *p = calloc(1, sizeof *p);
	int err;

	if (!p)
		return -ENOMEM;
	err = -pthread_mutex_init(&p->mutex, NULL);
	if (err) {
		free(p);
		return err;
	}
	err = wake_open(&p->wake);
	if (!err)
		err = append(&p->wanted, p->wake.read_fd, 0, POLLER_READ);
	p->changed = true;
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
	release(&p->wanted);
	release(&p->polled);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

/* Locked. */
static void note_change(struct poller *p)
{
	p->changed = true;
	if (p->waiting)
		poller_wake(p);
}

int poller_add(struct poller *p, int fd, uint64_t id, unsigned interest)
{
	int err;

	pthread_mutex_lock(&p->mutex);
	err = find(&p->wanted, fd) < p->wanted.n ? -EEXIST : append(&p->wanted, fd, id, interest);
	if (!err)
		note_change(p);
	pthread_mutex_unlock(&p->mutex);
	return err;
}

int poller_change(struct poller *p, int fd, uint64_t id, unsigned interest)
{
	bool known;
	size_t i;

	pthread_mutex_lock(&p->mutex);
	i = find(&p->wanted, fd);
	known = i < p->wanted.n;
	if (known) {
		put(&p->wanted, i, fd, id, interest);
		note_change(p);
	}
	pthread_mutex_unlock(&p->mutex);
	return known ? 0 : -ENOENT;
}

void poller_remove(struct poller *p, int fd)
{
	struct entries *e = &p->wanted;
	size_t i;

	pthread_mutex_lock(&p->mutex);
	i = find(e, fd);
	if (i < e->n) {
		e->n--;
		e->fds[i] = e->fds[e->n];
		e->ids[i] = e->ids[e->n];
		note_change(p);
	}
	pthread_mutex_unlock(&p->mutex);
}

/* --- waiting ---------------------------------------------------------------------------------------------------- */

/* Locked. */
static int renew(struct poller *p)
{
	int err = reserve(&p->polled, p->wanted.room);

	if (err)
		return err;
	memcpy(p->polled.fds, p->wanted.fds, p->wanted.n * sizeof *p->wanted.fds);
	memcpy(p->polled.ids, p->wanted.ids, p->wanted.n * sizeof *p->wanted.ids);
	p->polled.n = p->wanted.n;
	p->changed = false;
	return 0;
}

static int wait_for_any(struct poller *p, int timeout_ms)
{
	int n;

	pthread_mutex_lock(&p->mutex);
	if (p->changed && renew(p))
		timeout_ms = RETRY_MS;
	p->waiting = true;
	pthread_mutex_unlock(&p->mutex);
	n = poll(p->polled.fds, (nfds_t)p->polled.n, timeout_ms);
	pthread_mutex_lock(&p->mutex);
	p->waiting = false;
	pthread_mutex_unlock(&p->mutex);
	return n;
}

static unsigned ready_of(const struct pollfd *f)
{
	unsigned ready = 0;

	if (f->revents & (POLLIN | POLLERR | POLLHUP | POLLNVAL))
		ready |= POLLER_READ;
	if (f->revents & (POLLOUT | POLLERR | POLLHUP | POLLNVAL))
		ready |= POLLER_WRITE;
	return ready;
}

static void notice_wake(struct poller *p)
{
	wake_clear(&p->wake);
	atomic_store(&p->woken, false); /* last: whoever came in between has not been served yet, but will be now */
}

size_t poller_wait(struct poller_event events[static POLLER_BATCH], struct poller *p, int timeout_ms)
{
	int n = wait_for_any(p, timeout_ms < 0 && p->period_ms ? p->period_ms : timeout_ms);
	size_t count = 0, first = p->turn;

	for (size_t i = 0; n > 0 && i < p->polled.n; i++) {
		size_t at = (first + i) % p->polled.n;
		unsigned ready = ready_of(&p->polled.fds[at]);

		if (!ready)
			continue;
		if (count == POLLER_BATCH) {
			p->turn = at;
			break;
		}
		n--;
		if (p->polled.ids[at] == 0)
			notice_wake(p);
		else
			events[count++] = (struct poller_event){p->polled.ids[at], ready};
	}
	return count;
}

void poller_wake(struct poller *p)
{
	if (!atomic_exchange(&p->woken, true))
		wake_set(&p->wake);
}

void poller_tick(struct poller *p, int period_ms)
{
	p->period_ms = period_ms;
}
