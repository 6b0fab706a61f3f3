/* SPDX-License-Identifier: MIT
 * congestion.h for Linux; no other system has BBR among its congestion controls. */
#include "congestion.h"

bool congestion_lossy(struct congestion *c, uint64_t sent, uint32_t retransmitted, uint32_t segment)
{
	uint64_t bytes = sent - c->sent;
	uint32_t losses = retransmitted - c->retransmitted;
	bool many = losses >= CONGESTION_LOSSES && (uint64_t)losses * segment * CONGESTION_LOSSY > bytes;

	if (!many && bytes < CONGESTION_WINDOW)
		return false;
	if (many && bytes < CONGESTION_WINDOW && losses < CONGESTION_BURST && !c->lossy)
		return true;
	c->sent = sent;
	c->retransmitted = retransmitted;
	c->lossy = many ? c->lossy + 1 : 0;
	return c->lossy == CONGESTION_WINDOWS;
}

#ifdef __linux__

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* False for what is not TCP. */
static bool look(struct tcp_info *out, int fd)
{
	socklen_t len = sizeof *out;

	*out = (struct tcp_info){0};
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, out, &len) == 0;
}

/* Not every kernel has it, or lets us. */
static void settle(struct congestion *c, int fd)
{
	static const char wanted[] = "bbr";

	(void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, wanted, sizeof wanted - 1);
	c->settled = true;
}

void congestion_start(struct congestion *c, int fd)
{
	struct tcp_info info;

	*c = (struct congestion){0};
	if (!look(&info, fd))
		c->settled = true;
	else if (info.tcpi_rtt == 0 || info.tcpi_rtt >= CONGESTION_NEAR_US)
		settle(c, fd);
	else
		c->retransmitted = info.tcpi_total_retrans;
}

void congestion_review(struct congestion *c, int fd, uint64_t sent)
{
	struct tcp_info info;

	if (c->settled || sent == c->sent || !look(&info, fd))
		return;
	if (congestion_lossy(c, sent, info.tcpi_total_retrans, info.tcpi_snd_mss))
		settle(c, fd);
}

#else

void congestion_start(struct congestion *c, int fd)
{
	(void)fd;
	*c = (struct congestion){.settled = true};
}

void congestion_review(struct congestion *c, int fd, uint64_t sent)
{
	(void)c;
	(void)fd;
	(void)sent;
}

#endif
