/* SPDX-License-Identifier: MIT
 * Attach a device, take off what its kernel wraps around packets, and put it on. */
#include "tun.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "state.h"

#define NEIGHBOURS_RATE 100.0 /* a second: each address the host begins to talk to asks once or twice */
#define NEIGHBOURS_BURST 200.0

#define FAMILY_HEAD_BYTES 4
#define FAMILY_MAX 255
#define FAMILY_INET 2 /* AF_INET is 2 everywhere; only AF_INET6 differs */

/* --- attaching -------------------------------------------------------------------------------------------------- */

int tun_init(struct tun *t)
{
	return limiter_init(&t->neighbours, NEIGHBOURS_RATE, NEIGHBOURS_BURST);
}

void tun_destroy(struct tun *t)
{
	limiter_destroy(&t->neighbours);
}

/* The bytes in front of every packet. A virtio header of zeros says: nothing was left undone. Of Ethernet frames nothing
 * is, for their devices are opened without offloads. */
static int frame_with(struct tun *t, const struct core_device *d)
{
	size_t own = 0;

	if (d->vnet_header > TUN_VNET_MAX || (d->vnet_header && d->vnet_header < VNET_BYTES) || d->family > FAMILY_MAX)
		return -EINVAL;
	memset(t->head, 0, sizeof t->head);
	t->addressed = d->framing != CORE_FRAMING_ETHERNET;
	if (d->framing == CORE_FRAMING_ETHERNET) {
		own = ETHERNET_HEAD_BYTES;
	} else if (d->framing == CORE_FRAMING_FAMILY) {
		own = FAMILY_HEAD_BYTES;
		t->head[d->vnet_header + own - 1] = (uint8_t)d->family;
	}
	t->head_len = d->vnet_header + own;
	t->offloads = d->vnet_header && d->framing == CORE_FRAMING_BARE;
	return 0;
}

static int begin(struct tun *t, struct poller *poller, size_t mtu)
{
	int err = frame_with(t, &t->device);

	if (err)
		return err;
	t->mtu = mtu;
	t->id = TUN_IDS | (t->id + 1);
	t->poller = poller;
	t->over = false;
	t->plain = t->apart = false;
	return t->carrier->listen(t, poller);
}

void tun_refuse(struct core_device device)
{
	const struct tun_carrier *carrier = tun_carrier_of(device.carrier);
	struct tun refused = {.carrier = carrier, .device = device};

	if (carrier)
		carrier->close(&refused);
}

int tun_open(struct core *c, struct core_device device, size_t mtu)
{
	const struct tun_carrier *carrier = tun_carrier_of(device.carrier);
	int err = -EBUSY;

	if (!carrier)
		return -EOPNOTSUPP;
	if (c->stopped) {
		err = -ESHUTDOWN;
	} else if (!c->tun.carrier) {
		c->tun.device = device;
		c->tun.carrier = carrier;
		err = begin(&c->tun, c->sender.poller, mtu);
		if (!err)
			return 0;
		c->tun.carrier = NULL;
	}
	tun_refuse(device);
	return err;
}

void tun_close(struct core *c)
{
	struct tun *t = &c->tun;

	if (!t->carrier)
		return;
	if (!t->over)
		t->carrier->unlisten(t, t->poller);
	t->carrier->close(t);
	t->carrier = NULL;
}

void tun_set_host_mac(struct tun *t, const uint8_t mac[static MAC_BYTES])
{
	if (!t->carrier || t->device.framing != CORE_FRAMING_ETHERNET)
		return;
	ethernet_put_head(t->head + t->device.vnet_header, mac);
	t->addressed = true;
}

/* --- to the host ------------------------------------------------------------------------------------------------ */

/* The const of the parts is lost in POSIX's struct; writing does not touch them. */
static void put(struct core *c, const uint8_t *head, size_t head_len, const uint8_t *packet, size_t len)
{
	const struct iovec part[] = {{(void *)(uintptr_t)head, head_len}, {(void *)(uintptr_t)packet, len}};
	size_t skipped = head_len ? 0 : 1;
	int err = c->tun.carrier->write(&c->tun, part + skipped, ARRAY_LEN(part) - skipped);

	count(&c->counters, err ? COUNT_dropped_tun_write : COUNT_packets_written);
}

static void put_with_family(struct core *c, const uint8_t *packet, size_t len)
{
	struct tun *t = &c->tun;
	uint8_t head[TUN_HEAD_MAX];

	memcpy(head, t->head, sizeof head);
	if (len && packet[0] >> 4 == 4)
		head[t->head_len - 1] = FAMILY_INET;
	put(c, head, t->head_len, packet, len);
}

void tun_write(struct core *c, const uint8_t *packet, size_t len)
{
	struct tun *t = &c->tun;

	if (!t->carrier)
		count(&c->counters, COUNT_dropped_no_tun);
	else if (!t->addressed)
		count(&c->counters, COUNT_dropped_no_host_mac);
	else if (t->device.framing == CORE_FRAMING_FAMILY)
		put_with_family(c, packet, len);
	else
		put(c, t->head, t->head_len, packet, len);
}

/* What waited, behind its virtio header. Some kernels of 2024 refuse super-packets whose last segment is short: the host
 * sends those again, and gets them one by one. Linux before 6.2 refuses those of datagrams: one run of them is lost. */
static void put_super(void *core, const struct vnet *v, const struct iovec *part, size_t parts, size_t packets)
{
	struct core *c = core;
	struct iovec all[1 + COALESCE_PARTS];
	uint8_t head[TUN_VNET_MAX] = {0};
	int err;

	memcpy(head, v, sizeof *v);
	all[0] = (struct iovec){head, c->tun.head_len};
	memcpy(all + 1, part, parts * sizeof *part);
	err = c->tun.carrier->write(&c->tun, all, 1 + parts);
	count_many(&c->counters, err ? COUNT_dropped_tun_write : COUNT_packets_written, packets);
	if (err == -EINVAL && v->type == VNET_UDP)
		c->tun.apart = true;
	else if (err == -EINVAL && packets > 1)
		c->tun.plain = true;
	else if (packets > 1)
		count(&c->counters, COUNT_supers_written);
}

void tun_write_soon(struct core *c, struct coalesce *waiting, uint8_t *packet, size_t len)
{
	struct tun *t = &c->tun;

	if (t->carrier && t->offloads && !t->plain) {
		waiting->apart = t->apart;
		coalesce_put(waiting, put_super, c, packet, len);
	} else {
		tun_write(c, packet, len);
	}
}

void tun_flush(struct core *c, struct coalesce *waiting)
{
	if (waiting->waiting)
		coalesce_flush(waiting, put_super, c);
}

void tun_write_frame(struct core *c, const uint8_t *frame, size_t len)
{
	struct tun *t = &c->tun;

	if (t->carrier && t->device.framing == CORE_FRAMING_ETHERNET)
		put(c, t->head, t->device.vnet_header, frame, len);
	else
		count(&c->counters, COUNT_dropped_no_tun);
}

/* --- from the host ---------------------------------------------------------------------------------------------- */

static void report_end(struct core *c, int err)
{
	struct core_event e = {.kind = CORE_TUN_CLOSED};
	char reason[96];

	atomic_store(&c->tun.over, true);
	c->tun.carrier->unlisten(&c->tun, c->tun.poller);
	snprintf(reason, sizeof reason, "read: %s", err ? strerror(err) : "the device is gone");
	if (ring_put_copy(c->ring, &e, (const uint8_t *)reason, strlen(reason)))
		count(&c->counters, COUNT_dropped_no_memory);
}

static void set_aside(struct core *c, double now, const uint8_t *frame, size_t len)
{
	struct core_event e = {.kind = CORE_NEIGHBOUR};

	if (!limiter_take(&c->tun.neighbours, now))
		count(&c->counters, COUNT_dropped_neighbour_limit);
	else if (ring_put_copy(c->ring, &e, frame, len) == 0)
		count(&c->counters, COUNT_neighbours_set_aside);
}

/* What is left of a frame for the packet path: the length of its packet, or 0. */
static ssize_t sort_frame(struct core *c, double now, const uint8_t *frame, size_t len)
{
	size_t whole;

	switch (ethernet_judge(&whole, frame, len)) {
	case ETHERNET_PACKET:
		return (ssize_t)(whole - ETHERNET_HEAD_BYTES);
	case ETHERNET_NEIGHBOUR:
		set_aside(c, now, frame, whole);
		break;
	case ETHERNET_FOREIGN:
		count(&c->counters, COUNT_dropped_ethertype);
		break;
	case ETHERNET_SHORT:
		count(&c->counters, COUNT_dropped_short_frame);
		break;
	}
	return 0;
}

/* Do what the kernel left to us, as far as it is done here: its length, or 0. */
static ssize_t finish(struct segments *cut, struct core *c, uint8_t *packet, size_t len)
{
	struct vnet v;

	memcpy(&v, packet - c->tun.head_len, sizeof v);
	if (segments_begin(cut, &v, packet, len)) {
		count(&c->counters, COUNT_dropped_offload);
		return 0;
	}
	if (segments_left(cut))
		count(&c->counters, COUNT_supers_read);
	return (ssize_t)len;
}

/* `got` bytes, of which at most `room` may be the packet's. */
static ssize_t unwrap(struct segments *cut, struct core *c, double now, uint8_t *packet, size_t got, size_t room)
{
	struct tun *t = &c->tun;
	const uint8_t *frame = packet - ETHERNET_HEAD_BYTES;

	if (got > t->head_len + room)
		count(&c->counters, COUNT_dropped_long_frame);
	else if (got < t->device.vnet_header)
		count(&c->counters, COUNT_dropped_short_frame);
	else if (t->device.framing == CORE_FRAMING_ETHERNET)
		return sort_frame(c, now, frame, got - t->device.vnet_header);
	else if (got <= t->head_len)
		count(&c->counters, COUNT_dropped_short_frame);
	else if (t->offloads)
		return finish(cut, c, packet, got - t->head_len);
	else
		return (ssize_t)(got - t->head_len);
	return 0;
}

void tun_move(struct core *c, struct poller *poller)
{
	struct tun *t = &c->tun;
	int err;

	if (!t->carrier || !t->carrier->moves || t->over || t->poller == poller)
		return;
	t->carrier->unlisten(t, t->poller);
	t->poller = poller;
	err = t->carrier->listen(t, poller);
	if (err)
		report_end(c, -err);
	else
		count(&c->counters, COUNT_device_moved);
}

ssize_t tun_read(struct segments *cut, struct core *c, double now, uint8_t *packet, size_t room)
{
	struct tun *t = &c->tun;
	ssize_t n;

	if (!t->carrier || t->over)
		return -EAGAIN;
	n = t->carrier->read(packet - t->head_len, t, t->head_len + room + 1); /* one more shows what was cut */
	if (n > 0)
		return unwrap(cut, c, now, packet, (size_t)n, room);
	if (n != -EAGAIN)
		report_end(c, (int)-n);
	return -EAGAIN;
}
