/* SPDX-License-Identifier: MIT
 * The few calls on stream sockets. */
#include "socket.h"

#include <errno.h>

#define UNSENT_BYTES (256 * 1024)

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int socket_prepare(int fd)
{
	static const int one = 1;

	port_no_sigpipe(fd);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* fails on Unix sockets, which need it not */
	port_limit_unsent(fd, UNSENT_BYTES);
	return set_nonblocking(fd);
}

static ssize_t again(int err)
{
	return err == EWOULDBLOCK ? -EAGAIN : -err;
}

ssize_t socket_receive(int fd, uint8_t *data, size_t room)
{
	ssize_t n;

	do {
		n = recv(fd, data, room, 0);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? again(errno) : n;
}

ssize_t socket_send(int fd, const struct iovec *parts, size_t count)
{
	struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
	ssize_t n;

	do {
		n = sendmsg(fd, &message, PORT_SEND_FLAGS);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? again(errno) : n;
}

bool socket_has_input(int fd)
{
	uint8_t byte;

	return recv(fd, &byte, 1, MSG_PEEK) >= 0 || again(errno) != -EAGAIN;
}

void socket_shutdown(int fd)
{
	(void)shutdown(fd, SHUT_RDWR);
}
