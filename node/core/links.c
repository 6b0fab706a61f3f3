/* SPDX-License-Identifier: MIT
 * Slots by the low bits of the number. */
#include "links.h"

#include <errno.h>
#include <stdlib.h>

#define LINKS_START 64

int links_init(struct links *t)
{
	*t = (struct links){.size = LINKS_START};
	t->slots = calloc(t->size, sizeof(struct link *));
	return t->slots ? 0 : -ENOMEM;
}

void links_destroy(struct links *t)
{
	for (size_t i = 0; t->slots && i < t->size; i++)
		link_free(t->slots[i]);
	free(t->slots);
	*t = (struct links){0};
}

/* Numbers that differ in their low bits still do when more bits count, so nothing collides. */
static int grow(struct links *t)
{
	size_t size = t->size * 2;
	struct link **slots = calloc(size, sizeof(struct link *));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < t->size; i++)
		if (t->slots[i])
			slots[t->slots[i]->id & (size - 1)] = t->slots[i];
	free(t->slots);
	t->slots = slots;
	t->size = size;
	return 0;
}

int links_add(struct links *t, struct link *l)
{
	if (t->count >= LINKS_MAX)
		return -EMFILE;
	if (2 * (t->count + 1) > t->size && grow(t))
		return -ENOMEM;
	do {
		t->last++;
	} while (t->slots[t->last & (t->size - 1)]);
	l->id = t->last;
	t->slots[l->id & (t->size - 1)] = l;
	t->count++;
	return 0;
}

void links_remove(struct links *t, const struct link *l)
{
	t->slots[l->id & (t->size - 1)] = NULL;
	t->count--;
}
