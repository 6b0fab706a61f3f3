/* SPDX-License-Identifier: MIT
 * One far node: its path and its keys. */
#include "remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

struct remote *remote_new(const uint8_t key[static KEY_BYTES])
{
	struct remote *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	if (pthread_mutex_init(&r->mutex, NULL)) {
		free(r);
		return NULL;
	}
	memcpy(r->key, key, KEY_BYTES);
	r->address = address_of(key);
	r->refused_at = -1e9;
	return r;
}

void remote_free(struct remote *r)
{
	if (!r)
		return;
	remote_drop_path(r);
	remote_drop_keys(r);
	pthread_mutex_destroy(&r->mutex);
	free(r);
}

int remote_set_path(struct remote *r, const uint64_t *ports, size_t n)
{
	size_t size = path_size(ports, n);
	uint64_t *copy;
	uint8_t *path;

	if (n > PATH_PORTS_MAX)
		return -E2BIG;
	copy = malloc((n + 1) * sizeof *copy); /* never empty: NULL means no path */
	path = malloc(size);
	if (!copy || !path) {
		free(copy);
		free(path);
		return -ENOMEM;
	}
	if (n)
		memcpy(copy, ports, n * sizeof *copy);
	path_put(path, ports, n);
	remote_drop_path(r);
	r->ports = copy;
	r->nports = n;
	r->path = path;
	r->path_len = size;
	return 0;
}

void remote_drop_path(struct remote *r)
{
	free(r->ports);
	free(r->path);
	r->ports = NULL;
	r->path = NULL;
	r->nports = r->path_len = 0;
	r->hop.generation = 0;
}

static void wipe_rows(struct remote *r)
{
	if (r->rows)
		secret_wipe(r->rows, r->nrows * sizeof *r->rows);
	free(r->rows);
	r->rows = NULL;
	r->nrows = 0;
}

static bool same_pair(const struct remote_row *row, const struct core_receive *pair)
{
	return row->remote_seq == pair->remote_seq && row->local_seq == pair->local_seq &&
	       memcmp(&row->key, pair->key, sizeof row->key) == 0;
}

/* One new row; its window is the old one's if the pair was there before. */
static void fill_row(struct remote_row *row, const struct remote *r, const struct core_receive *pair)
{
	row->remote_seq = pair->remote_seq;
	row->local_seq = pair->local_seq;
	row->key = *pair->key;
	row->report = pair->report;
	for (size_t i = 0; i < r->nrows; i++)
		if (same_pair(&r->rows[i], pair))
			row->window = r->rows[i].window;
}

int remote_install(struct remote *r, const struct remote_keys *keys, bool keep_nonce,
		   const struct core_receive *receive, size_t n)
{
	struct remote_row *rows;

	if (n > REMOTE_ROWS_MAX)
		return -E2BIG;
	rows = calloc(n + 1, sizeof *rows); /* never empty: NULL means no keys */
	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		fill_row(&rows[i], r, &receive[i]);
	wipe_rows(r);
	r->rows = rows;
	r->nrows = n;
	r->keys = *keys;
	if (!keep_nonce)
		r->nonce = 0;
	return 0;
}

void remote_drop_keys(struct remote *r)
{
	wipe_rows(r);
	secret_wipe(&r->keys, sizeof r->keys);
	r->nonce = 0;
}

struct remote_row *remote_row(const struct remote *r, uint64_t remote_seq, uint64_t local_seq)
{
	for (size_t i = 0; i < r->nrows; i++)
		if (r->rows[i].remote_seq == remote_seq && r->rows[i].local_seq == local_seq)
			return &r->rows[i];
	return NULL;
}
