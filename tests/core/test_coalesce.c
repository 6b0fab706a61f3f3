/* SPDX-License-Identifier: MIT
 * coalesce: segments and datagrams become the super-packet they are cut from, in place and in parts. The properties are
 * tested from Python, in tests/unit/core. */
#include "coalesce.h"

#include "offload.h"

/* The segments without what no segment that is joined has: CWR and FIN. */
static const char *const SEGMENTS[] = {
	"6000000000230640" HEAD "fffffffe00000007801001f43a0a0000" STAMPS "616263",
	"6000000000230640" HEAD "0000000100000007801001f434050000" STAMPS "646566",
	"6000000000220640" HEAD "0000000400000007801801f496f80000" STAMPS "6768",
};
static const char *const SUPER =
	"6000000000280640" HEAD "fffffffe00000007801801f46ac70000" STAMPS "6162636465666768";

struct written {
	size_t calls, packets, len;
	struct vnet v;
	uint8_t bytes[200];
};

static void note(void *to, const struct vnet *v, const struct iovec *part, size_t parts, size_t packets)
{
	struct written *w = to;

	w->calls++;
	w->packets += packets;
	w->v = *v;
	w->len = 0;
	for (size_t i = 0; i < parts; i++) {
		CHECK(w->len + part[i].iov_len <= sizeof w->bytes);
		memcpy(w->bytes + w->len, part[i].iov_base, part[i].iov_len);
		w->len += part[i].iov_len;
	}
}

/* The last one is short and ends it. */
static void check_joined(const char *const parts[], size_t n, const char *super, const struct vnet *v)
{
	struct coalesce c = {0};
	struct written w = {0};
	uint8_t *packet[ARRAY_LEN(SEGMENTS)];

	for (size_t i = 0; i < n; i++) {
		size_t len;

		packet[i] = from_hex(&len, parts[i]);
		CHECK(w.calls == 0 && c.waiting == (i ? 1 : 0));
		coalesce_put(&c, note, &w, packet[i], len);
	}
	CHECK(w.calls == 1 && w.packets == n && c.waiting == 0);
	CHECK(memcmp(&w.v, v, sizeof w.v) == 0);
	check_hex(w.bytes, w.len, super);
	for (size_t i = 0; i < n; i++)
		free(packet[i]);
}

static void test_parts_become_the_superpacket(void)
{
	check_joined(SEGMENTS, ARRAY_LEN(SEGMENTS), SUPER, &TCP_VNET);
	check_joined(UDP_SEGMENTS, ARRAY_LEN(UDP_SEGMENTS), UDP_SUPER, &UDP_VNET);
}

static void test_datagrams_stay_apart_where_the_kernel_wants_it(void)
{
	struct coalesce c = {.apart = true};
	struct written w = {0};

	for (size_t i = 0; i < ARRAY_LEN(UDP_SEGMENTS); i++) {
		size_t len;
		uint8_t *packet = from_hex(&len, UDP_SEGMENTS[i]);

		coalesce_put(&c, note, &w, packet, len);
		CHECK(w.calls == i + 1 && w.v.type == VNET_SINGLE && c.waiting == 0);
		check_hex(w.bytes, w.len, UDP_SEGMENTS[i]);
		free(packet);
	}
}

/* Nothing is said about it, and not one byte differs. */
static void test_lonely_segment_is_written_as_it_was(void)
{
	static const struct vnet nothing;
	struct coalesce c = {0};
	struct written w = {0};
	size_t len;
	uint8_t *packet = from_hex(&len, SEGMENTS[0]);

	coalesce_put(&c, note, &w, packet, len);
	CHECK(w.calls == 0);
	coalesce_flush(&c, note, &w);
	CHECK(w.calls == 1 && w.packets == 1 && memcmp(&w.v, &nothing, sizeof w.v) == 0);
	check_hex(w.bytes, w.len, SEGMENTS[0]);
	coalesce_flush(&c, note, &w);
	CHECK(w.calls == 1);
	free(packet);
}

static void check_truncated(const char *hex)
{
	size_t whole, len;
	uint8_t *packet = from_hex(&whole, hex), *first = from_hex(&len, hex);

	for (len = 40; len < whole; len++) {
		struct coalesce c = {0};
		struct written w = {0};
		uint8_t *cut_off = check_copy(packet, len);

		coalesce_put(&c, note, &w, first, whole);
		coalesce_put(&c, note, &w, cut_off, len);
		CHECK(w.calls == 2 && w.len == len && memcmp(w.bytes, cut_off, len) == 0);
		free(cut_off);
	}
	free(first);
	free(packet);
}

static void test_truncated_parts_are_written_as_they_were(void)
{
	check_truncated(SEGMENTS[0]);
	check_truncated(UDP_SEGMENTS[0]);
}

int main(void)
{
	test_parts_become_the_superpacket();
	test_datagrams_stay_apart_where_the_kernel_wants_it();
	test_lonely_segment_is_written_as_it_was();
	test_truncated_parts_are_written_as_they_were();
	return 0;
}
