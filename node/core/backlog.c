/* SPDX-License-Identifier: MIT
 * backlog.h. */
#include "backlog.h"

#include <string.h>

int backlog_init(struct backlog *b)
{
	b->first = b->waiting = 0;
	return -pthread_mutex_init(&b->mutex, NULL);
}

void backlog_destroy(struct backlog *b)
{
	struct unsealed m;

	while (backlog_take(&m, b))
		packet_free(m.packet);
	pthread_mutex_destroy(&b->mutex);
}

bool backlog_put(struct backlog *b, const uint8_t key[static KEY_BYTES], struct packet *p)
{
	bool waits = false;

	pthread_mutex_lock(&b->mutex);
	if (b->waiting < BACKLOG_MAX) {
		struct unsealed *m = &b->kept[(b->first + b->waiting++) % BACKLOG_MAX];

		memcpy(m->key, key, KEY_BYTES);
		m->packet = p;
		m->message = true;
		waits = true;
	}
	pthread_mutex_unlock(&b->mutex);
	return waits;
}

bool backlog_take(struct unsealed *out, struct backlog *b)
{
	bool taken = false;

	pthread_mutex_lock(&b->mutex);
	if (b->waiting) {
		*out = b->kept[b->first];
		b->first = (b->first + 1) % BACKLOG_MAX;
		b->waiting--;
		taken = true;
	}
	pthread_mutex_unlock(&b->mutex);
	return taken;
}
