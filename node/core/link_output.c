/* SPDX-License-Identifier: MIT
 * The writing half of a link. What waits, waits in this order: TLS records, `out` (the rest of a
 * frame that was partly sent, then direct frames), the fair queue. Only `out` and whole frames cross a block, so the
 * stream stays well-formed, and a direct frame overtakes everything that has not begun. */
#include <errno.h>
#include <string.h>

#include "frame.h"
#include "link.h"
#include "socket.h"
#include "state.h"

#define OUT_KEEP 16384          /* bytes of buffer an idle link may hold */
#define FLUSH_BYTES (128 * 1024) /* from the queue per system call; bounds what direct frames wait behind */
#define FLUSH_FRAMES 64

static struct counters *counters_of(const struct link *l)
{
	return &l->worker->core->counters;
}

/* Whoever may write finds the queue empty: it fills while the link is blocked, and unblocking drains it. */
static bool may_write(const struct link *l)
{
	return !l->blocked && !l->dead && l->phase != LINK_CONNECTING;
}

/* The socket, or the records in front of it, take a while. */
static void block(struct link *l)
{
	l->blocked = true;
	link_watch(l);
}

/* Bytes taken, at most what is offered; less means blocked. Failing counts as taking nothing. */
static size_t write_parts(struct link *l, const struct iovec *parts, size_t n, size_t offered)
{
	ssize_t taken = l->tls ? tls_write(l->tls, parts, n) : socket_send(l->fd, parts, n);

	if (taken < 0 && taken != -EAGAIN) {
		if (l->tls)
			link_fail(l, tls_reason(l->tls));
		else
			link_fail_errno(l, "write", (int)taken);
	}
	if (taken < 0)
		taken = 0;
	if ((size_t)taken < offered || (l->tls && tls_wants_write(l->tls)))
		block(l);
	return (size_t)taken;
}

static void note_sent(struct link *l, double now, const struct outgoing *frames, size_t n)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += frames[i].len;
	atomic_fetch_add_explicit(&l->sent, bytes, memory_order_relaxed);
	atomic_fetch_add_explicit(&l->frames_sent, n, memory_order_relaxed);
	if (n)
		live_sent(&l->live, FRAME_TRAFFIC, now); /* whatever waits in runs is answered like traffic */
}

/* Neighbours in memory become one part. At least one frame. */
static size_t gather(struct iovec *parts, size_t *bytes, const struct outgoing *frames, size_t n)
{
	struct iovec *last = parts;

	*last = (struct iovec){frames[0].data, frames[0].len};
	*bytes = frames[0].len;
	for (size_t i = 1; i < n; i++) {
		if ((uint8_t *)last->iov_base + last->iov_len == frames[i].data)
			last->iov_len += frames[i].len;
		else
			*++last = (struct iovec){frames[i].data, frames[i].len};
		*bytes += frames[i].len;
	}
	return (size_t)(last - parts) + 1;
}

/* Offer frames to the socket. The number begun; the rest of the last one went into `out`. */
static size_t transmit(struct link *l, double now, const struct outgoing *frames, size_t n)
{
	struct iovec parts[LINK_SEND_MAX];
	size_t offered, begun = 0;
	size_t count = gather(parts, &offered, frames, n);
	size_t taken = write_parts(l, parts, count, offered);

	while (begun < n && taken >= frames[begun].len)
		taken -= frames[begun++].len;
	if (taken) {
		const struct outgoing *cut = &frames[begun++];

		if (buffer_append(&l->out, cut->data + taken, cut->len - taken))
			link_fail(l, "out of memory");
	}
	note_sent(l, now, frames, begun);
	return begun;
}

static void count_queue_drops(struct link *l)
{
	uint64_t dropped = queue_dropped(l->queue);

	count_many(counters_of(l), COUNT_dropped_queue, dropped - l->queue_dropped);
	l->queue_dropped = dropped;
}

/* The packet is given away when it is full enough to be worth its memory. */
static struct packet *keep(struct outgoing *f)
{
	struct packet *p = f->packet;

	if (p && 2 * f->len >= p->room) {
		f->packet = NULL;
		p->data = f->data;
	} else {
		p = packet_new(0, f->len);
		if (!p)
			return NULL;
		memcpy(p->data, f->data, f->len);
	}
	p->len = f->len;
	return p;
}

static void enqueue(struct link *l, double now, struct outgoing *f)
{
	uint8_t source[KEY_BYTES], dest[KEY_BYTES];
	struct packet *p;

	memcpy(source, f->source, KEY_BYTES);
	memcpy(dest, f->dest, KEY_BYTES);
	p = keep(f);
	if (p)
		queue_put(l->queue, now, p, source, dest);
	else
		count(counters_of(l), COUNT_dropped_no_memory);
}

void link_send(struct link *l, double now, struct outgoing *frames, size_t n)
{
	size_t begun = 0;

	pthread_mutex_lock(&l->mutex);
	if (may_write(l) && buffer_len(&l->out) == 0)
		begun = transmit(l, now, frames, n);
	if (l->dead) {
		count_many(counters_of(l), COUNT_dropped_link_closed, n - begun);
	} else {
		for (size_t i = begun; i < n; i++)
			enqueue(l, now, &frames[i]);
		count_queue_drops(l);
	}
	pthread_mutex_unlock(&l->mutex);
}

/* Write from `out`; true when it ran empty. */
static bool flush_out(struct link *l)
{
	struct iovec part = {buffer_head(&l->out), buffer_len(&l->out)};

	if (part.iov_len)
		buffer_consume(&l->out, write_parts(l, &part, 1, part.iov_len), OUT_KEEP);
	return buffer_len(&l->out) == 0;
}

/* Take a run of frames from the queue; their number. */
static size_t take_run(struct link *l, struct outgoing *run)
{
	size_t n = 0, bytes = 0;

	while (n < FLUSH_FRAMES && bytes < FLUSH_BYTES) {
		struct packet *p = queue_take(l->queue);

		if (!p)
			break;
		run[n++] = (struct outgoing){.data = p->data, .len = p->len, .packet = p};
		bytes += p->len;
	}
	return n;
}

/* One run of the queue. What was taken and not begun cannot go back, so it goes into `out`. */
static size_t flush_run(struct link *l, double now)
{
	struct outgoing run[FLUSH_FRAMES];
	size_t n = take_run(l, run);
	size_t begun = n ? transmit(l, now, run, n) : 0;

	for (size_t i = begun; i < n; i++)
		if (buffer_append(&l->out, run[i].data, run[i].len))
			link_fail(l, "out of memory");
	note_sent(l, now, run + begun, n - begun);
	for (size_t i = 0; i < n; i++)
		packet_free(run[i].packet);
	return n;
}

/* The mutex is held. */
static void flush(struct link *l, double now)
{
	int err = l->tls ? tls_flush(l->tls) : 0;

	if (err == -EAGAIN)
		return;
	if (err) {
		link_fail(l, tls_reason(l->tls));
		return;
	}
	l->blocked = false;
	while (!l->dead && !l->blocked)
		if (flush_out(l) && !l->blocked && !flush_run(l, now))
			break;
	link_watch(l);
}

void link_flush(struct link *l, double now)
{
	pthread_mutex_lock(&l->mutex);
	if (!l->dead && l->phase != LINK_CONNECTING)
		flush(l, now);
	pthread_mutex_unlock(&l->mutex);
}

/* Put bytes behind what waits in `out`. The mutex is held. */
static void append(struct link *l, const uint8_t *data, size_t len)
{
	if (buffer_len(&l->out) + len > LINK_DIRECT_MAX) {
		count(counters_of(l), COUNT_links_not_read);
		link_fail(l, "the peer does not read: 1 MiB of control frames waits");
	} else if (buffer_append(&l->out, data, len)) {
		link_fail(l, "out of memory");
	}
}

void link_greet(struct link *l, const uint8_t *data, size_t len)
{
	pthread_mutex_lock(&l->mutex);
	if (!l->dead) {
		append(l, data, len);
		atomic_fetch_add_explicit(&l->sent, len, memory_order_relaxed);
	}
	if (may_write(l))
		flush_out(l);
	pthread_mutex_unlock(&l->mutex);
}

void link_send_direct(struct link *l, double now, const uint8_t *frame, size_t len)
{
	uint8_t prefix[UVARINT_MAX];
	size_t prefix_len = uvarint_put(prefix, len);

	pthread_mutex_lock(&l->mutex);
	if (!l->dead)
		append(l, prefix, prefix_len);
	if (!l->dead) {
		append(l, frame, len);
		atomic_fetch_add_explicit(&l->sent, prefix_len + len, memory_order_relaxed);
		atomic_fetch_add_explicit(&l->frames_sent, 1, memory_order_relaxed);
		live_sent(&l->live, frame[0], now);
	}
	if (may_write(l))
		flush_out(l);
	pthread_mutex_unlock(&l->mutex);
}

void link_queue_state(struct link *l, uint64_t *waiting, uint64_t *dropped)
{
	pthread_mutex_lock(&l->mutex);
	*waiting = queue_bytes(l->queue) + buffer_len(&l->out);
	*dropped = queue_dropped(l->queue);
	pthread_mutex_unlock(&l->mutex);
}
