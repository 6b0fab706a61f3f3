/* SPDX-License-Identifier: MIT
 * The host's side: one TUN descriptor that carries IPv6 packets without any header.
 * Threads: attached and detached under the write side of the gate; read by the sender thread; written by any. */
#ifndef EVERLEAF_TUN_H
#define EVERLEAF_TUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "port.h"

struct core;

struct tun {
	int fd; /* -1: none */
	size_t mtu;
	uint64_t id;      /* of this attachment, for the poller */
	atomic_bool over; /* it failed, and control was told */
};

void tun_close(struct tun *t); /* none is harmless */

/* One packet to the host. What it does not take is dropped and counted. */
void tun_write(struct core *c, const uint8_t *packet, size_t len);

/* One packet from the host: its length, or -EAGAIN. Any other end is reported once, and -EAGAIN from then on. */
MUST_CHECK ssize_t tun_read(struct core *c, uint8_t *packet, size_t room);

#endif
