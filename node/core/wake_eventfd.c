/* SPDX-License-Identifier: MIT
 * wake.h over Linux's eventfd(2). */
#include "wake.h"

#include <sys/eventfd.h>

int wake_open(struct wake *w)
{
	w->read_fd = w->write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return w->read_fd < 0 ? -errno : 0;
}

/* A full counter is as good as a written one, so the result does not matter; nor does it below. */
void wake_set(const struct wake *w)
{
	static const uint64_t one = 1;

	(void)!write(w->write_fd, &one, sizeof one);
}

void wake_clear(const struct wake *w)
{
	uint64_t junk;

	(void)!read(w->read_fd, &junk, sizeof junk);
}

void wake_close(struct wake *w)
{
	if (w->read_fd >= 0)
		close(w->read_fd);
	*w = WAKE_CLOSED;
}
