/* SPDX-License-Identifier: MIT
 * Threads that take no signals: those belong to the program's main thread. */
#ifndef EVERLEAF_THREAD_H
#define EVERLEAF_THREAD_H

#include <pthread.h>
#include <signal.h>

#include "port.h"

#define THREAD_STACK_BYTES (2u << 20) /* some systems give 128 KiB, and one receive of TLS wants half of that */

/* 0 or -errno. */
MUST_CHECK static inline int thread_start(pthread_t *out, void *(*run)(void *), void *argument)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int err = pthread_attr_init(&attributes);

	if (err)
		return -err;
	(void)pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(out, &attributes, run, argument);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -err;
}

#endif
