/* SPDX-License-Identifier: MIT
 * One transport connection: its socket, its TLS records, what waits to be written and what was read so far.
 *
 * Threads: a link is found under the core's gate and freed under its write side only, so nobody meets a dead one.
 * Whoever writes holds `mutex`, for the socket's writing half, the TLS object and everything marked "out". Reading
 * belongs to the worker the link was given to. */
#ifndef EVERLEAF_LINK_H
#define EVERLEAF_LINK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "congestion.h"
#include "core.h"
#include "limiter.h"
#include "live.h"
#include "port.h"
#include "queue.h"
#include "tls.h"

#define LINK_DIRECT_MAX (1u << 20) /* bytes that may wait ahead of the queue; a peer that does not read is closed */
#define LINK_SEND_MAX 256          /* frames per link_send */
#define LINK_AHEAD_MAX 64          /* control frames of one link that wait for control; then others have their turn */

enum link_phase {
	LINK_CONNECTING, /* TLS handshake */
	LINK_GREETING,   /* waiting for the peer's meta message */
	LINK_WAITING,    /* it came; control has not admitted the link yet, so we do not read */
	LINK_FRAMES,
};

struct worker;

struct link {
	uint64_t id;
	int fd;
	struct worker *worker;

	_Atomic enum link_phase phase; /* the worker moves it on; control from waiting to frames, under the write side */
	atomic_bool dead;              /* set once, with the reason told; the worker frees it soon */
	bool trusted;                  /* changed under the write side */

	/* in: the worker's, and control's under the write side */
	struct buffer in;
	size_t in_size; /* of the next allocation */
	bool stalled;   /* has whole frames, but control is behind or has not admitted the link */
	double read_at;
	struct congestion congestion;
	struct limiter offers; /* inits and acks for us: each costs control much, and anybody can send them */

	pthread_mutex_t mutex;
	/* out */
	struct tls *tls; /* NULL: plain */
	struct buffer out;   /* the rest of a frame, and direct frames: before the queue */
	struct queue *queue; /* whole frames */
	bool blocked;        /* the socket takes no more; waiting until it is writable */
	bool reading;        /* whether the worker wants to know when it is readable */
	unsigned watched;    /* interest the poller knows */
	struct live live;
	uint64_t queue_dropped; /* as counted so far */

	_Atomic unsigned ahead; /* control frames in the ring */
	_Atomic uint64_t received, sent, frames_received, frames_sent;
};

/* One whole frame on its way out, length prefix included. */
struct outgoing {
	uint8_t *data;
	size_t len;
	const uint8_t *source, *dest; /* KEY_BYTES each, for the queue's fairness; may lie inside data */
	struct packet *packet;        /* what data lies in; NULL: borrowed, copied if it has to wait */
};

/* Owns fd, also on failure. Not in the poller yet: link_watch. */
MUST_CHECK int link_new(struct link **out, struct worker *w, int fd, enum core_tls tls, const char *sni);
void link_free(struct link *l); /* closes; NULL is harmless */

/* The link is over, for this reason: control hears it once, the peer sees the end, the worker frees it. */
void link_fail(struct link *l, const char *reason);
void link_fail_errno(struct link *l, const char *what, int err);

/* Tell the poller whether we read. */
void link_read_on(struct link *l);
void link_read_off(struct link *l);

/* One step of the TLS handshake: 0 when done, -EAGAIN, or another -errno with the link failed. */
MUST_CHECK int link_handshake(struct link *l);
/* Append to l->in, which has room. Bytes, -EAGAIN, or 0 with the link failed. */
MUST_CHECK ssize_t link_receive(struct link *l);
/* Give back the memory of an idle link. */
void link_rest(struct link *l);
/* A sign of life: any bytes; a whole frame of this type. Report them before anybody can answer them, or the answer's
 * own deadline would be lifted. */
void link_heard(struct link *l);
void link_received(struct link *l, double now, uint8_t type);
/* Send a keepalive, or fail for silence, if it is time; see to what the wire has become. */
void link_check(struct link *l, double now);

/* Raw bytes, before frames flow. */
void link_greet(struct link *l, const uint8_t *data, size_t len);
/* One frame (type byte and body) ahead of the queue. */
void link_send_direct(struct link *l, double now, const uint8_t *frame, size_t len);
/* Frames in order, without waiting: what the socket does not take is queued, fairly. Packets that had to be kept
 * are taken over: their `packet` becomes NULL. n <= LINK_SEND_MAX. */
void link_send(struct link *l, double now, struct outgoing *frames, size_t n);
/* The socket is writable. */
void link_flush(struct link *l, double now);

/* Bytes that wait, and frames the queue dropped. */
void link_queue_state(struct link *l, uint64_t *waiting, uint64_t *dropped);

/* Shared by link.c and link_output.c; the mutex is held. */
void link_watch(struct link *l);

#endif
