/* SPDX-License-Identifier: MIT
 * What differs between compilers and systems, once. No other core file has an #ifdef for either, except the poll_*.c
 * files, which are chosen whole.
 *
 * Build everything with -D_GNU_SOURCE (_NETBSD_SOURCE, _DARWIN_C_SOURCE): -std=c11 hides POSIX otherwise.
 */
#ifndef EVERLEAF_PORT_H
#define EVERLEAF_PORT_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#if defined(__linux__)
#define PORT_LINUX 1
#else
#define PORT_LINUX 0
#endif

#if defined(_WIN32)
#define PORT_WINDOWS 1
#else
#define PORT_WINDOWS 0
#endif

#if PORT_WINDOWS
#include <winsock2.h>
#else
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#endif
#if PORT_LINUX
#include <sys/eventfd.h>
#endif

/* --- compiler ------------------------------------------------------------------------------------------------- */

#if defined(__GNUC__) || defined(__clang__)
#define MUST_CHECK __attribute__((warn_unused_result))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define MUST_CHECK
#define UNLIKELY(x) (x)
#endif

#define LAYOUT_FACT(what) _Static_assert(what, #what)
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PORT_CACHE_LINE 64

LAYOUT_FACT(sizeof(size_t) >= 4);
LAYOUT_FACT(sizeof(double) == 8);

/* --- byte order: compilers turn each of these into one instruction --------------------------------------------- */

static inline uint16_t load_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint64_t load_be64(const uint8_t *p)
{
	return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32 |
	       (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 | (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

static inline void store_be64(uint8_t *p, uint64_t v)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(v >> shift);
}

/* --- descriptors ------------------------------------------------------------------------------------------------ */

static inline void port_close(int fd)
{
#if PORT_WINDOWS
	closesocket((SOCKET)fd);
#else
	close(fd);
#endif
}

/* --- stream sockets: the options that not every system has ------------------------------------------------------- */

#ifdef MSG_NOSIGNAL
#define PORT_SEND_FLAGS MSG_NOSIGNAL
#else
#define PORT_SEND_FLAGS 0
#endif

/* No SIGPIPE, where that is the socket's business and not each send's. */
static inline void port_no_sigpipe(int fd)
{
#ifdef SO_NOSIGPIPE
	static const int one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &one, sizeof one);
#else
	(void)fd;
#endif
}

/* TCP that takes at most about this much beyond what it can send. Without the option more waits in the kernel. */
static inline void port_limit_unsent(int fd, int bytes)
{
#ifdef TCP_NOTSENT_LOWAT
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
#else
	(void)fd;
	(void)bytes;
#endif
}

/* --- clock: seconds, monotonic, the same one as Python's time.monotonic() --------------------------------------- */

static inline double port_now(void)
{
#if PORT_WINDOWS
	LARGE_INTEGER ticks, rate;

	QueryPerformanceCounter(&ticks);
	QueryPerformanceFrequency(&rate);
	return (double)ticks.QuadPart / (double)rate.QuadPart;
#else
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
#endif
}

/* --- wake descriptor: readable between port_wake_set and port_wake_clear. Any thread may set. ------------------- */

struct port_wake {
	int read_fd; /* poll this one */
	int write_fd;
};

#define PORT_WAKE_CLOSED ((struct port_wake){-1, -1})

MUST_CHECK static inline int port_wake_open(struct port_wake *w)
{
#if PORT_LINUX
	w->read_fd = w->write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return w->read_fd < 0 ? -errno : 0;
#elif PORT_WINDOWS
	/* select() there waits for sockets only; a connected loopback pair comes with the Windows port. */
	*w = PORT_WAKE_CLOSED;
	return -ENOSYS;
#else
	int fd[2];

	*w = PORT_WAKE_CLOSED;
	if (pipe(fd))
		return -errno;
	for (int i = 0; i < 2; i++) {
		(void)fcntl(fd[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(fd[i], F_SETFL, O_NONBLOCK);
	}
	*w = (struct port_wake){fd[0], fd[1]};
	return 0;
#endif
}

/* A full pipe or counter is as good as a written one, so the result does not matter. */
static inline void port_wake_set(const struct port_wake *w)
{
#if !PORT_WINDOWS
	static const uint64_t one = 1;
	ssize_t n = write(w->write_fd, &one, sizeof one);

	(void)n;
#else
	(void)w;
#endif
}

static inline void port_wake_clear(const struct port_wake *w)
{
#if !PORT_WINDOWS
	uint8_t junk[512];

	while (read(w->read_fd, junk, sizeof junk) == (ssize_t)sizeof junk)
		;
#else
	(void)w;
#endif
}

static inline void port_wake_close(struct port_wake *w)
{
#if !PORT_WINDOWS
	if (w->write_fd >= 0 && w->write_fd != w->read_fd)
		close(w->write_fd);
	if (w->read_fd >= 0)
		close(w->read_fd);
#endif
	*w = PORT_WAKE_CLOSED;
}

#endif
