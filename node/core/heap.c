/* SPDX-License-Identifier: MIT
 * Indexed binary max-heap. */
#include "heap.h"

#include <stdlib.h>

static void place(struct heap *h, size_t at, struct heap_node *n)
{
	h->slots[at] = n;
	n->at = at;
}

static void rise(struct heap *h, struct heap_node *n)
{
	size_t at = n->at;

	while (at > 0 && h->slots[(at - 1) / 2]->weight < n->weight) {
		place(h, at, h->slots[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(h, at, n);
}

static void sink(struct heap *h, struct heap_node *n)
{
	size_t at = n->at, child;

	while ((child = 2 * at + 1) < h->count) {
		if (child + 1 < h->count && h->slots[child + 1]->weight > h->slots[child]->weight)
			child++;
		if (h->slots[child]->weight <= n->weight)
			break;
		place(h, at, h->slots[child]);
		at = child;
	}
	place(h, at, n);
}

int heap_add(struct heap *h, struct heap_node *n)
{
	if (h->count == h->room) {
		size_t room = h->room ? 2 * h->room : 4;
		struct heap_node **slots = realloc(h->slots, room * sizeof(struct heap_node *));

		if (!slots)
			return -ENOMEM;
		h->slots = slots;
		h->room = room;
	}
	n->at = h->count++;
	rise(h, n);
	return 0;
}

void heap_changed(struct heap *h, struct heap_node *n)
{
	rise(h, n);
	sink(h, n);
}

void heap_remove(struct heap *h, struct heap_node *n)
{
	struct heap_node *last = h->slots[--h->count];

	if (last == n)
		return;
	place(h, n->at, last);
	heap_changed(h, last);
}

struct heap_node *heap_top(const struct heap *h)
{
	return h->count ? h->slots[0] : NULL;
}

void heap_clear(struct heap *h)
{
	free(h->slots);
	*h = (struct heap){0};
}
