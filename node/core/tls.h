/* SPDX-License-Identifier: MIT
 * TLS records of one link, over a non-blocking socket that the link owns. OpenSSL stays behind this file.
 * Not locked: the link's output mutex covers every call on a `struct tls`. A context may be shared by threads.
 *
 * Nobody is authenticated here: the greeting and the control plane judge the peer. The certificate's key is only
 * reported. */
#ifndef EVERLEAF_TLS_H
#define EVERLEAF_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "port.h"

#define TLS_REASON_MAX 128
#define TLS_READ_ROOM 32768 /* least room tls_read needs: one record may complete that began long ago */

struct tls_context; /* our certificate and settings */
struct tls;

MUST_CHECK int tls_context_new(struct tls_context **out, const struct identity *id);
void tls_context_free(struct tls_context *c);

/* Client: TLS 1.2 or newer, `sni` unless NULL or empty. Server: TLS 1.3 only, asks for no certificate. */
MUST_CHECK int tls_new(struct tls **out, struct tls_context *c, int fd, bool server, const char *sni);
void tls_free(struct tls *t);

/* 0 when the handshake is done, -EAGAIN when the socket is not ready, else -EPROTO. */
MUST_CHECK int tls_handshake(struct tls *t);

/* Ed25519 key of the peer's certificate; false when it showed none of that kind. */
bool tls_peer_key(uint8_t key[static KEY_BYTES], const struct tls *t);

/* One receive from the socket, and all plaintext it completes. Nothing stays behind unseen, so the socket's readiness
 * tells the whole truth. Bytes, 0 at the end of the stream, -EAGAIN, or another -errno. */
MUST_CHECK ssize_t tls_read(struct tls *t, uint8_t *data, size_t room);

/* Gather into full records and send. Bytes taken (they will be sent, in order), or -errno. */
MUST_CHECK ssize_t tls_write(struct tls *t, const struct iovec *parts, size_t n);

/* Send what was taken and did not fit: 0, -EAGAIN or another -errno. */
MUST_CHECK int tls_flush(struct tls *t);

/* Give back the memory that writing took, if nothing waits in it. */
void tls_rest(struct tls *t);

/* Whether progress needs the socket to become writable. */
bool tls_wants_write(const struct tls *t);

/* What went wrong last, for people. Never NULL. */
const char *tls_reason(const struct tls *t);

#endif
