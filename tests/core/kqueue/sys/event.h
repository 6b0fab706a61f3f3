/* SPDX-License-Identifier: MIT
 * As much of kqueue(2) as poll_kqueue.c uses, on Linux: a model by the manual pages of FreeBSD 14, OpenBSD 7 and macOS.
 * The numbers are theirs, and the same on all three. */
#ifndef EVERLEAF_MODEL_EVENT_H
#define EVERLEAF_MODEL_EVENT_H

#include <stdint.h>
#include <time.h>

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_RECEIPT 0x0040
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

struct kevent {
	uintptr_t ident;
	short filter;
	unsigned short flags;
	unsigned fflags;
	int64_t data;
	void *udata;
};

#define EV_SET(e, i, f, fl, ff, d, u) (*(e) = (struct kevent){(i), (f), (fl), (ff), (d), (u)})

int kqueue(void);
int kevent(int kq, const struct kevent *changes, int nchanges, struct kevent *events, int nevents,
	   const struct timespec *timeout);

#endif
