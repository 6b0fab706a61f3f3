/* SPDX-License-Identifier: MIT
 * A bad link: two TAP devices in two network namespaces, and what enters one leaves the other late, or not at all.
 *
 * usage: relay NAME PID PID
 * NAME is what both devices are called, a PID a process in each namespace. Lines on standard input, "DELAY LOSS
 * REORDER", set the delay of one way in microseconds and the shares of packets, in millionths, that are lost or leave
 * without delay, before those that came earlier; each is answered by "ok". Ends with its input. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 16384 /* packets on their way, in each direction: 16 ms at a million a second */
#define ROOM 1536
#define BURST 64

struct packet {
	int64_t due; /* nanoseconds */
	size_t len;
	uint8_t data[ROOM];
};

/* One direction. All wait for the same time, so the queue is in order of it. */
struct way {
	int from, to;
	size_t first, end; /* counted on and on */
	struct packet *slots;
};

static int64_t delay;
static uint32_t loss, reorder;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* xorshift64*: whether something with this probability, in millionths, happens. */
static bool happens(uint32_t millionths)
{
	static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * UINT64_C(0x2545f4914f6cdd1d) >> 32) % 1000000 < millionths;
}

static int tap(const char *name, const char *pid)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	char path[64];
	int fd, space;

	snprintf(path, sizeof path, "/proc/%s/ns/net", pid);
	space = open(path, O_RDONLY);
	if (space < 0 || setns(space, CLONE_NEWNET))
		die(path);
	close(space);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		die("TUNSETIFF");
	return fd;
}

static void leave(const struct way *w, const struct packet *p)
{
	if (write(w->to, p->data, p->len) < 0 && errno != EIO) /* the device is down */
		die("write");
}

/* Take what waits in the device, some at a time. */
static void take(struct way *w)
{
	for (int i = 0; i < BURST && w->end - w->first < SLOTS; i++) {
		struct packet *p = &w->slots[w->end % SLOTS];
		ssize_t n = read(w->from, p->data, sizeof p->data);

		if (n < 0)
			return;
		p->len = (size_t)n;
		p->due = now() + delay;
		if (happens(loss))
			continue;
		if (happens(reorder))
			leave(w, p);
		else
			w->end++;
	}
}

static void deliver(struct way *w)
{
	int64_t time = now();

	for (; w->first < w->end && w->slots[w->first % SLOTS].due <= time; w->first++)
		leave(w, &w->slots[w->first % SLOTS]);
}

static int64_t next_due(const struct way *ways)
{
	int64_t due = INT64_MAX;

	for (int i = 0; i < 2; i++)
		if (ways[i].first < ways[i].end && ways[i].slots[ways[i].first % SLOTS].due < due)
			due = ways[i].slots[ways[i].first % SLOTS].due;
	return due;
}

static void obey(void)
{
	char line[128];
	long microseconds;

	if (!fgets(line, sizeof line, stdin))
		exit(0);
	if (sscanf(line, "%ld %u %u", &microseconds, &loss, &reorder) != 3)
		exit(2);
	delay = microseconds * 1000;
	puts("ok");
}

int main(int argc, char **argv)
{
	struct way ways[2];

	if (argc != 4)
		return 2;
	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < 2; i++)
		ways[i] = (struct way){.from = tap(argv[1], argv[2 + i]), .slots = calloc(SLOTS, sizeof(struct packet))};
	for (int i = 0; i < 2; i++)
		ways[i].to = ways[1 - i].from;
	puts("ok");
	for (;;) {
		struct pollfd watched[] = {{0, POLLIN, 0}, {ways[0].from, POLLIN, 0}, {ways[1].from, POLLIN, 0}};
		int64_t due = next_due(ways), wait = due - now();
		struct timespec until = {.tv_sec = wait > 0 ? wait / 1000000000 : 0, .tv_nsec = wait > 0 ? wait % 1000000000 : 0};

		if (ppoll(watched, 3, due == INT64_MAX ? NULL : &until, NULL) < 0)
			die("ppoll");
		if (watched[0].revents)
			obey();
		for (int i = 0; i < 2; i++) {
			if (watched[1 + i].revents)
				take(&ways[i]);
			deliver(&ways[i]);
		}
	}
}
