/* SPDX-License-Identifier: MIT
 * frame: edges of every field, and every truncation on a heap block of exactly that size. */
#include "frame.h"

#include "check.h"

static void test_uvarint_edges(void)
{
	static const uint8_t eleven[11] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0};
	static const uint8_t over[10] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2};
	static const uint8_t padded[3] = {0x81, 0x80, 0};
	uint8_t out[UVARINT_MAX];
	uint64_t v = 0;

	for (int bits = 0; bits <= 64; bits++) {
		uint64_t value = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
		size_t n = uvarint_put(out, value);

		CHECK(n == uvarint_size(value));
		CHECK(uvarint_get(&v, out, n) == (int)n && v == value);
		for (size_t cut = 0; cut < n; cut++)
			CHECK(uvarint_get(&v, out, cut) == -EAGAIN);
	}
	CHECK(uvarint_get(&v, padded, sizeof padded) == 3 && v == 1);
	CHECK(uvarint_get(&v, eleven, sizeof eleven) == -EBADMSG);
	CHECK(uvarint_get(&v, over, sizeof over) == -EBADMSG);
}

static void test_path_limit(void)
{
	uint64_t ports[PATH_PORTS_MAX + 1], back[PATH_PORTS_MAX];
	uint8_t bytes[PATH_BYTES_MAX + UVARINT_MAX];
	size_t len, n;

	for (size_t i = 0; i <= PATH_PORTS_MAX; i++)
		ports[i] = UINT64_MAX - i;
	len = path_put(bytes, ports, PATH_PORTS_MAX);
	CHECK(len == path_size(ports, PATH_PORTS_MAX));
	CHECK(path_get(back, &n, bytes, len) == (int)len && n == PATH_PORTS_MAX);
	CHECK(memcmp(ports, back, sizeof back) == 0);
	CHECK(path_get(NULL, &n, bytes, len) == (int)len && n == PATH_PORTS_MAX);
	memset(bytes + len - 1, 0x80, UVARINT_MAX - 1); /* the end, as long as it can be */
	bytes[len + UVARINT_MAX - 2] = 0;
	CHECK(path_get(back, &n, bytes, sizeof bytes) == PATH_BYTES_MAX && n == PATH_PORTS_MAX);
	len = path_put(bytes, ports, PATH_PORTS_MAX + 1);
	CHECK(path_get(back, &n, bytes, len) == -E2BIG);
	CHECK(path_get(back, &n, bytes, 0) == -EBADMSG);
	len = path_put(bytes, NULL, 0);
	CHECK(len == 1 && path_get(back, &n, bytes, 1) == 1 && n == 0);
}

static void test_split_lengths(void)
{
	static uint8_t stream[FRAME_PREFIX_MAX + FRAME_MAX];
	static const size_t lens[] = {1, 127, 128, 16383, 16384, FRAME_MAX};
	struct frame f;

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		uint8_t *start = frame_put_prefix(stream + FRAME_PREFIX_MAX, lens[i]);
		size_t head = (size_t)(stream + FRAME_PREFIX_MAX - start);

		CHECK(frame_split(&f, start, head + lens[i]) == 0);
		CHECK(f.offset == head && f.len == lens[i]);
		CHECK(frame_split(&f, start, head + lens[i] - 1) == -EAGAIN);
		CHECK(f.offset + f.len == head + lens[i]);
		CHECK(frame_split(&f, start, head - 1) == -EAGAIN);
		CHECK(f.offset + f.len == 0);
	}
	CHECK(frame_split(&f, (const uint8_t[]){0}, 1) == -EBADMSG);
	CHECK(frame_split(&f, (const uint8_t[]){0x80, 0}, 2) == -EBADMSG);
	CHECK(frame_split(&f, (const uint8_t[]){0xff, 0xff, 0x07}, 3) == -EBADMSG); /* 131071 */
	CHECK(frame_split(&f, (const uint8_t[]){0x81, 0, 1}, 3) == 0 && f.offset == 2 && f.len == 1);
}

static void test_greeting_limits(void)
{
	uint8_t meta[GREETING_MAX + 1] = "meta";
	struct frame f;

	meta[5] = 117;
	for (size_t len = 1; len < 123; len++)
		CHECK(greeting_split(&f, meta, len) == -EAGAIN && f.len == (len < 6 ? 0 : 123));
	CHECK(greeting_split(&f, meta, sizeof meta) == 0 && f.offset == 0 && f.len == 123);
	meta[5] = SIGNATURE_BYTES - 1;
	CHECK(greeting_split(&f, meta, sizeof meta) == -EBADMSG);
	meta[4] = (GREETING_MAX - 6) >> 8;
	meta[5] = (GREETING_MAX - 6) & 0xff;
	CHECK(greeting_split(&f, meta, GREETING_MAX) == 0 && f.len == GREETING_MAX);
	meta[5]++;
	CHECK(greeting_split(&f, meta, sizeof meta) == -EBADMSG);
	CHECK(greeting_split(&f, (const uint8_t *)"mex", 3) == -EBADMSG); /* at the first wrong byte */
}

/* One traffic frame at the end of `space`; returns its start. */
static uint8_t *make_traffic(uint8_t *space, size_t size, size_t payload, uint64_t watermark)
{
	static const uint8_t path[] = {2, 0xac, 2, 0}, from[] = {1, 0};
	uint8_t source[KEY_BYTES], dest[KEY_BYTES];
	struct traffic_head h = {.path = path,
				 .from = from,
				 .path_len = sizeof path,
				 .from_len = sizeof from,
				 .source = source,
				 .dest = dest,
				 .watermark = watermark};

	memset(source, 0xaa, sizeof source);
	memset(dest, 0xbb, sizeof dest);
	memset(space + size - payload, 0xcc, payload);
	return traffic_put_head(space + size - payload, &h);
}

static void test_traffic_round_trip(void)
{
	uint8_t space[300];
	uint8_t *frame = make_traffic(space, sizeof space, 100, 300);
	size_t len = (size_t)(space + sizeof space - frame);
	struct traffic t;

	CHECK(traffic_parse(&t, frame, len) == 0);
	CHECK(t.nports == 2 && t.ports[0] == 2 && t.ports[1] == 300);
	CHECK(frame[t.from] == 1 && frame[t.source] == 0xaa && frame[t.dest] == 0xbb);
	CHECK(t.watermark == 300 && len - t.payload == 100 && frame[t.payload] == 0xcc);
	frame[0] = FRAME_PATH_NOTIFY;
	CHECK(traffic_parse(&t, frame, len) == -EBADMSG);
}

static void test_traffic_truncated_anywhere(void)
{
	uint8_t space[300];
	uint8_t *frame = make_traffic(space, sizeof space, 0, UINT64_MAX);
	size_t len = (size_t)(space + sizeof space - frame);
	struct traffic t;

	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *part = check_copy(frame, cut);

		CHECK(traffic_parse(&t, part, cut) == -EBADMSG);
		free(part);
	}
	CHECK(traffic_parse(&t, frame, len) == 0 && t.payload == len);
}

static void test_lowering_keeps_everything_else(void)
{
	static const uint64_t marks[] = {UINT64_MAX, 1 << 20, 129, 128, 127, 1, 0};
	struct traffic before, after;

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		for (size_t j = i; j < ARRAY_LEN(marks); j++) {
			uint8_t space[300], original[300];
			uint8_t *frame = make_traffic(space, sizeof space, 100, marks[i]), *lowered;
			size_t len = (size_t)(space + sizeof space - frame);

			memcpy(original, frame, len);
			CHECK(traffic_parse(&before, frame, len) == 0);
			lowered = traffic_lower(frame, &before, marks[j]);
			CHECK(lowered >= frame);
			len -= (size_t)(lowered - frame);
			CHECK(traffic_parse(&after, lowered, len) == 0);
			CHECK(after.watermark == marks[j] && after.mark == before.mark);
			CHECK(memcmp(lowered, original, after.mark) == 0);
			CHECK(memcmp(lowered + after.payload, original + before.payload, 100) == 0);
		}
	}
}

static void test_lowering_never_raises(void)
{
	uint8_t space[300];
	uint8_t *frame = make_traffic(space, sizeof space, 0, 5);
	struct traffic t;

	CHECK(traffic_parse(&t, frame, (size_t)(space + sizeof space - frame)) == 0);
	CHECK(traffic_lower(frame, &t, UINT64_MAX) == frame);
	CHECK(frame[t.mark] == 5);
}

static void test_sealed_head(void)
{
	uint8_t space[SEALED_HEAD_MAX + SEALED_BOX_MIN] = {0};
	uint8_t *payload = sealed_put_head(space + SEALED_HEAD_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX);
	struct sealed s;

	CHECK(payload == space);
	CHECK(sealed_parse(&s, payload, sizeof space) == 0 && s.box == SEALED_HEAD_MAX);
	CHECK(s.local_seq == UINT64_MAX && s.remote_seq == UINT64_MAX && s.nonce == UINT64_MAX);
	CHECK(sealed_parse(&s, payload, sizeof space - 1) == -EBADMSG);
	payload = sealed_put_head(space + SEALED_HEAD_MAX, 1, 2, 300);
	CHECK(sealed_parse(&s, payload, (size_t)(space + sizeof space - payload)) == 0);
	CHECK(s.local_seq == 1 && s.remote_seq == 2 && s.nonce == 300 && s.box == 5);
	for (size_t cut = 0; cut < 5 + SEALED_BOX_MIN; cut++) {
		uint8_t *part = check_copy(payload, cut);

		CHECK(sealed_parse(&s, part, cut) == -EBADMSG);
		free(part);
	}
}

int main(void)
{
	test_uvarint_edges();
	test_path_limit();
	test_split_lengths();
	test_greeting_limits();
	test_traffic_round_trip();
	test_traffic_truncated_anywhere();
	test_lowering_keeps_everything_else();
	test_lowering_never_raises();
	test_sealed_head();
	return 0;
}
