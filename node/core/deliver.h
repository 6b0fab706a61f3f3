/* SPDX-License-Identifier: MIT
 * Session payloads that are for us: to control, or opened and handed to the host. */
#ifndef EVERLEAF_DELIVER_H
#define EVERLEAF_DELIVER_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"

struct worker;

/* The payload is opened in place, and stays there for this batch of the worker. `source` is only claimed until it
 * opens. */
void deliver_payload(struct worker *w, double now, const uint8_t source[static KEY_BYTES], uint8_t *payload, size_t len);

#endif
