/* SPDX-License-Identifier: MIT
 * A max-heap of nodes that know their place, so that any of them can change or leave in O(log n). Not locked. */
#ifndef EVERLEAF_HEAP_H
#define EVERLEAF_HEAP_H

#include <stddef.h>

#include "port.h"

struct heap_node { /* inside whatever is being ordered */
	size_t weight;
	size_t at;
};

struct heap { /* all-zero is empty */
	struct heap_node **slots;
	size_t count, room;
};

/* 0 or -ENOMEM. */
MUST_CHECK int heap_add(struct heap *h, struct heap_node *n);
void heap_remove(struct heap *h, struct heap_node *n);
void heap_changed(struct heap *h, struct heap_node *n); /* after its weight did */
struct heap_node *heap_top(const struct heap *h);       /* NULL when empty */
void heap_clear(struct heap *h);                        /* frees the slots, not the nodes */

#endif
