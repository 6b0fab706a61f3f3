/* SPDX-License-Identifier: MIT
 * Stream sockets the way links want them: never blocking, never raising SIGPIPE, interrupted calls repeated.
 * Results are bytes, or -errno; -EAGAIN when the socket is not ready. socket_posix.c and socket_windows.c. */
#ifndef EVERLEAF_SOCKET_H
#define EVERLEAF_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port.h"

/* Seconds. The links' own timers notice who does not answer; these notice who is gone while nobody asks. */
#define SOCKET_PROBE_AFTER 10 /* of silence */
#define SOCKET_PROBE_EVERY 2
#define SOCKET_PROBES 3
#define SOCKET_GIVE_UP_AFTER (SOCKET_PROBE_AFTER + SOCKET_PROBE_EVERY * SOCKET_PROBES)

/* A connected one. Non-blocking, no Nagle, little unsent data in the kernel: what waits shall wait in the fair queue.
 * Ends by itself when the far end has been gone for SOCKET_GIVE_UP_AFTER. */
MUST_CHECK int socket_prepare(int fd);

MUST_CHECK ssize_t socket_receive(int fd, uint8_t *data, size_t room);
MUST_CHECK ssize_t socket_send(int fd, const struct iovec *parts, size_t n);
/* Whether a read would find something: bytes, the end or an error. */
MUST_CHECK bool socket_has_input(int fd);
void socket_shutdown(int fd); /* both directions */
void socket_close(int fd);

#endif
