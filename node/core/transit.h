/* SPDX-License-Identifier: MIT
 * Traffic frames from links: for us, for somebody else, or for nobody we know a way to. */
#ifndef EVERLEAF_TRANSIT_H
#define EVERLEAF_TRANSIT_H

#include <stddef.h>
#include <stdint.h>

#include "port.h"

struct core;
struct link;
struct worker;

/* One traffic frame of `from`, at `frame` (type byte first) behind its length prefix. It is opened or rewritten in
 * place; what goes on is in the worker's batch, which sends by itself when full. -EBADMSG when it is malformed. */
MUST_CHECK int transit_frame(struct worker *w, struct link *from, double now, uint8_t *frame, size_t len);

/* Tell control that `source` (we, or somebody whose traffic came by) stands at `from` (encoded, at most PATH_BYTES_MAX
 * bytes) and has no way from here to `dest`. */
void transit_dead_end(struct core *c, const uint8_t *source, const uint8_t *dest, const uint8_t *from, size_t from_len);

#endif
