/* SPDX-License-Identifier: MIT
 * Bytes on a link: varints, paths, frames, and the two headers the packet path reads and writes itself.
 *
 * Everything here is a pure function of its arguments. Parsers give offsets into the caller's bytes and never read
 * past `len`; -EBADMSG is the peer's fault. Writers that "put in front" write backwards from a pointer, into head-room
 * the caller guarantees, and return where the result now begins.
 */
#ifndef EVERLEAF_FRAME_H
#define EVERLEAF_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "crypto.h"
#include "port.h"

#define UVARINT_MAX 10
#define FRAME_MAX 131070     /* type byte and body */
#define FRAME_PREFIX_MAX 3   /* uvarint of FRAME_MAX */
#define GREETING_MAX 1024    /* "meta", length and body; the protocol would allow 65541 */
#define PATH_PORTS_MAX 256   /* longer paths are refused: they make the next hop arbitrarily expensive */
#define PATH_BYTES_MAX ((PATH_PORTS_MAX + 1) * UVARINT_MAX) /* the end may be padded too */

enum frame_type {
	FRAME_DUMMY,
	FRAME_KEEPALIVE,
	FRAME_SIG_REQ,
	FRAME_SIG_RES,
	FRAME_ANNOUNCE,
	FRAME_BLOOM,
	FRAME_PATH_LOOKUP,
	FRAME_PATH_NOTIFY,
	FRAME_PATH_BROKEN,
	FRAME_TRAFFIC,
};

enum payload_kind { /* first byte of a traffic frame's payload */
	PAYLOAD_DUMMY,
	PAYLOAD_INIT,
	PAYLOAD_ACK,
	PAYLOAD_SEALED,
};

/* --- varints and paths ------------------------------------------------------------------------------------------ */

size_t uvarint_size(uint64_t value);
/* Shortest form; returns its size. */
size_t uvarint_put(uint8_t *out, uint64_t value);
/* Bytes used (padded forms accepted), -EAGAIN when more are needed, -EBADMSG when it overflows. */
MUST_CHECK int uvarint_get(uint64_t *value, const uint8_t *p, size_t len);

/* With the ending zero, as on the wire. */
size_t path_size(const uint64_t *ports, size_t n);
size_t path_put(uint8_t *out, const uint64_t *ports, size_t n);
/* Bytes used, -EBADMSG when truncated or overflowing, -E2BIG when there are more than PATH_PORTS_MAX ports. `ports` may
 * be NULL to skip. */
MUST_CHECK int path_get(uint64_t *ports, size_t *n, const uint8_t *p, size_t len);

/* --- frames ----------------------------------------------------------------------------------------------------- */

struct frame {
	size_t offset; /* of the type byte; everything before is the prefix */
	size_t len;    /* type byte and body; the next frame begins at offset + len */
};

/* The frame at the head of a stream. 0, -EBADMSG on a length the protocol forbids, or -EAGAIN when it is not all there
 * yet; then offset + len is the size needed, or 0 while even that is unknown. */
MUST_CHECK int frame_split(struct frame *out, const uint8_t *data, size_t len);
/* The same for the greeting at the very start of a link: out covers "meta", length and body (offset is 0). */
MUST_CHECK int greeting_split(struct frame *out, const uint8_t *data, size_t len);
/* Put the length prefix in front of a frame of `len` bytes (head-room: FRAME_PREFIX_MAX). */
uint8_t *frame_put_prefix(uint8_t *frame, size_t len);

/* --- traffic: 09 path from source[32] dest[32] watermark payload ------------------------------------------------ */

struct traffic { /* offsets count from the type byte */
	size_t from, source, dest, mark, payload; /* the path is at 1 */
	uint64_t watermark;
	size_t nports;
	uint64_t ports[PATH_PORTS_MAX]; /* the path */
};

/* 0, -EBADMSG when malformed, -E2BIG when a path in it is too long for us: others accept it, so who passed it on is
 * not to blame. */
MUST_CHECK int traffic_parse(struct traffic *out, const uint8_t *frame, size_t len);

/* Write a lower watermark into a parsed frame: the head moves right, the payload stays. Needs watermark <=
 * t->watermark. Returns the new type byte; the frame ends where it ended; offsets in t are stale afterwards. The space
 * won is enough for frame_put_prefix, if the frame had a prefix before. */
uint8_t *traffic_lower(uint8_t *frame, const struct traffic *t, uint64_t watermark);

struct traffic_head {
	const uint8_t *path, *from; /* encoded */
	size_t path_len, from_len;
	const uint8_t *source, *dest; /* KEY_BYTES each */
	uint64_t watermark;
};

#define TRAFFIC_HEAD_MAX (1 + 2 * PATH_BYTES_MAX + 2 * KEY_BYTES + UVARINT_MAX)

size_t traffic_head_size(const struct traffic_head *h);
/* Put type byte and head in front of a payload (head-room: traffic_head_size, at most TRAFFIC_HEAD_MAX). */
uint8_t *traffic_put_head(uint8_t *payload, const struct traffic_head *h);

/* --- sealed session payloads: 03 local_seq remote_seq nonce box --------------------------------------------------- */

struct sealed {
	uint64_t local_seq, remote_seq; /* the sender's view */
	uint64_t nonce;
	size_t box; /* offset from the kind byte; the box is the rest: tag, next key [32], message */
};

#define SEALED_HEAD_MAX (1 + 3 * UVARINT_MAX)
#define SEALED_BOX_MIN (BOX_TAG_BYTES + KEY_BYTES)

MUST_CHECK int sealed_parse(struct sealed *out, const uint8_t *payload, size_t len);
/* Put kind byte and head in front of a box (head-room: SEALED_HEAD_MAX). */
uint8_t *sealed_put_head(uint8_t *box, uint64_t local_seq, uint64_t remote_seq, uint64_t nonce);

#endif
