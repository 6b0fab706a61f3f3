/* SPDX-License-Identifier: MIT
 * Microseconds a packet for one session and for two, of a whole core between a host that has always more and links that
 * take everything. Prints Markdown. README.md says what is measured, and what stands for the kernel. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "nodes.h"

enum { SESSIONS_MAX = 2, RUNS = 7, THREADS_MAX = 32 };

#define TURN 16          /* packets in a row for one session, as TCP sends them */
#define RUN_BYTES 2e9    /* in a run, or so many packets if those are fewer */
#define RUN_PACKETS 1e6
#define LOOK_US 1000     /* between looks whether a run is over */

static const size_t lens[] = {64, 1280, 65535};

/* --- the kernel's part: one copy for each packet that comes, and one for each that goes --------------------------- */

static struct source {
	int fd; /* what the core reads from */
	unsigned sessions;
	size_t len;
	uint64_t left, read;
	uint8_t packet[SESSIONS_MAX][NODE_MTU];
} source = {.fd = -1};

static _Atomic uint64_t sent; /* frames: each lies apart, so each is one part */
static _Atomic bool counting;

/* The C library's. Only the thread that reads the device comes here for it. */
ssize_t read(int fd, void *out, size_t room)
{
	struct iovec part = {out, room};

	if (fd != source.fd || !counting)
		return readv(fd, &part, 1);
	if (!source.left) {
		errno = EAGAIN;
		return -1;
	}
	source.left--;
	memcpy(out, source.packet[source.read++ / TURN % source.sessions], source.len);
	return (ssize_t)source.len;
}

/* The C library's; the links' bytes end here. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	static _Thread_local uint8_t wire[1 << 17];
	size_t total = 0;

	if (!counting)
		return (fd < 0 || flags < 0) ? -1 : writev(fd, message->msg_iov, (int)message->msg_iovlen);
	for (size_t i = 0; i < message->msg_iovlen; i++) {
		const struct iovec *part = &message->msg_iov[i];

		memcpy(wire, part->iov_base, part->iov_len);
		total += part->iov_len;
	}
	sent += message->msg_iovlen;
	return (ssize_t)total;
}

/* --- CPU time of threads ----------------------------------------------------------------------------------------- */

struct usage {
	size_t n;
	long thread[THREADS_MAX];
	double seconds[THREADS_MAX];
};

static void usage_now(struct usage *u)
{
	DIR *all = opendir("/proc/self/task");
	struct dirent *entry;

	CHECK(all);
	for (u->n = 0; u->n < THREADS_MAX && (entry = readdir(all));) {
		char path[300];
		unsigned long long ns;
		FILE *f;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", entry->d_name);
		f = fopen(path, "r");
		CHECK(f && fscanf(f, "%llu", &ns) == 1);
		fclose(f);
		u->thread[u->n] = atol(entry->d_name);
		u->seconds[u->n++] = (double)ns * 1e-9;
	}
	closedir(all);
}

struct cost {
	double wall, total, busiest; /* microseconds a packet: elapsed, of all threads' CPU time, of the busiest one's */
	double handed;               /* share of the packets that sealers got */
};

/* --- a run ------------------------------------------------------------------------------------------------------- */

struct star {
	struct node hub, leaf[SESSIONS_MAX];
};

static void open_star(struct star *s, unsigned workers)
{
	static const uint64_t ports[SESSIONS_MAX][1] = {{1}, {2}};
	struct core_hop hops[SESSIONS_MAX];

	node_open(&s->hub, 1, workers);
	for (unsigned i = 0; i < SESSIONS_MAX; i++) {
		struct joint j;

		node_open(&s->leaf[i], (uint8_t)(2 + i), 1);
		j = node_join(&s->hub, &s->leaf[i], false);
		node_share_keys(&s->hub, &s->leaf[i]);
		hops[i] = (struct core_hop){ports[i], 1, j.a, 1, 1 + i};
		CHECK(core_set_path(s->hub.core, s->leaf[i].id.public, ports[i], 1) == 0);
	}
	CHECK(core_publish(s->hub.core, NULL, 0, hops, SESSIONS_MAX) == 0);
}

static void close_star(struct star *s)
{
	node_close(&s->hub);
	for (unsigned i = 0; i < SESSIONS_MAX; i++)
		node_close(&s->leaf[i]);
}

/* A device that is always readable, because what lies in its socket is never taken. */
static void attach_source(struct star *s, unsigned sessions, size_t len, uint64_t packets)
{
	int fd[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) == 0);
	source.fd = fd[0];
	source.sessions = sessions;
	source.len = len;
	source.left = packets;
	source.read = 0;
	for (unsigned i = 0; i < sessions; i++)
		packet_make(source.packet[i], len, s->hub.address.node, s->leaf[i].address.node, 1);
	s->hub.tun = fd[1];
	CHECK(core_attach_tun(s->hub.core, (struct core_device){.handle = fd[0]}, NODE_MTU) == 0);
	CHECK(write(fd[1], "", 1) == 1);
}

/* CPU time between the two, for one packet of so many. */
static void compare(struct cost *cost, const struct usage *before, const struct usage *after, uint64_t packets)
{
	for (size_t i = 0; i < after->n; i++) {
		double used = after->seconds[i];

		if (after->thread[i] == getpid()) /* this one only looks on */
			continue;
		for (size_t j = 0; j < before->n; j++)
			if (before->thread[j] == after->thread[i])
				used -= before->seconds[j];
		used *= 1e6 / (double)packets;
		cost->total += used;
		if (used > cost->busiest)
			cost->busiest = used;
	}
}

static struct cost measure(unsigned workers, unsigned sessions, size_t len, uint64_t packets)
{
	struct star s;
	struct usage before, after;
	struct cost cost = {0};
	double start;

	open_star(&s, workers);
	usage_now(&before);
	sent = 0;
	counting = true;
	start = port_now();
	attach_source(&s, sessions, len, packets);
	while (sent < packets)
		usleep(LOOK_US);
	cost.wall = (port_now() - start) * 1e6 / (double)packets;
	CHECK(core_detach_tun(s.hub.core) == 0);
	usage_now(&after);
	counting = false;
	compare(&cost, &before, &after, packets);
	cost.handed = (double)node_counter(&s.hub, "handed_to_sealers") / (double)packets;
	source.fd = -1;
	close_star(&s);
	return cost;
}

/* Others on the machine only ever make it slower. */
static struct cost best(unsigned workers, unsigned sessions, size_t len)
{
	uint64_t packets = (uint64_t)(len * RUN_PACKETS < RUN_BYTES ? RUN_PACKETS : RUN_BYTES / (double)len);
	struct cost least = {.wall = 1e9, .total = 1e9, .busiest = 1e9};

	for (int i = 0; i < RUNS; i++) {
		struct cost c = measure(workers, sessions, len, packets);

		least.wall = c.wall < least.wall ? c.wall : least.wall;
		least.total = c.total < least.total ? c.total : least.total;
		least.busiest = c.busiest < least.busiest ? c.busiest : least.busiest;
		least.handed = c.handed;
	}
	return least;
}

/* What two free processors would need: no thread is on both, and they share all there is. */
static double on_two(const struct cost *c)
{
	return c->busiest > c->total / 2 ? c->busiest : c->total / 2;
}

static void row(const char *what, size_t len, const struct cost *c, const struct cost *one)
{
	printf("| %zu | %s | %.0f %% | %.3f | %.3f | %.2f | %.3f | %.2f |\n", len, what, 100 * c->handed, c->total,
	       c->busiest, on_two(one) / on_two(c), c->wall, one->wall / c->wall);
	fflush(stdout);
}

int main(void)
{
	printf("| bytes | sessions | handed over | CPU us | of the busiest thread | times as fast on two CPUs | elapsed us | "
	       "times as fast |\n|---:|---|---:|---:|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		struct cost one = best(2, 1, lens[i]), alone = best(1, 2, lens[i]), two = best(2, 2, lens[i]);

		row("one", lens[i], &one, &one);
		row("two, no sealers", lens[i], &alone, &one);
		row("two", lens[i], &two, &one);
	}
	return 0;
}
