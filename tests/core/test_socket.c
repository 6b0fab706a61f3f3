/* SPDX-License-Identifier: MIT
 * socket: what this kernel made of the options of a link. */
#include "socket.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "pair.h"

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	CHECK(getsockopt(fd, level, name, &value, &len) == 0);
	return value;
}

/* A probe that is lost ends no link: all of them must be, before the time is up. */
static void test_dead_end_is_noticed_after_all_probes(void)
{
	struct pair p = pair_open();

	CHECK(option(p.ours, SOL_SOCKET, SO_KEEPALIVE) == 1);
	CHECK(option(p.ours, IPPROTO_TCP, TCP_KEEPIDLE) == 10);
	CHECK(option(p.ours, IPPROTO_TCP, TCP_KEEPINTVL) == 2);
	CHECK(option(p.ours, IPPROTO_TCP, TCP_KEEPCNT) == 3);
	CHECK(option(p.ours, IPPROTO_TCP, TCP_USER_TIMEOUT) == 16000);
	pair_close(&p);
}

static void test_link_delays_nothing(void)
{
	struct pair p = pair_open();

	CHECK(option(p.ours, IPPROTO_TCP, TCP_NODELAY) == 1);
	CHECK(option(p.ours, IPPROTO_TCP, TCP_NOTSENT_LOWAT) == 256 * 1024);
	pair_close(&p);
}

static void test_unix_sockets_are_prepared_too(void)
{
	int fds[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK(socket_prepare(fds[0]) == 0);
	CHECK(!socket_has_input(fds[0]));
	socket_close(fds[0]);
	socket_close(fds[1]);
}

int main(void)
{
	test_dead_end_is_noticed_after_all_probes();
	test_link_delays_nothing();
	test_unix_sockets_are_prepared_too();
	return 0;
}
