/* SPDX-License-Identifier: MIT
 * A descriptor that is readable between wake_set and wake_clear, to be polled with others. Any thread may set.
 * One file per way to make one: wake_eventfd.c, wake_pipe.c, wake_windows.c. */
#ifndef EVERLEAF_WAKE_H
#define EVERLEAF_WAKE_H

#include "port.h"

struct wake {
	int read_fd; /* poll this one; on Windows a socket */
	int write_fd;
};

#define WAKE_CLOSED ((struct wake){-1, -1})

MUST_CHECK int wake_open(struct wake *w);
void wake_set(const struct wake *w);
void wake_clear(const struct wake *w);
void wake_close(struct wake *w); /* closed is harmless */

#endif
