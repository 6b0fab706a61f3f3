/* SPDX-License-Identifier: MIT
 * A stream of frames: splitting makes progress, stays inside, knows what it lacks, and survives a new prefix. */
#include "frame.h"

#include "fuzz.h"

static void claim_same_with_own_prefix(const uint8_t *frame, size_t len)
{
	uint8_t *copy = malloc(FRAME_PREFIX_MAX + len), *start;
	struct frame f;

	CLAIM(copy);
	memcpy(copy + FRAME_PREFIX_MAX, frame, len);
	start = frame_put_prefix(copy + FRAME_PREFIX_MAX, len);
	CLAIM(start >= copy);
	CLAIM(frame_split(&f, start, (size_t)(copy + FRAME_PREFIX_MAX - start) + len) == 0);
	CLAIM(start + f.offset == copy + FRAME_PREFIX_MAX && f.len == len);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t at = 0;
	struct frame f;
	int err;

	while (!(err = frame_split(&f, data + at, len - at))) {
		CLAIM(f.offset >= 1 && f.offset <= UVARINT_MAX && f.len >= 1 && f.len <= FRAME_MAX);
		CLAIM(f.offset + f.len <= len - at);
		claim_same_with_own_prefix(data + at + f.offset, f.len);
		at += f.offset + f.len;
	}
	CLAIM(err == -EBADMSG || err == -EAGAIN);
	CLAIM(err == -EBADMSG || f.offset + f.len == 0 || f.offset + f.len > len - at);
	return 0;
}
