/* SPDX-License-Identifier: MIT
 * Small UDP packets at a steady rate, counted at the far end. One thread; Python cannot send fast enough for this.
 *
 *   udp send ADDRESS PORT PACKETS_PER_SECOND SECONDS SIZE
 *   udp receive ADDRESS PORT      prints "listening", then how many packets came; ends a second after the last one
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define PACKET_MAX 1500
#define RECEIVE_BUFFER (16 << 20)
#define STEP_NS 500000 /* what is due is sent this often */
#define SECOND_NS 1000000000L

static char buffers[BATCH][PACKET_MAX];
static struct iovec slices[BATCH];
static struct mmsghdr messages[BATCH];

static void prepare(size_t size)
{
	for (size_t i = 0; i < BATCH; i++) {
		slices[i] = (struct iovec){.iov_base = buffers[i], .iov_len = size};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &slices[i], .msg_iovlen = 1};
	}
}

static int open_socket(const char *address, const char *port, bool receive)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)atoi(port))};
	int size = RECEIVE_BUFFER, fd = socket(AF_INET6, SOCK_DGRAM, 0);
	char text[INET6_ADDRSTRLEN + sizeof "::ffff:"];

	snprintf(text, sizeof text, "%s%s", strchr(address, ':') ? "" : "::ffff:", address); /* IPv4 through the same socket */
	if (fd < 0 || inet_pton(AF_INET6, text, &at.sin6_addr) != 1)
		return -1;
	if (!receive)
		return connect(fd, (struct sockaddr *)&at, sizeof at) ? -1 : fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	return bind(fd, (struct sockaddr *)&at, sizeof at) ? -1 : fd;
}

static void send_due(int fd, long due)
{
	while (due > 0) {
		int sent = sendmmsg(fd, messages, (unsigned)(due < BATCH ? due : BATCH), 0);

		if (sent <= 0)
			return; /* the tunnel is full: these packets are offered and lost */
		due -= sent;
	}
}

static bool is_over(const struct timespec *start, long seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * SECOND_NS + now.tv_nsec - start->tv_nsec >= seconds * SECOND_NS;
}

/* What is due and not sent when the time is up is not offered any more: a sender that is starved sends no longer. */
static int run_sender(int fd, long rate, long seconds)
{
	long steps = seconds * (SECOND_NS / STEP_NS), offered = 0;
	struct timespec start, next;

	clock_gettime(CLOCK_MONOTONIC, &start);
	next = start;
	for (long step = 1; step <= steps && !is_over(&start, seconds); step++) {
		long until_now = rate * step / (SECOND_NS / STEP_NS);

		send_due(fd, until_now - offered);
		offered = until_now;
		next.tv_nsec += STEP_NS;
		if (next.tv_nsec >= SECOND_NS) {
			next.tv_nsec -= SECOND_NS;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return 0;
}

static void wait_at_most(int fd, time_t seconds)
{
	struct timeval patience = {.tv_sec = seconds};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

static int run_receiver(int fd)
{
	long received = 0;
	int got;

	puts("listening");
	fflush(stdout);
	wait_at_most(fd, 10);
	while ((got = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL)) > 0) {
		if (received == 0)
			wait_at_most(fd, 1);
		received += got;
	}
	printf("%ld\n", received);
	return 0;
}

int main(int argc, char **argv)
{
	bool receive = argc == 4 && !strcmp(argv[1], "receive");
	int fd;

	if (!receive && (argc != 7 || strcmp(argv[1], "send"))) {
		fputs("usage: udp send ADDRESS PORT RATE SECONDS SIZE | udp receive ADDRESS PORT\n", stderr);
		return 64;
	}
	fd = open_socket(argv[2], argv[3], receive);
	if (fd < 0) {
		perror(argv[2]);
		return 71;
	}
	prepare(receive ? PACKET_MAX : (size_t)atol(argv[6]));
	return receive ? run_receiver(fd) : run_sender(fd, atol(argv[4]), atol(argv[5]));
}
