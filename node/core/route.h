/* SPDX-License-Identifier: MIT
 * The forwarding table: an immutable snapshot of our place and our peers' places, and the next hop in it.
 *
 * Threads: built by one, then read by any without a lock. Publishing and reclaiming is the owner's business.
 */
#ifndef EVERLEAF_ROUTE_H
#define EVERLEAF_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h" /* PATH_PORTS_MAX */
#include "port.h"

struct core_hop; /* core.h */

#define ROUTE_COORDS_MAX PATH_PORTS_MAX /* ports in one place: frames have to carry it as a path */
#define ROUTE_HOPS_MAX 65536

struct route { /* one allocation; read only */
	const uint64_t *coords; /* ours */
	size_t ncoords;
	const uint8_t *from; /* ours, encoded, for the head of traffic */
	size_t from_len;
	const struct core_hop *hops;
	size_t nhops;
};

/* Copies everything. -E2BIG above the limits, -ENOMEM. */
MUST_CHECK int route_new(struct route **out, const uint64_t *coords, size_t ncoords, const struct core_hop *hops,
			 size_t nhops);
void route_free(struct route *r);

/* Tree distance between two places. */
uint64_t route_distance(const uint64_t *a, size_t na, const uint64_t *b, size_t nb);

/* The best link toward `path`, and *watermark lowered to our own distance. False when there is none; *watermark is then
 * unchanged if our distance was not below it, else lowered. Link numbers are never 0. */
MUST_CHECK bool route_next_hop(uint64_t *link, uint64_t *watermark, const struct route *r, const uint64_t *path,
			       size_t n);

#endif
