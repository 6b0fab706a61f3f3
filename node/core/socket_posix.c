/* SPDX-License-Identifier: MIT
 * socket.h over the calls of POSIX, and the options that not every system has. */
#include "socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define UNSENT_BYTES (256 * 1024)

#ifdef MSG_NOSIGNAL
#define SEND_FLAGS MSG_NOSIGNAL
#else
#define SEND_FLAGS 0
#endif

/* No SIGPIPE, where that is the socket's business and not each send's. */
static void no_sigpipe(int fd)
{
#ifdef SO_NOSIGPIPE
	static const int one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &one, sizeof one);
#else
	(void)fd;
#endif
}

/* TCP that takes at most about this much beyond what it can send. Without the option more waits in the kernel. */
static void limit_unsent(int fd, int bytes)
{
#ifdef TCP_NOTSENT_LOWAT
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
#else
	(void)fd;
	(void)bytes;
#endif
}

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

	no_sigpipe(fd);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* fails on Unix sockets, which need it not */
	limit_unsent(fd, UNSENT_BYTES);
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
	struct msghdr message = {.msg_iov = (struct iovec *)parts};
	ssize_t n;

	message.msg_iovlen = (uint16_t)count; /* an int here, a size_t there; no system takes more than 1024 */
	do {
		n = sendmsg(fd, &message, SEND_FLAGS);
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

void socket_close(int fd)
{
	close(fd);
}
