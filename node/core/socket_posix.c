/* SPDX-License-Identifier: MIT
 * socket.h over the calls of POSIX, and the options that not every system has. */
#include "socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define UNSENT_BYTES (256 * 1024)
#define NEAR_US 1000

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

#ifdef TCP_CONGESTION
/* Whether the round trip of the handshake was so short that losses are soon made good. One that is not known is long. */
static bool is_near(int fd)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof info;

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_rtt > 0 && info.tcpi_rtt < NEAR_US;
}

/* BBR where the kernel has it and lets us: losses that are no congestion do not slow it down. But it sends by a clock,
 * and one timer for each burst more than doubles what forwarding costs, so near peers keep what the socket has. */
static void choose_congestion_control(int fd)
{
	static const char wanted[] = "bbr";

	if (!is_near(fd))
		(void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, wanted, sizeof wanted - 1);
}
#else
static void choose_congestion_control(int fd)
{
	(void)fd;
}
#endif

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
	choose_congestion_control(fd);
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
