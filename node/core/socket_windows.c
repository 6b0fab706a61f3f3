/* SPDX-License-Identifier: MIT
 * socket.h over Winsock, whose errors become those of errno.h. */
#include "socket.h"

#include <limits.h>
#include <ws2tcpip.h>

#define PARTS_MAX 64 /* per call */

static int last_error(void)
{
	switch (WSAGetLastError()) {
	case WSAEWOULDBLOCK:
		return -EAGAIN;
	case WSAECONNRESET:
	case WSAENETRESET:
		return -ECONNRESET;
	case WSAECONNABORTED:
		return -ECONNABORTED;
	case WSAESHUTDOWN:
		return -EPIPE;
	case WSAENOTCONN:
		return -ENOTCONN;
	case WSAETIMEDOUT:
		return -ETIMEDOUT;
	case WSAENETDOWN:
		return -ENETDOWN;
	case WSAENETUNREACH:
		return -ENETUNREACH;
	case WSAEHOSTUNREACH:
		return -EHOSTUNREACH;
	case WSAENOBUFS:
		return -ENOBUFS;
	case WSAENOTSOCK:
		return -ENOTSOCK;
	default:
		return -EIO;
	}
}

/* What a link wants of its socket, as far as the headers have names for it; older systems refuse some. */
static const struct {
	int level, name;
	DWORD value;
} OPTIONS[] = {
	{IPPROTO_TCP, TCP_NODELAY, 1},
	{SOL_SOCKET, SO_KEEPALIVE, 1},
#ifdef TCP_KEEPIDLE
	{IPPROTO_TCP, TCP_KEEPIDLE, SOCKET_PROBE_AFTER},
#endif
#ifdef TCP_KEEPINTVL
	{IPPROTO_TCP, TCP_KEEPINTVL, SOCKET_PROBE_EVERY},
#endif
#ifdef TCP_KEEPCNT
	{IPPROTO_TCP, TCP_KEEPCNT, SOCKET_PROBES},
#endif
#ifdef TCP_MAXRT
	{IPPROTO_TCP, TCP_MAXRT, SOCKET_GIVE_UP_AFTER},
#endif
};

int socket_prepare(int fd)
{
	u_long yes = 1;

	for (size_t i = 0; i < ARRAY_LEN(OPTIONS); i++)
		(void)setsockopt((SOCKET)fd, OPTIONS[i].level, OPTIONS[i].name, (const char *)&OPTIONS[i].value,
				 sizeof OPTIONS[i].value);
	return ioctlsocket((SOCKET)fd, (long)FIONBIO, &yes) ? last_error() : 0;
}

ssize_t socket_receive(int fd, uint8_t *data, size_t room)
{
	int n = recv((SOCKET)fd, (char *)data, room < INT_MAX ? (int)room : INT_MAX, 0);

	return n < 0 ? last_error() : n;
}

/* One call: bytes taken, or -errno. n <= PARTS_MAX. */
static ssize_t send_some(int fd, const struct iovec *parts, size_t n)
{
	WSABUF buffers[PARTS_MAX];
	DWORD taken;

	for (size_t i = 0; i < n; i++)
		buffers[i] = (WSABUF){(ULONG)parts[i].iov_len, parts[i].iov_base};
	return WSASend((SOCKET)fd, buffers, (DWORD)n, &taken, 0, NULL, NULL) ? last_error() : (ssize_t)taken;
}

static size_t total(const struct iovec *parts, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += parts[i].iov_len;
	return bytes;
}

ssize_t socket_send(int fd, const struct iovec *parts, size_t count)
{
	size_t sent = 0;

	for (size_t i = 0; i < count; i += PARTS_MAX) {
		size_t n = count - i < PARTS_MAX ? count - i : PARTS_MAX;
		ssize_t taken = send_some(fd, parts + i, n);

		if (taken < 0)
			return sent ? (ssize_t)sent : taken; /* the next call meets the error again */
		sent += (size_t)taken;
		if ((size_t)taken < total(parts + i, n))
			break;
	}
	return (ssize_t)sent;
}

bool socket_has_input(int fd)
{
	char byte;

	return recv((SOCKET)fd, &byte, 1, MSG_PEEK) >= 0 || last_error() != -EAGAIN;
}

void socket_shutdown(int fd)
{
	(void)shutdown((SOCKET)fd, SD_BOTH);
}

void socket_close(int fd)
{
	closesocket((SOCKET)fd);
}
