/* SPDX-License-Identifier: MIT
 * The contract of core.h: birth, death, and what control asks for. */
#include "core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "state.h"
#include "thread.h"

#define WORKERS_AUTO_MAX 4
#define REFUSALS_RATE 20.0 /* a second, for all keys that nothing is known about */
#define REFUSALS_BURST 50.0
#define DEAD_ENDS_RATE 100.0 /* a second */
#define DEAD_ENDS_BURST 200.0

LAYOUT_FACT(COUNTERS_TOTAL + 1 <= CORE_COUNTERS_MAX);

/* --- life ------------------------------------------------------------------------------------------------------- */

static unsigned workers_for(unsigned wanted)
{
	long cpus = port_processors();

	if (wanted)
		return wanted < WORKERS_MAX ? wanted : WORKERS_MAX;
	if (cpus < 3)
		return 1;
	return cpus - 1 < WORKERS_AUTO_MAX ? (unsigned)cpus - 1 : WORKERS_AUTO_MAX;
}

/* Shares of the far nodes, each sealed by another thread when there is much. Who wants one worker wants none of these. */
static unsigned shares_for(unsigned wanted)
{
	long cpus = port_processors();

	if (wanted)
		return wanted;
	return cpus > 1 ? (unsigned)cpus : 0;
}

static int start_worker(struct core *c, unsigned number)
{
	struct worker *w = &c->workers[number];
	int err;

	w->core = c;
	w->number = number;
	err = poller_new(&w->poller);
	if (!err)
		err = thread_start(&w->thread, worker_run, w);
	w->running = !err;
	return err;
}

/* The empty table: no place of our own yet, and no peers. */
static int start_route(struct core *c)
{
	c->generation = 1; /* 0 means "not known" in a remote's hop */
	return route_new(&c->route, NULL, 0, NULL, 0);
}

/* In the order in which core_stop and core_free undo it; all of that is harmless on what was never made. */
static int start(struct core *c, unsigned workers)
{
	int err = links_init(&c->links);

	if (!err)
		err = table_init(&c->remotes);
	if (!err)
		err = start_route(c);
	if (!err)
		err = ring_new(&c->ring, &RING_LIMITS);
	if (!err)
		err = tls_context_new(&c->tls, &c->identity);
	if (!err)
		err = sender_start(&c->sender, c, shares_for(workers));
	c->nworkers = workers_for(workers);
	for (unsigned i = 0; i < c->nworkers && !err; i++)
		err = start_worker(c, i);
	return err;
}

/* Locks first: core_free destroys them without asking whether they are there. */
static int init_locks(struct core *c)
{
	int err = gate_init(&c->gate);

	if (err)
		return err;
	err = limiter_init(&c->refusals, REFUSALS_RATE, REFUSALS_BURST);
	if (err)
		goto gate;
	err = limiter_init(&c->dead_ends, DEAD_ENDS_RATE, DEAD_ENDS_BURST);
	if (err)
		goto refusals;
	err = tun_init(&c->tun);
	if (!err)
		return 0;
	limiter_destroy(&c->dead_ends);
refusals:
	limiter_destroy(&c->refusals);
gate:
	gate_destroy(&c->gate);
	return err;
}

int core_new(struct core **out, const struct identity *id, unsigned workers)
{
	struct core *c;
	int err = crypto_start();

	if (err)
		return err;
	c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	err = init_locks(c);
	if (err) {
		free(c);
		return err;
	}
	c->identity = *id;
	c->address = address_of(id->public);
	err = start(c, workers);
	if (err)
		core_free(c);
	else
		*out = c;
	return err;
}

static void stop_worker(struct worker *w)
{
	if (w->running) {
		poller_wake(w->poller);
		pthread_join(w->thread, NULL);
	}
	w->running = false;
}

void core_stop(struct core *c)
{
	if (c->stopped)
		return;
	c->stopped = true;
	c->stopping = true;
	for (unsigned i = 0; i < c->nworkers; i++)
		stop_worker(&c->workers[i]);
	gate_write(&c->gate);
	tun_close(c); /* while there is a poller to take it from */
	gate_leave(&c->gate);
	sender_stop(&c->sender);
	links_destroy(&c->links); /* alone from here on */
	for (unsigned i = 0; i < c->nworkers; i++) {
		poller_free(c->workers[i].poller);
		c->workers[i].poller = NULL;
	}
	table_destroy(&c->remotes);
	tls_context_free(c->tls);
	c->tls = NULL;
	secret_wipe(&c->identity, sizeof c->identity);
}

void core_free(struct core *c)
{
	if (!c)
		return;
	core_stop(c);
	ring_free(c->ring);
	route_free(c->route);
	tun_destroy(&c->tun);
	limiter_destroy(&c->dead_ends);
	limiter_destroy(&c->refusals);
	gate_destroy(&c->gate);
	free(c);
}

/* --- events ----------------------------------------------------------------------------------------------------- */

int core_fileno(const struct core *c)
{
	return ring_fileno(c->ring);
}

int core_recv(struct core_event *out, struct core *c)
{
	bool relieved = false;
	int err = ring_take(out, &relieved, c->ring);

	for (unsigned i = 0; relieved && !c->stopped && i < c->nworkers; i++)
		worker_retry(&c->workers[i]);
	if (!err && out->kind == CORE_FRAME)
		core_frame_taken(c, out->link);
	return err;
}

/* --- counters --------------------------------------------------------------------------------------------------- */

int core_counters(struct core_counter out[static CORE_COUNTERS_MAX], size_t *n, struct core *c)
{
	static const char *const names[] = {
#define COUNTER_NAME(name) #name,
		COUNTERS(COUNTER_NAME)
#undef COUNTER_NAME
	};

	for (*n = 0; *n < COUNTERS_TOTAL; ++*n)
		out[*n] = (struct core_counter){names[*n], atomic_load(&c->counters.value[*n])};
	out[(*n)++] = (struct core_counter){"dropped_set_aside", ring_refused(c->ring)};
	return 0;
}
