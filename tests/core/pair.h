/* SPDX-License-Identifier: MIT
 * Two stream sockets that are connected to each other, made the way every system has: over the loopback address. */
#ifndef EVERLEAF_PAIR_H
#define EVERLEAF_PAIR_H

#include "check.h"
#include "port.h"
#include "socket.h"

#if PORT_WINDOWS
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <sys/socket.h>
#endif

struct pair {
	int ours, theirs;
};

static inline struct pair pair_open(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	port_socket door = socket(AF_INET, SOCK_STREAM, 0), ours = socket(AF_INET, SOCK_STREAM, 0), theirs;
	socklen_t len = sizeof at;

	CHECK(bind(door, (struct sockaddr *)&at, len) == 0 && listen(door, 1) == 0);
	CHECK(getsockname(door, (struct sockaddr *)&at, &len) == 0);
	CHECK(connect(ours, (struct sockaddr *)&at, len) == 0);
	theirs = accept(door, NULL, NULL);
	socket_close((int)door);
	CHECK(socket_prepare((int)ours) == 0 && socket_prepare((int)theirs) == 0);
	return (struct pair){(int)ours, (int)theirs};
}

static inline void pair_close(struct pair *p)
{
	socket_close(p->ours);
	socket_close(p->theirs);
}

static inline void pair_send(int fd, const void *data, size_t len)
{
	struct iovec part = {(void *)data, len};

	CHECK(socket_send(fd, &part, 1) == (ssize_t)len);
}

/* Until the socket takes no more. */
static inline void pair_fill(int fd)
{
	static uint8_t nothing[65536];
	struct iovec part = {nothing, sizeof nothing};
	ssize_t n;

	do {
		n = socket_send(fd, &part, 1);
	} while (n > 0);
	CHECK(n == -EAGAIN);
}

/* All that is there now. */
static inline void pair_drain(int fd)
{
	static uint8_t junk[65536];
	ssize_t n;

	do {
		n = socket_receive(fd, junk, sizeof junk);
	} while (n > 0);
	CHECK(n == -EAGAIN);
}

#endif
