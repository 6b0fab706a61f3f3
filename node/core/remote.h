/* SPDX-License-Identifier: MIT
 * What the packet path knows about one far node: where it is, and the keys of our session with it.
 *
 * Threads: fields change under the write side of the core's gate, except where another rule stands beside them. */
#ifndef EVERLEAF_REMOTE_H
#define EVERLEAF_REMOTE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "core.h"
#include "crypto.h"
#include "port.h"
#include "replay.h"

#define REMOTE_ROWS_MAX 16

enum remote_index { REMOTE_BY_KEY, REMOTE_BY_NODE, REMOTE_BY_SUBNET, REMOTE_INDEXES };

struct remote_row { /* secret; one key pair that opens traffic */
	uint64_t remote_seq, local_seq;
	struct shared_key key;
	bool report;          /* under the remote's mutex */
	struct replay window; /* likewise */
};

struct remote_keys { /* secret; how we seal */
	uint64_t local_seq, remote_seq;
	struct shared_key send;
	uint8_t next_public[KEY_BYTES];
};

struct remote_hop { /* next hop, as long as the route and the path stay */
	uint64_t generation; /* of the route; 0: not known */
	uint64_t link;       /* 0: there is none */
	uint64_t watermark;
};

struct remote {
	uint8_t key[KEY_BYTES];
	struct address address;
	struct remote *next[REMOTE_INDEXES]; /* the table's */

	uint64_t *ports; /* NULL: no path */
	size_t nports;
	uint8_t *path; /* the same, encoded */
	size_t path_len;

	struct remote_row *rows; /* NULL: no keys */
	size_t nrows;
	struct remote_keys keys;

	uint64_t nonce;        /* last one used; of whoever seals for it: seal.h */
	struct remote_hop hop; /* likewise */

	pthread_mutex_t mutex;
	double refused_at; /* under the mutex */

	_Atomic uint64_t received, sent; /* bytes of messages since the last core_activity */
};

/* NULL when out of memory. */
struct remote *remote_new(const uint8_t key[static KEY_BYTES]);
void remote_free(struct remote *r); /* wipes */

MUST_CHECK int remote_set_path(struct remote *r, const uint64_t *ports, size_t n);
void remote_drop_path(struct remote *r);

/* Replay windows of rows that stay survive; the old keys are wiped. On an error nothing changed. */
MUST_CHECK int remote_install(struct remote *r, const struct remote_keys *keys, bool keep_nonce,
			      const struct core_receive *receive, size_t n);
void remote_drop_keys(struct remote *r);

static inline bool remote_has_path(const struct remote *r)
{
	return r->ports != NULL;
}

static inline bool remote_has_keys(const struct remote *r)
{
	return r->rows != NULL;
}

/* The row for a packet's header, or NULL. */
struct remote_row *remote_row(const struct remote *r, uint64_t remote_seq, uint64_t local_seq);

#endif
