/* SPDX-License-Identifier: MIT
 * Bytes that come in at the end and go out at the front. Not locked. All-zero is a valid empty buffer. */
#ifndef EVERLEAF_BUFFER_H
#define EVERLEAF_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "port.h"

struct buffer {
	uint8_t *bytes;
	size_t size;
	size_t start, end; /* what is in it */
};

static inline size_t buffer_len(const struct buffer *b)
{
	return b->end - b->start;
}

static inline uint8_t *buffer_head(const struct buffer *b)
{
	return b->bytes + b->start;
}

static inline size_t buffer_room(const struct buffer *b)
{
	return b->size - b->end;
}

void buffer_free(struct buffer *b);

/* At least `room` bytes at the end, by moving the content to the front or into an allocation of at least `size` bytes.
 * -ENOMEM; the content is as before. */
MUST_CHECK int buffer_reserve(struct buffer *b, size_t room, size_t size);
MUST_CHECK int buffer_append(struct buffer *b, const uint8_t *data, size_t len);

/* Take `n` bytes from the front; when empty, what is larger than `keep` is given back. */
void buffer_consume(struct buffer *b, size_t n, size_t keep);

#endif
