/* SPDX-License-Identifier: MIT
 * The host's side: one TUN or TAP device. What differs between kinds of handle is its carrier's (tun_*.c), what the
 * kernel wraps around a packet is here.
 * Threads: attached and detached under the write side of the gate; read and moved by who has the sender's turn; written
 * by any. */
#ifndef EVERLEAF_TUN_H
#define EVERLEAF_TUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coalesce.h"
#include "core.h"
#include "ethernet.h"
#include "limiter.h"
#include "poller.h"
#include "port.h"
#include "segment.h"

#define TUN_VNET_MAX 12                                   /* bytes of the longest virtio_net_hdr */
#define TUN_HEAD_MAX (TUN_VNET_MAX + ETHERNET_HEAD_BYTES) /* in front of a packet */

struct core;
struct tun;

/* How packets pass through one kind of handle; every call is the device's own business, framing is not. */
struct tun_carrier {
	/* Make reading non-blocking, and have `poller` wake whenever there is something to read. */
	int (*listen)(struct tun *t, struct poller *poller);
	void (*unlisten)(struct tun *t, struct poller *poller); /* others may be inside `write` */
	/* One packet or frame as the kernel gives it: its length, -EAGAIN, another -errno; 0: the device is gone. */
	ssize_t (*read)(uint8_t *frame, struct tun *t, size_t room);
	/* One packet with what is in front of it, in parts, as one write. 0 or -errno; never waits. */
	int (*write)(struct tun *t, const struct iovec *part, size_t parts);
	void (*close)(struct tun *t); /* alone; also where `listen` refused */
	bool moves; /* to another poller, at next to no cost, and whatever is unread wakes that one */
};

/* Bytes in all parts. */
static inline size_t parts_len(const struct iovec *part, size_t parts)
{
	size_t len = 0;

	while (parts--)
		len += part[parts].iov_len;
	return len;
}

/* NULL where this system has none of that kind. tun_file.c and tun_windows.c. */
const struct tun_carrier *tun_carrier_of(enum core_carrier which);

#define TUN_IDS (UINT64_C(1) << 63) /* no link has such a one */

struct tun {
	const struct tun_carrier *carrier; /* NULL: none */
	struct core_device device;
	size_t mtu;
	uint64_t id;           /* of this attachment, for the poller; one of TUN_IDS */
	struct poller *poller; /* woken when there is something to read */
	atomic_bool over;      /* it failed, and control was told */
	void *state;           /* the carrier's; NULL before `listen` and after `close` */

	size_t head_len;            /* bytes the kernel has in front of each packet */
	uint8_t head[TUN_HEAD_MAX]; /* and what they are on the way out */
	bool addressed;             /* the frame's destination is known: for Ethernet the host's MAC */
	bool offloads;              /* the virtio header is meant: super-packets come, and may go */
	atomic_bool plain;          /* but none may go: this kernel refused one */
	atomic_bool apart;          /* but none of datagrams may go: it refused one of these */
	struct limiter neighbours;  /* frames of neighbour discovery, for control */
};

MUST_CHECK int tun_init(struct tun *t);
void tun_destroy(struct tun *t); /* closed before */

/* Own the device, also on failure, unless its carrier is not to be had here (-EOPNOTSUPP). */
MUST_CHECK int tun_open(struct core *c, struct core_device device, size_t mtu);
void tun_close(struct core *c); /* none is harmless */
void tun_refuse(struct core_device device); /* close what was never opened */

/* Wake this poller from now on, if such a device can. */
void tun_move(struct core *c, struct poller *poller);

/* Frames go to this MAC from now on. */
void tun_set_host_mac(struct tun *t, const uint8_t mac[static MAC_BYTES]);

/* One packet to the host. What it does not take is dropped and counted. */
void tun_write(struct core *c, const uint8_t *packet, size_t len);
/* The same for an IPv6 packet that stays where it is until `tun_flush`, and may be joined with others in between. */
void tun_write_soon(struct core *c, struct coalesce *waiting, uint8_t *packet, size_t len);
void tun_flush(struct core *c, struct coalesce *waiting);
/* One whole Ethernet frame; counted where there is no TAP. */
void tun_write_frame(struct core *c, const uint8_t *frame, size_t len);

/* One packet from the host, with TUN_HEAD_MAX bytes free in front: its length. 0: that was no packet, and is dropped
 * and counted or set aside. -EAGAIN: nothing there; any other end is reported once, and is -EAGAIN from then on.
 * If `cut`, which was used up, has segments left afterwards, that is a super-packet, to be taken as them instead. */
MUST_CHECK ssize_t tun_read(struct segments *cut, struct core *c, double now, uint8_t *packet, size_t room);

#endif
