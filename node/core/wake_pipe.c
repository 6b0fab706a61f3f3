/* SPDX-License-Identifier: MIT
 * wake.h over pipe(2). */
#include "wake.h"

#include <fcntl.h>

int wake_open(struct wake *w)
{
	int fd[2];

	*w = WAKE_CLOSED;
	if (pipe(fd))
		return -errno;
	for (int i = 0; i < 2; i++) {
		(void)fcntl(fd[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(fd[i], F_SETFL, O_NONBLOCK);
	}
	*w = (struct wake){fd[0], fd[1]};
	return 0;
}

/* A full pipe is as good as a written one, so the result does not matter. */
void wake_set(const struct wake *w)
{
	(void)!write(w->write_fd, "", 1);
}

void wake_clear(const struct wake *w)
{
	uint8_t junk[512];

	while (read(w->read_fd, junk, sizeof junk) == (ssize_t)sizeof junk)
		;
}

void wake_close(struct wake *w)
{
	if (w->write_fd >= 0)
		close(w->write_fd);
	if (w->read_fd >= 0)
		close(w->read_fd);
	*w = WAKE_CLOSED;
}
