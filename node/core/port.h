/* SPDX-License-Identifier: MIT
 * What differs between compilers and systems in a line or two, once. Where they differ in more there is a file for each,
 * chosen whole by the build (setup.py, WHERE): poll_*.c, socket_*.c, wake_*.c, tun_*.c. No other file of the core has
 * an #ifdef for either.
 */
#ifndef EVERLEAF_PORT_H
#define EVERLEAF_PORT_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#if defined(_WIN32)
#define PORT_WINDOWS 1
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00 /* Windows 10 */
#endif
#define WIN32_LEAN_AND_MEAN /* windows.h would bring names of OpenSSL's, and the ancestor of winsock2.h */
#include <winsock2.h>
#include <windows.h>
#else
#define PORT_WINDOWS 0
#include <signal.h>
#include <sys/uio.h>
#include <unistd.h>
#endif

/* --- compiler ------------------------------------------------------------------------------------------------- */

#if defined(__GNUC__) || defined(__clang__)
#define MUST_CHECK __attribute__((warn_unused_result))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define MUST_CHECK
#define UNLIKELY(x) (x)
#endif

#if defined(__clang__)
#pragma clang diagnostic ignored "-Watomic-alignment" /* counters have 64 bits; small CPUs take libatomic's lock */
#endif

/* Vectors of 512 bits in functions that ask for them. GCC's frames on Windows are not aligned for them. */
#if defined(__x86_64__) && (defined(__clang__) || (defined(__GNUC__) && !PORT_WINDOWS))
#define PORT_AVX512 1
#else
#define PORT_AVX512 0
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

static inline void store_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline void store_be32(uint8_t *p, uint32_t v)
{
	store_be16(p, (uint16_t)(v >> 16));
	store_be16(p + 2, (uint16_t)v);
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

/* --- system ----------------------------------------------------------------------------------------------------- */

#if PORT_WINDOWS
struct iovec {
	void *iov_base;
	size_t iov_len;
};
#endif

#ifndef ESHUTDOWN
#define ESHUTDOWN EPIPE
#endif

/* A socket is an int everywhere: Windows promises that its handles fit into 32 bits. */
#if PORT_WINDOWS
typedef SOCKET port_socket;
#else
typedef int port_socket;
#endif

/* Seconds, monotonic. Every clock of the node is this one: Python's own differs between its versions on Windows. */
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

/* This thread takes no signals in between; there are none on Windows. */
#if PORT_WINDOWS
typedef int port_signals;

static inline void port_signals_block(port_signals *before)
{
	*before = 0;
}

static inline void port_signals_restore(const port_signals *before)
{
	(void)before;
}
#else
typedef sigset_t port_signals;

static inline void port_signals_block(port_signals *before)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, before);
}

static inline void port_signals_restore(const port_signals *before)
{
	pthread_sigmask(SIG_SETMASK, before, NULL);
}
#endif

/* Processors that run now; less than 1 when the system does not tell. */
static inline long port_processors(void)
{
#if PORT_WINDOWS
	SYSTEM_INFO system;

	GetSystemInfo(&system);
	return (long)system.dwNumberOfProcessors;
#else
	return sysconf(_SC_NPROCESSORS_ONLN);
#endif
}

#endif
