/* SPDX-License-Identifier: MIT
 * A ring whose slots change hands under a lock, once per burst on either side: packets cost no lock of their own. */
#include "sealer.h"

#include <string.h>

#include "sender.h"
#include "state.h"
#include "thread.h"

LAYOUT_FACT((SEALER_RING & (SEALER_RING - 1)) == 0);
LAYOUT_FACT(2 * SENDER_BURST + SENDER_MESSAGES <= SEALER_STAGED_MAX);
LAYOUT_FACT(SENDER_BURST <= BATCH_FRAMES);

static struct unsealed *slot(struct sealer *s, size_t i)
{
	return &s->ring[i & (SEALER_RING - 1)];
}

/* --- the thread ------------------------------------------------------------------------------------------------- */

/* Wait for work and choose how much of it: at most what the gate may be held for. 0: the end. */
static size_t next_run(struct sealer *s)
{
	size_t n = 0, bytes = 0, waiting;

	pthread_mutex_lock(&s->mutex);
	while (s->put == s->done && !s->stopping)
		pthread_cond_wait(&s->work, &s->mutex);
	waiting = s->stopping ? 0 : s->put - s->done;
	pthread_mutex_unlock(&s->mutex);
	while (n < waiting && n < SENDER_BURST && bytes < SENDER_BURST_BYTES)
		bytes += slot(s, s->done + n++)->packet->len;
	return n;
}

/* Keep a buffer that the sender can read into; NULL is harmless. */
static void keep(struct sealer *s, struct packet *p)
{
	if (!p)
		return;
	if (p->room != SENDER_BUFFER_BYTES || s->nkept == SEALER_BUFFERS) {
		packet_free(p);
		return;
	}
	p->behind = s->kept;
	s->kept = p;
	s->nkept++;
}

/* Seal and send the next `n`. Their bytes. */
static size_t send_run(struct sealer *s, size_t n)
{
	size_t bytes = 0, sent;

	gate_read(&s->core->gate);
	for (size_t i = 0; i < n; i++) {
		const struct unsealed *u = slot(s, s->done + i);
		size_t before = s->batch.n;

		bytes += u->packet->len;
		seal_unsealed(&s->batch, s->core, u);
		if (s->batch.n == before)
			keep(s, u->packet);
	}
	sent = s->batch.n;
	batch_send(&s->batch, port_now());
	gate_leave(&s->core->gate);
	for (size_t i = 0; i < sent; i++)
		keep(s, s->batch.frames[i].packet);
	return bytes;
}

static void *run(void *argument)
{
	struct sealer *s = argument;
	size_t n;

	while ((n = next_run(s))) {
		size_t bytes = send_run(s, n);

		pthread_mutex_lock(&s->mutex);
		s->done += n;
		s->bytes -= bytes;
		if (!s->emptied) {
			s->emptied = s->kept;
			s->kept = NULL;
			s->nkept = 0;
		}
		pthread_cond_signal(&s->eased);
		pthread_mutex_unlock(&s->mutex);
	}
	return NULL;
}

static int init_locks(struct sealer *s)
{
	int err = pthread_mutex_init(&s->mutex, NULL);

	if (err)
		return -err;
	err = pthread_cond_init(&s->work, NULL);
	if (err)
		goto mutex;
	err = pthread_cond_init(&s->eased, NULL);
	if (!err)
		return 0;
	pthread_cond_destroy(&s->work);
mutex:
	pthread_mutex_destroy(&s->mutex);
	return -err;
}

static void destroy_locks(struct sealer *s)
{
	pthread_cond_destroy(&s->eased);
	pthread_cond_destroy(&s->work);
	pthread_mutex_destroy(&s->mutex);
}

int sealer_start(struct sealer *s, struct core *c)
{
	int err = init_locks(s);

	if (err)
		return err;
	s->core = c;
	err = thread_start(&s->thread, run, s);
	s->running = !err;
	if (err)
		destroy_locks(s);
	return err;
}

void sealer_stop(struct sealer *s)
{
	if (!s->running)
		return;
	pthread_mutex_lock(&s->mutex);
	s->stopping = true;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->mutex);
	pthread_join(s->thread, NULL);
	s->running = false;
	for (; s->done != s->put; s->done++)
		packet_free(slot(s, s->done)->packet);
	sealer_free_all(s->emptied);
	sealer_free_all(s->kept);
	s->emptied = s->kept = NULL;
	destroy_locks(s);
}

/* --- the sender's side ------------------------------------------------------------------------------------------ */

void sealer_free_all(struct packet *list)
{
	while (list) {
		struct packet *p = list;

		list = p->behind;
		packet_free(p);
	}
}

void sealer_stage(struct sealer *s, const uint8_t key[static KEY_BYTES], struct packet *p, bool message)
{
	struct unsealed *u = slot(s, s->put + s->staged++);

	memcpy(u->key, key, KEY_BYTES);
	u->packet = p;
	u->message = message;
	s->staged_bytes += p->len;
}

void sealer_hand_over(struct sealer *s, struct packet **spares)
{
	pthread_mutex_lock(&s->mutex);
	if (s->staged)
		pthread_cond_signal(&s->work);
	s->put += s->staged;
	s->bytes += s->staged_bytes;
	if (!*spares) {
		*spares = s->emptied;
		s->emptied = NULL;
	}
	pthread_mutex_unlock(&s->mutex);
	count_many(&s->core->counters, COUNT_handed_to_sealers, s->staged);
	s->staged = s->staged_bytes = 0;
}

static bool is_full(const struct sealer *s)
{
	return s->put - s->done > SEALER_RING - SEALER_STAGED_MAX || s->bytes > SEALER_FULL_BYTES;
}

void sealer_ease(struct sealer *s)
{
	pthread_mutex_lock(&s->mutex);
	while (is_full(s))
		pthread_cond_wait(&s->eased, &s->mutex);
	pthread_mutex_unlock(&s->mutex);
}

void sealer_settle(struct sealer *s)
{
	pthread_mutex_lock(&s->mutex);
	while (s->put != s->done)
		pthread_cond_wait(&s->eased, &s->mutex);
	sealer_free_all(s->emptied);
	sealer_free_all(s->kept);
	s->emptied = s->kept = NULL;
	s->nkept = 0;
	pthread_mutex_unlock(&s->mutex);
}
