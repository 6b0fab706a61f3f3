/* SPDX-License-Identifier: MIT
 * All links, by number. Numbers grow and are never used again; each is chosen so that its slot is free, which makes
 * finding one a single comparison.
 * Threads: find under either side of the core's gate, everything else under its write side. */
#ifndef EVERLEAF_LINKS_H
#define EVERLEAF_LINKS_H

#include <stddef.h>
#include <stdint.h>

#include "link.h"
#include "port.h"

#define LINKS_MAX 16384 /* far above what a process may open by default */

struct links {
	struct link **slots;
	size_t size; /* power of two, at least twice the count */
	size_t count;
	uint64_t last; /* highest number given */
};

MUST_CHECK int links_init(struct links *t);
void links_destroy(struct links *t); /* frees every link; a zeroed table is harmless */

/* Gives the link its number. -EMFILE when there are too many, -ENOMEM. */
MUST_CHECK int links_add(struct links *t, struct link *l);
void links_remove(struct links *t, const struct link *l);

static inline struct link *links_find(const struct links *t, uint64_t id)
{
	struct link *l = t->slots[id & (t->size - 1)];

	return l && l->id == id ? l : NULL;
}

#endif
