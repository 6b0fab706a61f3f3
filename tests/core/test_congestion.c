/* SPDX-License-Identifier: MIT
 * congestion: who gets BBR. That a wire which begins to lose packets brings it about is a test between real nodes,
 * tests/interop/test_congestion.py. */
#include "congestion.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "pair.h"
#include "socket.h"

enum { SEGMENT = 1000 };

static void control_of(int fd, char name[static 16])
{
	socklen_t len = 16;

	memset(name, 0, len);
	CHECK(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len) == 0);
}

/* What a socket gets that asks for BBR: it, or what it had where it may not be had. */
static void best(char name[static 16])
{
	int bare = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(setsockopt(bare, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) == 0);
	(void)setsockopt(bare, IPPROTO_TCP, TCP_CONGESTION, "bbr", 3);
	control_of(bare, name);
	socket_close(bare);
}

/* One that is not connected has never seen an answer. */
static void test_peer_of_unknown_distance_gets_bbr_where_it_may_be_had(void)
{
	int ours = socket(AF_INET, SOCK_STREAM, 0);
	struct congestion c;
	char wanted[16], got[16];

	CHECK(setsockopt(ours, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) == 0);
	congestion_start(&c, ours);
	best(wanted);
	control_of(ours, got);
	CHECK(strcmp(got, wanted) == 0);
	CHECK(c.settled);
	socket_close(ours);
}

/* Unless this machine was so busy that its own answer took a millisecond. */
static void test_near_peer_keeps_what_the_socket_has(void)
{
	struct pair p = pair_open();
	struct tcp_info info = {0};
	socklen_t len = sizeof info;
	struct congestion c;
	char got[16];

	CHECK(getsockopt(p.ours, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_rtt > 0);
	CHECK(setsockopt(p.ours, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) == 0);
	congestion_start(&c, p.ours);
	congestion_review(&c, p.ours, 100000);
	control_of(p.ours, got);
	CHECK((strcmp(got, "reno") == 0 && !c.settled) || info.tcpi_rtt >= CONGESTION_NEAR_US);
	pair_close(&p);
}

static void test_what_is_not_tcp_is_settled(void)
{
	int fds[2];
	struct congestion c;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	congestion_start(&c, fds[0]);
	CHECK(c.settled);
	socket_close(fds[0]);
	socket_close(fds[1]);
}

/* --- what losses tell ------------------------------------------------------------------------------------------- */

/* The next window loses so many of so many packets. */
static bool lossy(struct congestion *c, uint64_t packets, uint64_t losses)
{
	return congestion_lossy(c, c->sent + packets * SEGMENT, c->retransmitted + (uint32_t)losses, SEGMENT);
}

/* One window less, in a row, would not have done. */
static struct congestion almost(void)
{
	return (struct congestion){.lossy = CONGESTION_WINDOWS - 1};
}

static const uint64_t FULL = CONGESTION_WINDOW / SEGMENT + 1; /* packets of a window */

static void test_some_losses_among_few_packets_are_lossy(void)
{
	struct congestion c = {0};

	CHECK(!lossy(&c, 100, CONGESTION_LOSSES - 1));
	CHECK(lossy(&c, 200, CONGESTION_LOSSES));
}

static void test_a_burst_of_losses_is_not_lossy_at_once_nor_is_a_fast_wire(void)
{
	struct congestion c = {0};

	CHECK(!lossy(&c, 2000, CONGESTION_BURST));
	c = (struct congestion){0};
	CHECK(!lossy(&c, FULL, CONGESTION_BURST - 1));
	c = (struct congestion){0};
	CHECK(lossy(&c, FULL - 2, CONGESTION_BURST - 1));
}

static void test_a_share_of_many_packets_is_lossy(void)
{
	static const uint64_t packets = 1000000;
	struct congestion c = almost();

	CHECK(!lossy(&c, packets, packets / CONGESTION_LOSSY));
	c = almost();
	CHECK(lossy(&c, packets, packets / CONGESTION_LOSSY + 1));
}

static void test_losses_in_one_window_after_the_other_are_lossy(void)
{
	struct congestion c = {0};

	for (unsigned window = 1; window < CONGESTION_WINDOWS; window++)
		CHECK(!lossy(&c, FULL, CONGESTION_BURST));
	CHECK(!lossy(&c, 10, 1)); /* too little to tell */
	CHECK(lossy(&c, FULL, CONGESTION_BURST));
}

/* Slow start sends twice as much with every round trip until a queue is full, and a look may fall into its repair. */
static void test_a_queue_that_overflows_now_and_then_is_not_lossy(void)
{
	struct congestion c = {0};

	for (unsigned start = 0; start < 100; start++) {
		CHECK(!lossy(&c, 2000, 900));
		CHECK(!lossy(&c, 500, start));
		CHECK(!lossy(&c, FULL, 0));
	}
}

/* Losses of long ago count no more, nor do a few in every window. */
static void test_each_window_is_judged_alone(void)
{
	struct congestion c = {0};
	uint64_t sent = 0;
	uint32_t losses = 0;

	for (unsigned window = 0; window < 100; window++) {
		sent += CONGESTION_WINDOW;
		losses += CONGESTION_LOSSES - 1;
		CHECK(!congestion_lossy(&c, sent, losses, SEGMENT));
		CHECK(c.sent == sent && c.retransmitted == losses);
	}
	CHECK(congestion_lossy(&c, sent + CONGESTION_WINDOW / 2, losses + CONGESTION_LOSSES, SEGMENT));
}

/* The kernel's number of retransmissions has 32 bits and starts again. */
static void test_losses_are_counted_past_the_end_of_the_number(void)
{
	struct congestion c = {.retransmitted = UINT32_MAX - 1, .lossy = CONGESTION_WINDOWS - 1};

	CHECK(!congestion_lossy(&c, SEGMENT, 1, SEGMENT));
	CHECK(congestion_lossy(&c, SEGMENT, 3, SEGMENT));
}

int main(void)
{
	test_peer_of_unknown_distance_gets_bbr_where_it_may_be_had();
	test_near_peer_keeps_what_the_socket_has();
	test_what_is_not_tcp_is_settled();
	test_some_losses_among_few_packets_are_lossy();
	test_a_burst_of_losses_is_not_lossy_at_once_nor_is_a_fast_wire();
	test_a_share_of_many_packets_is_lossy();
	test_losses_in_one_window_after_the_other_are_lossy();
	test_a_queue_that_overflows_now_and_then_is_not_lossy();
	test_each_window_is_judged_alone();
	test_losses_are_counted_past_the_end_of_the_number();
	return 0;
}
