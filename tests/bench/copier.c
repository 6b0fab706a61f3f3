/* SPDX-License-Identifier: MIT
 * The least that any program between a TUN and a TCP connection does: packets go to and fro, each behind its length.
 *
 *   copier DEVICE listen|dial ADDRESS PORT
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { HEAD = 4, PACKET_MAX = 65535, IN_BYTES = 1 << 18 };

static int device, peer;

static int open_device(const char *name)
{
	struct ifreq wanted = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR);

	strncpy(wanted.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &wanted))
		err(1, "%s", name);
	return fd;
}

static int join(const char *how, const char *address, const char *port)
{
	struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0 || inet_pton(AF_INET, address, &place.sin_addr) != 1)
		errx(1, "%s is no address", address);
	if (strcmp(how, "dial") == 0) {
		while (connect(fd, (struct sockaddr *)&place, sizeof place)) { /* the other end starts at the same time */
			if (errno != ECONNREFUSED)
				err(1, "connect");
			usleep(10000);
		}
	} else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
		   bind(fd, (struct sockaddr *)&place, sizeof place) || listen(fd, 1) || (fd = accept(fd, NULL, NULL)) < 0) {
		err(1, "listen");
	}
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
		err(1, "TCP_NODELAY");
	return fd;
}

static void send_all(const uint8_t *data, size_t len)
{
	while (len) {
		ssize_t n = send(peer, data, len, 0);

		if (n < 0)
			err(1, "send");
		data += n;
		len -= (size_t)n;
	}
}

static void *out(void *unused)
{
	static uint8_t frame[HEAD + PACKET_MAX];

	for (;;) {
		ssize_t len = read(device, frame + HEAD, PACKET_MAX);
		uint32_t head = (uint32_t)len;

		if (len < 0)
			continue; /* the interface is not up yet */
		memcpy(frame, &head, HEAD);
		send_all(frame, HEAD + head);
	}
	return unused;
}

/* Hand over all whole packets; how many bytes they were. */
static size_t deliver(const uint8_t *data, size_t len)
{
	size_t at = 0;
	uint32_t head;

	while (len - at >= HEAD && (memcpy(&head, data + at, HEAD), len - at - HEAD >= head)) {
		(void)!write(device, data + at + HEAD, head); /* what the host does not want is its own affair */
		at += HEAD + head;
	}
	return at;
}

static void in(void)
{
	static uint8_t data[IN_BYTES];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(peer, data + len, sizeof data - len, 0)) > 0) {
		size_t done;

		len += (size_t)n;
		done = deliver(data, len);
		len -= done;
		memmove(data, data + done, len);
	}
}

int main(int argc, char **argv)
{
	pthread_t sender;

	if (argc != 5)
		errx(2, "usage: copier DEVICE listen|dial ADDRESS PORT");
	device = open_device(argv[1]);
	peer = join(argv[2], argv[3], argv[4]);
	if (pthread_create(&sender, NULL, out, NULL))
		errx(1, "no thread");
	in();
	return 0;
}
