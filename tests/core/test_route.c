/* SPDX-License-Identifier: MIT
 * route: the order of choice, the watermark's rule, and the limits. The Python twin judges the rest. */
#include "route.h"

#include "check.h"
#include "core.h"

#define PATH(...) ((const uint64_t[]){__VA_ARGS__}), ARRAY_LEN(((const uint64_t[]){__VA_ARGS__}))
#define HOP(l, c, a, ...) {.coords = (const uint64_t[]){__VA_ARGS__}, .ncoords = ARRAY_LEN(((const uint64_t[]){__VA_ARGS__})), \
			   .link = (l), .cost = (c), .age = (a)}

/* The link chosen at the root among `hops`, or 0. */
static uint64_t choose(const struct core_hop *hops, size_t n, const uint64_t *path, size_t npath)
{
	uint64_t link = 0, watermark = UINT64_MAX;
	struct route *r;

	CHECK(route_new(&r, NULL, 0, hops, n) == 0);
	if (!route_next_hop(&link, &watermark, r, path, npath))
		CHECK(link == 0);
	CHECK(watermark == npath);
	route_free(r);
	return link;
}

static void test_order_of_choice(void)
{
	const struct core_hop by_way[] = {HOP(1, 10, 0, 1), HOP(2, 19, 1, 1, 5)};     /* 10 * 2 against 19 * 1 */
	const struct core_hop by_distance[] = {HOP(1, 10, 0, 1), HOP(2, 20, 1, 1, 5)}; /* equal; the nearer */
	const struct core_hop by_cost[] = {HOP(1, 9, 0, 1, 5, 6), HOP(2, 8, 1, 1, 5, 6)};
	const struct core_hop by_age[] = {HOP(1, 9, 4, 1), HOP(2, 9, 3, 1)};
	const struct core_hop there[] = {HOP(1, 1, 0, 1, 5), HOP(2, UINT32_MAX, 1, 1, 5, 6)};

	CHECK(choose(by_way, 2, PATH(1, 5, 6)) == 2);
	CHECK(choose(by_distance, 2, PATH(1, 5, 6)) == 2);
	CHECK(choose(by_cost, 2, PATH(1, 5, 6)) == 2);
	CHECK(choose(by_age, 2, PATH(1, 5, 6)) == 2);
	CHECK(choose(there, 2, PATH(1, 5, 6)) == 2);
}

static void test_only_nearer_hops_count(void)
{
	const struct core_hop hops[] = {HOP(1, 1, 0, 2), HOP(2, 1, 0, 2, 3)};

	CHECK(choose(hops, 2, PATH(1, 5)) == 0);
	CHECK(choose(NULL, 0, PATH(1, 5)) == 0);
}

static void test_watermark_must_shrink(void)
{
	const struct core_hop hops[] = {HOP(7, 1, 0, 1)};
	uint64_t link = 0, watermark = 2;
	struct route *r;

	CHECK(route_new(&r, NULL, 0, hops, 1) == 0);
	CHECK(!route_next_hop(&link, &watermark, r, PATH(1, 5)) && watermark == 2 && link == 0);
	watermark = 3;
	CHECK(route_next_hop(&link, &watermark, r, PATH(1, 5)) && watermark == 2 && link == 7);
	route_free(r);
}

static void test_snapshot_is_a_copy(void)
{
	uint64_t coords[] = {1, 300}, place[] = {1, 300, 4};
	struct core_hop hop = {.coords = place, .ncoords = 3, .link = 9, .cost = 1};
	uint64_t link = 0, watermark = UINT64_MAX;
	struct route *r;

	CHECK(route_new(&r, coords, 2, &hop, 1) == 0);
	memset(coords, 0, sizeof coords);
	memset(place, 0, sizeof place);
	memset(&hop, 0, sizeof hop);
	CHECK(r->from_len == 4 && memcmp(r->from, "\x01\xac\x02", 4) == 0);
	CHECK(route_next_hop(&link, &watermark, r, PATH(1, 300, 4, 2)) && link == 9 && watermark == 2);
	route_free(r);
}

static void test_limits(void)
{
	static uint64_t deep[ROUTE_COORDS_MAX + 1];
	struct core_hop hop = {.coords = deep, .ncoords = ROUTE_COORDS_MAX, .link = 1, .cost = UINT32_MAX};
	struct route *r;

	CHECK(route_new(&r, deep, ROUTE_COORDS_MAX, &hop, 1) == 0);
	route_free(r);
	CHECK(route_new(&r, deep, ROUTE_COORDS_MAX + 1, NULL, 0) == -E2BIG);
	hop.ncoords++;
	CHECK(route_new(&r, deep, 0, &hop, 1) == -E2BIG);
	CHECK(route_new(&r, deep, 0, &hop, ROUTE_HOPS_MAX + 1) == -E2BIG);
}

int main(void)
{
	test_order_of_choice();
	test_only_nearer_hops_count();
	test_watermark_must_shrink();
	test_snapshot_is_a_copy();
	test_limits();
	return 0;
}
