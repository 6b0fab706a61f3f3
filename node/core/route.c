/* SPDX-License-Identifier: MIT
 * The forwarding table: next hop by tree distance. Immutable after route_new. */
#include "route.h"

#include <stdlib.h>

#include "core.h"
#include "frame.h"

/* Paths and places are bounded, so cost * distance fits. */
LAYOUT_FACT(sizeof(((struct core_hop *)0)->cost) == 4);
LAYOUT_FACT(PATH_PORTS_MAX <= UINT16_MAX && ROUTE_COORDS_MAX <= UINT16_MAX);
/* Table, hops and ports share one allocation, in this order. */
LAYOUT_FACT(sizeof(struct route) % _Alignof(struct core_hop) == 0);
LAYOUT_FACT(sizeof(struct core_hop) % _Alignof(uint64_t) == 0);

/* Bytes of a table after struct route, or 0 when it is too large. */
static size_t table_size(size_t ncoords, const uint64_t *coords, const struct core_hop *hops, size_t nhops)
{
	uint64_t ports = ncoords, size;

	if (ncoords > ROUTE_COORDS_MAX || nhops > ROUTE_HOPS_MAX)
		return 0;
	for (size_t i = 0; i < nhops; i++) {
		if (hops[i].ncoords > ROUTE_COORDS_MAX)
			return 0;
		ports += hops[i].ncoords;
	}
	size = sizeof(struct route) + nhops * sizeof *hops + ports * sizeof *coords + path_size(coords, ncoords);
	return size > SIZE_MAX / 2 ? 0 : (size_t)size;
}

static uint64_t *copy_ports(uint64_t *to, const uint64_t *ports, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*to++ = ports[i];
	return to;
}

int route_new(struct route **out, const uint64_t *coords, size_t ncoords, const struct core_hop *hops, size_t nhops)
{
	size_t size = table_size(ncoords, coords, hops, nhops);
	struct core_hop *hop;
	struct route *r;
	uint64_t *port;

	if (size == 0)
		return -E2BIG;
	r = malloc(size);
	if (!r)
		return -ENOMEM;
	hop = (struct core_hop *)(r + 1);
	port = (uint64_t *)(hop + nhops);
	*r = (struct route){.coords = port, .ncoords = ncoords, .hops = hop, .nhops = nhops};
	port = copy_ports(port, coords, ncoords);
	for (size_t i = 0; i < nhops; i++) {
		hop[i] = hops[i];
		hop[i].coords = port;
		port = copy_ports(port, hops[i].coords, hops[i].ncoords);
	}
	r->from = (uint8_t *)port;
	r->from_len = path_put((uint8_t *)port, coords, ncoords);
	*out = r;
	return 0;
}

void route_free(struct route *r)
{
	free(r);
}

uint64_t route_distance(const uint64_t *a, size_t na, const uint64_t *b, size_t nb)
{
	size_t shorter = na < nb ? na : nb, common = 0;

	while (common < shorter && a[common] == b[common])
		common++;
	return (uint64_t)(na - common) + (nb - common);
}

/* A hop that is nearer to the path's end than we are. */
struct candidate {
	const struct core_hop *hop;
	uint64_t distance;
};

/* Cheapest for the way that remains; then nearest, then cheapest, then oldest. */
static bool better(const struct candidate *a, const struct candidate *b)
{
	uint64_t a_cost = a->hop->cost * a->distance, b_cost = b->hop->cost * b->distance;

	if (a_cost != b_cost)
		return a_cost < b_cost;
	if (a->distance != b->distance)
		return a->distance < b->distance;
	if (a->hop->cost != b->hop->cost)
		return a->hop->cost < b->hop->cost;
	return a->hop->age < b->hop->age;
}

bool route_next_hop(uint64_t *link, uint64_t *watermark, const struct route *r, const uint64_t *path, size_t n)
{
	uint64_t ours = route_distance(path, n, r->coords, r->ncoords);
	struct candidate best = {NULL, 0};

	if (ours >= *watermark)
		return false;
	*watermark = ours;
	for (size_t i = 0; i < r->nhops; i++) {
		struct candidate c = {&r->hops[i], 0};

		c.distance = route_distance(path, n, c.hop->coords, c.hop->ncoords);
		if (c.distance < ours && (!best.hop || better(&c, &best)))
			best = c;
	}
	if (!best.hop)
		return false;
	*link = best.hop->link;
	return true;
}
