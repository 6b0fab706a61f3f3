/* SPDX-License-Identifier: MIT
 * A read-write lock whose writers do not starve, whatever the platform's rwlock prefers: a waiting writer holds the
 * mutex that every new reader must pass. Readers hold it for one batch of packets, never while they wait for I/O. */
#ifndef EVERLEAF_GATE_H
#define EVERLEAF_GATE_H

#include <pthread.h>

struct gate {
	pthread_mutex_t entry;
	pthread_rwlock_t lock;
};

static inline int gate_init(struct gate *g)
{
	int err = pthread_mutex_init(&g->entry, NULL);

	if (err)
		return -err;
	err = pthread_rwlock_init(&g->lock, NULL);
	if (err)
		pthread_mutex_destroy(&g->entry);
	return -err;
}

static inline void gate_destroy(struct gate *g)
{
	pthread_rwlock_destroy(&g->lock);
	pthread_mutex_destroy(&g->entry);
}

static inline void gate_read(struct gate *g)
{
	pthread_mutex_lock(&g->entry);
	pthread_rwlock_rdlock(&g->lock);
	pthread_mutex_unlock(&g->entry);
}

static inline void gate_write(struct gate *g)
{
	pthread_mutex_lock(&g->entry);
	pthread_rwlock_wrlock(&g->lock);
	pthread_mutex_unlock(&g->entry);
}

static inline void gate_leave(struct gate *g)
{
	pthread_rwlock_unlock(&g->lock);
}

#endif
