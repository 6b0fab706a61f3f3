/* SPDX-License-Identifier: MIT
 * One allocation that moves its content to the front only when the end is reached. */
#include "buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void buffer_free(struct buffer *b)
{
	free(b->bytes);
	*b = (struct buffer){0};
}

static void to_front(struct buffer *b)
{
	size_t len = buffer_len(b);

	if (b->start && len)
		memmove(b->bytes, buffer_head(b), len);
	b->start = 0;
	b->end = len;
}

int buffer_reserve(struct buffer *b, size_t room, size_t size)
{
	size_t len = buffer_len(b);
	uint8_t *bytes;

	if (b->bytes && len + room <= b->size && size <= b->size) {
		if (buffer_room(b) < room)
			to_front(b);
		return 0;
	}
	if (size < len + room)
		size = len + room;
	bytes = malloc(size);
	if (!bytes)
		return -ENOMEM;
	if (len)
		memcpy(bytes, buffer_head(b), len);
	free(b->bytes);
	*b = (struct buffer){.bytes = bytes, .size = size, .end = len};
	return 0;
}

int buffer_append(struct buffer *b, const uint8_t *data, size_t len)
{
	int err = 0;

	if (buffer_room(b) < len)
		err = buffer_reserve(b, len, 2 * buffer_len(b));
	if (err || !len)
		return err;
	memcpy(b->bytes + b->end, data, len);
	b->end += len;
	return 0;
}

void buffer_consume(struct buffer *b, size_t n, size_t keep)
{
	b->start += n;
	if (b->start < b->end)
		return;
	b->start = b->end = 0;
	if (b->size > keep)
		buffer_free(b);
}
