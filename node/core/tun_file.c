/* SPDX-License-Identifier: MIT
 * A device behind a descriptor: one read or write, one packet. Linux, macOS and the BSDs. */
#include <fcntl.h>
#include <limits.h>

#include "tun.h"

/* -1 for a number that cannot be one, so that the system refuses it. */
static int descriptor(const struct tun *t)
{
	return t->device.handle >= 0 && t->device.handle <= INT_MAX ? (int)t->device.handle : -1;
}

static int file_listen(struct tun *t, struct poller *poller)
{
	int flags = fcntl(descriptor(t), F_GETFL);

	if (flags < 0 || fcntl(descriptor(t), F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return poller_add(poller, descriptor(t), t->id, POLLER_READ);
}

static void file_unlisten(struct tun *t, struct poller *poller)
{
	poller_remove(poller, descriptor(t));
}

static ssize_t file_read(uint8_t *frame, struct tun *t, size_t room)
{
	ssize_t n;

	do {
		n = read(descriptor(t), frame, room);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	return errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

/* Of no bytes writev takes none and says nothing, where a device would refuse them. */
static int file_write(struct tun *t, const struct iovec *part, size_t parts)
{
	ssize_t n;

	do {
		n = writev(descriptor(t), part, (int)parts);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -EINVAL;
}

static void file_close(struct tun *t)
{
	close(descriptor(t));
}

static const struct tun_carrier file = {
	.listen = file_listen,
	.unlisten = file_unlisten,
	.read = file_read,
	.write = file_write,
	.close = file_close,
	.moves = true,
};

const struct tun_carrier *tun_carrier_of(enum core_carrier which)
{
	return which == CORE_CARRIER_FILE ? &file : NULL;
}
