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

/* What a link wants of its socket, as far as this system has names for it. */
static const struct {
	int level, name, value;
} OPTIONS[] = {
	{IPPROTO_TCP, TCP_NODELAY, 1},
	{SOL_SOCKET, SO_KEEPALIVE, 1},
#ifdef SO_NOSIGPIPE /* where that is the socket's business and not each send's */
	{SOL_SOCKET, SO_NOSIGPIPE, 1},
#endif
#ifdef TCP_NOTSENT_LOWAT /* takes at most about this much beyond what it can send; else more waits in the kernel */
	{IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES},
#endif
#if defined(TCP_KEEPIDLE)
	{IPPROTO_TCP, TCP_KEEPIDLE, SOCKET_PROBE_AFTER},
#elif defined(TCP_KEEPALIVE) /* the same on Darwin */
	{IPPROTO_TCP, TCP_KEEPALIVE, SOCKET_PROBE_AFTER},
#endif
#ifdef TCP_KEEPINTVL
	{IPPROTO_TCP, TCP_KEEPINTVL, SOCKET_PROBE_EVERY},
#endif
#ifdef TCP_KEEPCNT
	{IPPROTO_TCP, TCP_KEEPCNT, SOCKET_PROBES},
#endif
#if defined(TCP_USER_TIMEOUT) /* Linux, milliseconds */
	{IPPROTO_TCP, TCP_USER_TIMEOUT, SOCKET_GIVE_UP_AFTER * 1000},
#elif defined(TCP_MAXUNACKTIME) /* FreeBSD */
	{IPPROTO_TCP, TCP_MAXUNACKTIME, SOCKET_GIVE_UP_AFTER},
#elif defined(TCP_RXT_CONNDROPTIME) /* Darwin */
	{IPPROTO_TCP, TCP_RXT_CONNDROPTIME, SOCKET_GIVE_UP_AFTER},
#endif
};

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int socket_prepare(int fd)
{
	for (size_t i = 0; i < ARRAY_LEN(OPTIONS); i++) /* those of TCP fail on Unix sockets, which need them not */
		(void)setsockopt(fd, OPTIONS[i].level, OPTIONS[i].name, &OPTIONS[i].value, sizeof OPTIONS[i].value);
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
