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

static void congestion_control(int fd, char name[static 16])
{
	socklen_t len = 16;

	memset(name, 0, len);
	CHECK(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len) == 0);
}

/* What a socket gets that asks for BBR: it, or the system's own where it may not be had. */
static void best(char name[static 16])
{
	int bare = socket(AF_INET, SOCK_STREAM, 0);

	(void)setsockopt(bare, IPPROTO_TCP, TCP_CONGESTION, "bbr", 3);
	congestion_control(bare, name);
	socket_close(bare);
}

/* One that is not connected has never seen an answer. */
static void test_peer_of_unknown_distance_gets_bbr_or_the_systems_own(void)
{
	int ours = socket(AF_INET, SOCK_STREAM, 0);
	char wanted[16], got[16];

	CHECK(setsockopt(ours, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) == 0);
	CHECK(socket_prepare(ours) == 0);
	best(wanted);
	congestion_control(ours, got);
	CHECK(strcmp(got, strcmp(wanted, "bbr") == 0 ? "bbr" : "reno") == 0);
	socket_close(ours);
}

/* Unless this machine was so busy that its own answer took a millisecond. */
static void test_near_peer_keeps_what_the_socket_has(void)
{
	struct pair p = pair_open();
	struct tcp_info info = {0};
	socklen_t len = sizeof info;
	char got[16];

	CHECK(getsockopt(p.ours, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_rtt > 0);
	CHECK(setsockopt(p.ours, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) == 0);
	CHECK(socket_prepare(p.ours) == 0);
	congestion_control(p.ours, got);
	CHECK(strcmp(got, "reno") == 0 || info.tcpi_rtt >= 1000);
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
	test_peer_of_unknown_distance_gets_bbr_or_the_systems_own();
	test_near_peer_keeps_what_the_socket_has();
	test_unix_sockets_are_prepared_too();
	return 0;
}
