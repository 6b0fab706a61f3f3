/* SPDX-License-Identifier: MIT
 * Reading and writing the TUN descriptor. */
#include "tun.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "state.h"

void tun_close(struct tun *t)
{
	if (t->fd >= 0)
		port_close(t->fd);
	t->fd = -1;
}

void tun_write(struct core *c, const uint8_t *packet, size_t len)
{
	ssize_t n;

	if (c->tun.fd < 0) {
		count(&c->counters, COUNT_dropped_no_tun);
		return;
	}
	do {
		n = write(c->tun.fd, packet, len);
	} while (n < 0 && errno == EINTR);
	count(&c->counters, n < 0 ? COUNT_dropped_tun_write : COUNT_packets_written);
}

static void report_end(struct core *c, int err)
{
	struct core_event e = {.kind = CORE_TUN_CLOSED};
	char reason[96];

	atomic_store(&c->tun.over, true);
	poller_remove(c->sender.poller, c->tun.fd);
	snprintf(reason, sizeof reason, "read: %s", err ? strerror(err) : "the device is gone");
	if (ring_put_copy(c->ring, &e, (const uint8_t *)reason, strlen(reason)))
		count(&c->counters, COUNT_dropped_no_memory);
}

ssize_t tun_read(struct core *c, uint8_t *packet, size_t room)
{
	ssize_t n;

	if (c->tun.fd < 0 || c->tun.over)
		return -EAGAIN;
	do {
		n = read(c->tun.fd, packet, room);
	} while (n < 0 && errno == EINTR);
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)))
		return n < 0 ? -EAGAIN : n;
	report_end(c, n < 0 ? errno : 0);
	return -EAGAIN;
}
