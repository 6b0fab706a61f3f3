/* SPDX-License-Identifier: MIT
 * Whole cores in one process: each has an identity and a socketpair for TUN, and they are joined by socketpairs. The
 * test plays control. */
#ifndef EVERLEAF_NODES_H
#define EVERLEAF_NODES_H

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "check.h"
#include "core.h"
#include "frame.h"

#define PATIENCE 20.0 /* seconds until a test gives up; sanitizers are slow */
#define NODE_MTU 65535

struct node {
	struct core *core;
	struct identity id;
	struct address address;
	int tun; /* the host's end; -1: none */
};

static inline void node_open(struct node *n, uint8_t seed, unsigned workers)
{
	uint8_t bytes[KEY_BYTES];

	memset(bytes, seed, sizeof bytes);
	CHECK(crypto_start() == 0);
	identity_from_seed(&n->id, bytes);
	n->address = address_of(n->id.public);
	n->tun = -1;
	CHECK(core_new(&n->core, &n->id, workers) == 0);
}

static inline void node_close(struct node *n)
{
	core_free(n->core);
	if (n->tun >= 0)
		close(n->tun);
}

/* A device of this framing; its handle is made here. */
static inline void node_attach(struct node *n, struct core_device device, size_t mtu)
{
	int fd[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0);
	device.handle = fd[0];
	CHECK(core_attach_tun(n->core, device, mtu) == 0);
	n->tun = fd[1];
}

static inline void node_attach_tun(struct node *n, size_t mtu)
{
	node_attach(n, (struct core_device){0}, mtu);
}

static inline bool readable_within(int fd, double seconds)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, (int)(seconds * 1000)) == 1;
}

/* The next event, whatever it is; false when none comes in time. */
static inline bool node_event(struct core_event *e, struct node *n, double seconds)
{
	double until = port_now() + seconds;

	while (core_recv(e, n->core) == -EAGAIN) {
		double left = until - port_now();

		if (left <= 0 || !readable_within(core_fileno(n->core), left))
			return core_recv(e, n->core) == 0;
	}
	return true;
}

/* The next event of this kind; others before it are passed over. */
static inline struct core_event node_expect(struct node *n, enum core_event_kind kind)
{
	struct core_event e;

	while (node_event(&e, n, PATIENCE)) {
		if (e.kind == kind)
			return e;
		core_event_free(&e);
	}
	fprintf(stderr, "no event of kind %d\n", (int)kind);
	exit(1);
}

static inline void node_pass(struct node *n, enum core_event_kind kind)
{
	struct core_event e = node_expect(n, kind);

	core_event_free(&e);
}

/* The link is over, for a reason that contains `why`. */
static inline void node_expect_closed(struct node *n, uint64_t link, const char *why)
{
	struct core_event e = node_expect(n, CORE_LINK_CLOSED);
	char reason[256] = "";

	CHECK(e.link == link && e.len < sizeof reason);
	memcpy(reason, e.data, e.len);
	if (!strstr(reason, why))
		fprintf(stderr, "closed: %s\n", reason);
	CHECK(strstr(reason, why));
	core_event_free(&e);
}

static inline uint64_t node_counter(struct node *n, const char *name)
{
	struct core_counter all[CORE_COUNTERS_MAX];
	size_t count;

	CHECK(core_counters(all, &count, n->core) == 0);
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].name, name) == 0)
			return all[i].value;
	fprintf(stderr, "no counter %s\n", name);
	exit(1);
}

/* Waits until the counter has reached `value`. */
static inline void node_expect_count(struct node *n, const char *name, uint64_t value)
{
	double until = port_now() + PATIENCE;

	while (node_counter(n, name) < value) {
		CHECK(port_now() < until);
		usleep(1000);
	}
	CHECK(node_counter(n, name) == value);
}

/* --- links ------------------------------------------------------------------------------------------------------ */

#define META_BYTES (6 + 64)

static inline void meta(uint8_t out[static META_BYTES], uint8_t fill)
{
	memset(out, fill, META_BYTES);
	memcpy(out, "meta\0\100", 6);
}

static inline void node_admit(struct node *n, uint64_t link)
{
	CHECK(core_admit(n->core, link) == 0);
	CHECK(core_trust(n->core, link) == 0);
}

/* Greetings over a fresh link, as far as the frame phase. */
static inline void node_greet(struct node *n, uint64_t link)
{
	uint8_t greeting[META_BYTES];

	node_pass(n, CORE_LINK_READY);
	meta(greeting, n->id.public[0]);
	CHECK(core_greet(n->core, link, greeting, sizeof greeting) == 0);
}

struct joint { /* one link, as each side calls it */
	uint64_t a, b;
};

static inline struct joint node_join(struct node *a, struct node *b, bool tls)
{
	struct joint j;
	int fd[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	CHECK(core_attach_link(&j.a, a->core, fd[0], tls ? CORE_TLS_CLIENT : CORE_TLS_NONE, "a.example") == 0);
	CHECK(core_attach_link(&j.b, b->core, fd[1], tls ? CORE_TLS_SERVER : CORE_TLS_NONE, NULL) == 0);
	node_greet(a, j.a);
	node_greet(b, j.b);
	node_pass(a, CORE_GREETING);
	node_pass(b, CORE_GREETING);
	node_admit(a, j.a);
	node_admit(b, j.b);
	return j;
}

/* A link whose other end is the test's own socket, admitted. Reading there ends with an error after PATIENCE. */
static inline int node_raw_link(uint64_t *link, struct node *n)
{
	static const struct timeval patience = {.tv_sec = (time_t)PATIENCE};
	uint8_t greeting[META_BYTES];
	int fd[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	CHECK(setsockopt(fd[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
	CHECK(core_attach_link(link, n->core, fd[0], CORE_TLS_NONE, NULL) == 0);
	node_pass(n, CORE_LINK_READY);
	meta(greeting, 0);
	CHECK(write(fd[1], greeting, sizeof greeting) == sizeof greeting);
	node_pass(n, CORE_GREETING);
	node_admit(n, *link);
	return fd[1];
}

/* --- sessions --------------------------------------------------------------------------------------------------- */

/* Numbers of the keys in the two directions, as the receiver sees them. */
enum { A_SEQ = 1, B_SEQ = 5, BACK_B_SEQ = 7, BACK_A_SEQ = 9 };

static inline struct shared_key shared_between(uint8_t a, uint8_t b)
{
	uint8_t one[KEY_BYTES], two[KEY_BYTES];
	struct box_key ours, theirs;
	struct shared_key shared;

	memset(one, a, sizeof one);
	memset(two, b, sizeof two);
	box_key_from_private(&ours, one);
	box_key_from_private(&theirs, two);
	CHECK(box_key_shared(&shared, &ours, theirs.public) == 0);
	return shared;
}

static inline void install(struct node *n, const struct node *to, const struct shared_key *send, uint64_t local,
			   uint64_t remote, const struct core_receive *row)
{
	uint8_t next[KEY_BYTES];

	memset(next, n->id.public[0], sizeof next);
	CHECK(core_install_keys(n->core, to->id.public, local, remote, send, next, true, row, row ? 1 : 0) == 0);
}

/* Matching keys on both sides; the first packet each opens is reported. Again: the counters go on. */
static inline void node_share_keys(struct node *a, struct node *b)
{
	struct shared_key there = shared_between(21, 22), back = shared_between(23, 24);
	struct core_receive at_a = {BACK_B_SEQ, BACK_A_SEQ, &back, true}, at_b = {A_SEQ, B_SEQ, &there, true};

	install(a, b, &there, A_SEQ, B_SEQ, &at_a);
	install(b, a, &back, BACK_B_SEQ, BACK_A_SEQ, &at_b);
}

/* `a` is the root, `b` its child on port 1. */
static inline void node_route(struct node *a, struct node *b, struct joint j)
{
	static const uint64_t one[] = {1};
	struct core_hop to_b = {one, 1, j.a, 1, 1}, to_a = {NULL, 0, j.b, 1, 1};

	CHECK(core_publish(a->core, NULL, 0, &to_b, 1) == 0);
	CHECK(core_publish(b->core, one, 1, &to_a, 1) == 0);
	CHECK(core_set_path(a->core, b->id.public, one, 1) == 0);
	CHECK(core_set_path(b->core, a->id.public, NULL, 0) == 0);
}

/* --- packets ---------------------------------------------------------------------------------------------------- */

#define PACKET_HEAD 40

/* An IPv6 packet of `len` bytes; the body is `fill`. */
static inline void packet_make(uint8_t *out, size_t len, const uint8_t *source, const uint8_t *dest, uint8_t fill)
{
	memset(out, fill, len);
	memset(out, 0, PACKET_HEAD);
	out[0] = 0x60;
	out[4] = (uint8_t)((len - PACKET_HEAD) >> 8);
	out[5] = (uint8_t)(len - PACKET_HEAD);
	out[6] = 17;
	out[7] = 64;
	memcpy(out + 8, source, ADDRESS_BYTES);
	memcpy(out + 24, dest, ADDRESS_BYTES);
}

/* From the host of `from` to the node `to`. */
static inline void node_send_packet(struct node *from, const struct node *to, size_t len, uint8_t fill)
{
	uint8_t packet[NODE_MTU];

	packet_make(packet, len, from->address.node, to->address.node, fill);
	CHECK(send(from->tun, packet, len, 0) == (ssize_t)len);
}

/* The next packet the host of `n` gets is exactly this one. */
static inline void node_expect_packet(struct node *n, const struct node *from, size_t len, uint8_t fill)
{
	uint8_t want[NODE_MTU], got[NODE_MTU];

	packet_make(want, len, from->address.node, n->address.node, fill);
	CHECK(readable_within(n->tun, PATIENCE));
	CHECK(recv(n->tun, got, sizeof got, 0) == (ssize_t)len);
	CHECK(memcmp(want, got, len) == 0);
}

#endif
