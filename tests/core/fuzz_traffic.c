/* SPDX-License-Identifier: MIT
 * Transit: 8 bytes of new watermark, then a frame as it came. What parses can be lowered in place and parses again,
 * the same but for the watermark; what is built anew from its parts is canonical and parses too. */
#include "frame.h"

#include "fuzz.h"

static void claim_same(const struct traffic *a, const uint8_t *x, size_t xlen, const struct traffic *b,
		       const uint8_t *y, size_t ylen)
{
	CLAIM(a->nports == b->nports && memcmp(a->ports, b->ports, a->nports * sizeof a->ports[0]) == 0);
	CLAIM(memcmp(x + a->source, y + b->source, 2 * KEY_BYTES) == 0);
	CLAIM(xlen - a->payload == ylen - b->payload);
	CLAIM(memcmp(x + a->payload, y + b->payload, xlen - a->payload) == 0);
}

static void claim_lowered(const struct traffic *t, const uint8_t *frame, size_t len, uint64_t watermark)
{
	uint8_t *copy = malloc(len), *lowered;
	struct traffic again;
	size_t left;

	CLAIM(copy);
	memcpy(copy, frame, len);
	lowered = traffic_lower(copy, t, watermark);
	CLAIM(lowered >= copy);
	left = len - (size_t)(lowered - copy);
	CLAIM(traffic_parse(&again, lowered, left) == 0);
	CLAIM(again.watermark == (watermark < t->watermark ? watermark : t->watermark));
	CLAIM(again.mark == t->mark && memcmp(lowered, frame, t->mark) == 0);
	claim_same(t, frame, len, &again, lowered, left);
	free(copy);
}

static void claim_rebuilt(const struct traffic *t, const uint8_t *frame, size_t len)
{
	static uint8_t path[PATH_BYTES_MAX];
	size_t path_len = path_put(path, t->ports, t->nports), payload = len - t->payload, size;
	struct traffic_head h = {.path = path,
				 .path_len = path_len,
				 .from = frame + t->from,
				 .from_len = t->source - t->from,
				 .source = frame + t->source,
				 .dest = frame + t->dest,
				 .watermark = t->watermark};
	uint8_t *copy, *built;
	struct traffic again;

	size = traffic_head_size(&h);
	CLAIM(path_len == path_size(t->ports, t->nports) && size <= TRAFFIC_HEAD_MAX);
	copy = malloc(size + payload);
	CLAIM(copy);
	memcpy(copy + size, frame + t->payload, payload);
	built = traffic_put_head(copy + size, &h);
	CLAIM(built == copy);
	CLAIM(traffic_parse(&again, built, size + payload) == 0);
	CLAIM(again.watermark == t->watermark);
	claim_same(t, frame, len, &again, built, size + payload);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct traffic t;

	if (len < 8 || traffic_parse(&t, data + 8, len - 8))
		return 0;
	CLAIM(t.nports <= PATH_PORTS_MAX && t.payload <= len - 8);
	CLAIM(1 < t.from && t.from < t.source && t.dest == t.source + KEY_BYTES && t.mark == t.dest + KEY_BYTES);
	claim_lowered(&t, data + 8, len - 8, load_be64(data));
	claim_rebuilt(&t, data + 8, len - 8);
	return 0;
}
