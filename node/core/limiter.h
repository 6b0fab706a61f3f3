/* SPDX-License-Identifier: MIT
 * A token bucket that several threads draw from. */
#ifndef EVERLEAF_LIMITER_H
#define EVERLEAF_LIMITER_H

#include <pthread.h>
#include <stdbool.h>

struct limiter {
	pthread_mutex_t mutex;
	double rate;  /* tokens per second */
	double burst; /* tokens at most */
	double tokens;
	double at; /* seconds, monotonic */
};

static inline int limiter_init(struct limiter *l, double rate, double burst)
{
	*l = (struct limiter){.rate = rate, .burst = burst, .tokens = burst};
	return -pthread_mutex_init(&l->mutex, NULL);
}

static inline void limiter_destroy(struct limiter *l)
{
	pthread_mutex_destroy(&l->mutex);
}

/* Whether one more may pass at `now`. */
static inline bool limiter_take(struct limiter *l, double now)
{
	bool pass;

	pthread_mutex_lock(&l->mutex);
	if (now > l->at) {
		l->tokens += (now - l->at) * l->rate;
		l->at = now;
	}
	if (l->tokens > l->burst)
		l->tokens = l->burst;
	pass = l->tokens >= 1;
	if (pass)
		l->tokens -= 1;
	pthread_mutex_unlock(&l->mutex);
	return pass;
}

#endif
