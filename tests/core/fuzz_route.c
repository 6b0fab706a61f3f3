/* SPDX-License-Identifier: MIT
 * Next hop: a path, our place, then peers (place, cost byte) as bytes. The chosen hop is nearer than we are, and no
 * other is better by the rule, looked up the slow way. */
#include "route.h"

#include "core.h"
#include "frame.h"
#include "fuzz.h"

#define HOPS_MAX 8

struct place {
	uint64_t ports[PATH_PORTS_MAX];
	size_t n;
};

static bool get(struct place *out, const uint8_t **data, size_t *len)
{
	int used = path_get(out->ports, &out->n, *data, *len);

	if (used < 0)
		return false;
	*data += used;
	*len -= (size_t)used;
	return true;
}

/* Steps up from one, then down to the other. */
static uint64_t slow_distance(const uint64_t *a, size_t na, const uint64_t *b, size_t nb)
{
	if (na && nb && a[0] == b[0])
		return slow_distance(a + 1, na - 1, b + 1, nb - 1);
	return na + nb;
}

static void claim_best(const struct core_hop *hops, size_t n, uint64_t link, const struct place *path, uint64_t ours)
{
	uint64_t best = UINT64_MAX;

	for (size_t i = 0; i < n; i++) {
		uint64_t d = slow_distance(hops[i].coords, hops[i].ncoords, path->ports, path->n);

		if (d < ours && d * hops[i].cost < best)
			best = d * hops[i].cost;
	}
	if (link == 0) {
		CLAIM(best == UINT64_MAX);
		return;
	}
	CLAIM(link <= n && slow_distance(hops[link - 1].coords, hops[link - 1].ncoords, path->ports, path->n) *
					   hops[link - 1].cost == best);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct place path, coords, places[HOPS_MAX];
	struct core_hop hops[HOPS_MAX];
	uint64_t link = 0, watermark, ours;
	struct route *r;
	size_t n = 0;

	if (!get(&path, &data, &len) || !get(&coords, &data, &len))
		return 0;
	for (; n < HOPS_MAX && get(&places[n], &data, &len) && len; n++, data++, len--)
		hops[n] = (struct core_hop){.coords = places[n].ports, .ncoords = places[n].n, .link = n + 1,
					    .cost = *data, .age = *data % 3};
	watermark = len ? *data : UINT64_MAX;
	CLAIM(route_new(&r, coords.ports, coords.n, hops, n) == 0);
	CLAIM(r->from_len == path_size(coords.ports, coords.n));
	ours = slow_distance(coords.ports, coords.n, path.ports, path.n);
	CLAIM(ours == route_distance(path.ports, path.n, coords.ports, coords.n));
	if (ours >= watermark) {
		CLAIM(!route_next_hop(&link, &watermark, r, path.ports, path.n) && link == 0);
	} else {
		CLAIM(route_next_hop(&link, &watermark, r, path.ports, path.n) == (link != 0) && watermark == ours);
		claim_best(hops, n, link, &path, ours);
	}
	route_free(r);
	return 0;
}
