/* SPDX-License-Identifier: MIT
 * Session payloads that are for us: to control, or opened and handed to the host. */
#ifndef EVERLEAF_DELIVER_H
#define EVERLEAF_DELIVER_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

struct core;

/* The payload is opened in place. `source` is only claimed until it opens. */
void deliver_payload(struct core *c, double now, const uint8_t source[static KEY_BYTES], uint8_t *payload, size_t len);

#endif
