/* SPDX-License-Identifier: MIT
 * Threads that take no signals: those belong to the program's main thread. */
#ifndef EVERLEAF_THREAD_H
#define EVERLEAF_THREAD_H

#include <pthread.h>

#include "port.h"

#define THREAD_STACK_BYTES (2u << 20) /* some systems give 128 KiB, and one receive of TLS wants half of that */

/* 0 or -errno. */
MUST_CHECK static inline int thread_start(pthread_t *out, void *(*run)(void *), void *argument)
{
	pthread_attr_t attributes;
	port_signals before;
	int err = pthread_attr_init(&attributes);

	if (err)
		return -err;
	(void)pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	port_signals_block(&before);
	err = pthread_create(out, &attributes, run, argument);
	port_signals_restore(&before);
	pthread_attr_destroy(&attributes);
	return -err;
}

#endif
