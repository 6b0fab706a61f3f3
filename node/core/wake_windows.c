/* SPDX-License-Identifier: MIT
 * wake.h over a UDP socket on the loopback address that is connected to itself: Windows polls sockets only. Nobody
 * else can write to it, since a connected socket hears its peer alone. */
#include "wake.h"

#include <ws2tcpip.h>

static int talk_to_oneself(SOCKET s)
{
	struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int len = sizeof self;
	u_long yes = 1;

	return bind(s, (struct sockaddr *)&self, len) || getsockname(s, (struct sockaddr *)&self, &len) ||
	       connect(s, (struct sockaddr *)&self, len) || ioctlsocket(s, (long)FIONBIO, &yes);
}

int wake_open(struct wake *w)
{
	WSADATA unused;
	SOCKET s;

	*w = WAKE_CLOSED;
	if (WSAStartup(MAKEWORD(2, 2), &unused)) /* counts: wake_close says it once less */
		return -ENETDOWN;
	s = WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
	if (s == INVALID_SOCKET || talk_to_oneself(s)) {
		if (s != INVALID_SOCKET)
			closesocket(s);
		WSACleanup();
		return -ENETDOWN;
	}
	w->read_fd = w->write_fd = (int)s;
	return 0;
}

/* A full buffer is as good as one datagram, so the result does not matter. */
void wake_set(const struct wake *w)
{
	(void)send((SOCKET)w->write_fd, "", 1, 0);
}

void wake_clear(const struct wake *w)
{
	char junk[8];

	while (recv((SOCKET)w->read_fd, junk, sizeof junk, 0) > 0)
		;
}

void wake_close(struct wake *w)
{
	if (w->read_fd >= 0) {
		closesocket((SOCKET)w->read_fd);
		WSACleanup();
	}
	*w = WAKE_CLOSED;
}
