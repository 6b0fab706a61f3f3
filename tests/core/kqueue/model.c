/* SPDX-License-Identifier: MIT
 * kqueue(2) over epoll. A filter of a descriptor is one knote; events are level-triggered; an end shows with either
 * filter as EV_EOF, also one that the other side has only half closed; EV_RECEIPT answers every change with EV_ERROR and
 * an errno or 0; deleting what is not there is ENOENT. Filters that were not added tell nothing, not even errors. */
#include <sys/event.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>

#define KNOTES 4096
#define BATCH 64

struct knote {
	bool used;
	int kq, fd;
	short filter;
	void *udata;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct knote knotes[KNOTES];

static struct knote *find(int kq, int fd, short filter)
{
	for (size_t i = 0; i < KNOTES; i++) {
		struct knote *k = &knotes[i];

		if (k->used && k->kq == kq && k->fd == fd && k->filter == filter)
			return k;
	}
	return NULL;
}

static struct knote *unused(void)
{
	for (size_t i = 0; i < KNOTES; i++)
		if (!knotes[i].used)
			return &knotes[i];
	return NULL;
}

int kqueue(void)
{
	int kq = epoll_create1(0);

	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < KNOTES; i++)
		if (knotes[i].kq == kq)
			knotes[i].used = false; /* an older queue's, closed since */
	pthread_mutex_unlock(&mutex);
	return kq;
}

/* Locked. Tell epoll what the knotes of `fd` want; 0 or an errno. */
static int apply(int kq, int fd)
{
	struct epoll_event e = {.data.fd = fd};

	if (find(kq, fd, EVFILT_READ))
		e.events |= EPOLLIN | EPOLLRDHUP;
	if (find(kq, fd, EVFILT_WRITE))
		e.events |= EPOLLOUT;
	if (!e.events)
		return epoll_ctl(kq, EPOLL_CTL_DEL, fd, NULL) && errno != ENOENT ? errno : 0;
	if (epoll_ctl(kq, EPOLL_CTL_MOD, fd, &e) == 0)
		return 0;
	return epoll_ctl(kq, EPOLL_CTL_ADD, fd, &e) ? errno : 0;
}

/* Locked. */
static int change_one(int kq, const struct kevent *c)
{
	struct knote *k = find(kq, (int)c->ident, c->filter);
	int err;

	if (c->filter != EVFILT_READ && c->filter != EVFILT_WRITE)
		return EINVAL;
	if (c->flags & EV_DELETE) {
		if (!k)
			return ENOENT;
		k->used = false;
		return apply(kq, (int)c->ident);
	}
	if (!k)
		k = unused();
	if (!(c->flags & EV_ADD) || !k)
		return k ? ENOENT : ENOMEM;
	*k = (struct knote){true, kq, (int)c->ident, c->filter, c->udata};
	err = apply(kq, k->fd);
	k->used = !err;
	return err;
}

/* Receipts and errors written, or -1 when an error finds no room. */
static int change_all(int kq, const struct kevent *changes, int n, struct kevent *events, int room)
{
	int told = 0;

	for (int i = 0; i < n; i++) {
		struct kevent c = changes[i]; /* the lists may be the same */
		int err;

		pthread_mutex_lock(&mutex);
		err = change_one(kq, &c);
		pthread_mutex_unlock(&mutex);
		if (!err && !(c.flags & EV_RECEIPT))
			continue;
		if (told == room) {
			errno = err;
			return -1;
		}
		c.flags |= EV_ERROR;
		c.data = err;
		events[told++] = c;
	}
	return told;
}

/* Locked. Whether there is an event of this filter of `fd`. */
static bool tell(struct kevent *out, int kq, const struct epoll_event *e, short filter)
{
	const struct knote *k = find(kq, e->data.fd, filter);
	bool over = e->events & (EPOLLHUP | EPOLLERR) || (filter == EVFILT_READ && e->events & EPOLLRDHUP);

	if (!k || !(over || e->events & (filter == EVFILT_READ ? EPOLLIN : EPOLLOUT)))
		return false;
	EV_SET(out, (uintptr_t)k->fd, filter, over ? EV_EOF : 0, 0, 1, k->udata);
	return true;
}

static int wait_ms(const struct timespec *timeout)
{
	return timeout ? (int)(timeout->tv_sec * 1000 + (timeout->tv_nsec + 999999) / 1000000) : -1;
}

int kevent(int kq, const struct kevent *changes, int nchanges, struct kevent *events, int nevents,
	   const struct timespec *timeout)
{
	int told = change_all(kq, changes, nchanges, events, nevents), n;
	struct epoll_event ready[BATCH];

	if (told || !nevents)
		return told;
	n = epoll_wait(kq, ready, nevents < BATCH ? nevents : BATCH, wait_ms(timeout));
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < n; i++) { /* what finds no room comes again */
		if (told < nevents && tell(&events[told], kq, &ready[i], EVFILT_READ))
			told++;
		if (told < nevents && tell(&events[told], kq, &ready[i], EVFILT_WRITE))
			told++;
	}
	pthread_mutex_unlock(&mutex);
	return n < 0 ? -1 : told;
}
