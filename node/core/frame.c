/* SPDX-License-Identifier: MIT
 * Bytes on a link. Pure functions; see frame.h for the contract. */
#include "frame.h"

#define META_HEAD 6 /* "meta", BE16 length of the rest */

LAYOUT_FACT(PATH_BYTES_MAX < INT32_MAX); /* sizes that come back as int */

/* --- varints and paths ------------------------------------------------------------------------------------------ */

size_t uvarint_size(uint64_t value)
{
	size_t n = 1;

	while (value >>= 7)
		n++;
	return n;
}

size_t uvarint_put(uint8_t *out, uint64_t value)
{
	size_t n = 0;

	for (; value > 0x7f; value >>= 7)
		out[n++] = (uint8_t)(value | 0x80);
	out[n++] = (uint8_t)value;
	return n;
}

int uvarint_get(uint64_t *value, const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	for (int n = 0; n < UVARINT_MAX; n++) {
		if ((size_t)n == len)
			return -EAGAIN;
		if (n == UVARINT_MAX - 1 && p[n] > 1) /* only bit 63 is left, and nothing may follow */
			return -EBADMSG;
		v |= (uint64_t)(p[n] & 0x7f) << (7 * n);
		if (p[n] < 0x80) {
			*value = v;
			return n + 1;
		}
	}
	return -EBADMSG;
}

size_t path_size(const uint64_t *ports, size_t n)
{
	size_t size = 1;

	for (size_t i = 0; i < n; i++)
		size += uvarint_size(ports[i]);
	return size;
}

size_t path_put(uint8_t *out, const uint64_t *ports, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++)
		at += uvarint_put(out + at, ports[i]);
	out[at++] = 0;
	return at;
}

int path_get(uint64_t *ports, size_t *n, const uint8_t *p, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i <= PATH_PORTS_MAX; i++) {
		uint64_t port;
		int used = uvarint_get(&port, p + at, len - at);

		if (used < 0)
			return -EBADMSG;
		at += (size_t)used;
		if (port == 0) {
			*n = i;
			return (int)at;
		}
		if (ports && i < PATH_PORTS_MAX)
			ports[i] = port;
	}
	return -E2BIG;
}

/* --- frames ----------------------------------------------------------------------------------------------------- */

int frame_split(struct frame *out, const uint8_t *data, size_t len)
{
	uint64_t size;
	int used = uvarint_get(&size, data, len);

	*out = (struct frame){0, 0};
	if (used < 0)
		return used;
	if (size == 0 || size > FRAME_MAX)
		return -EBADMSG;
	*out = (struct frame){(size_t)used, (size_t)size};
	return len - out->offset < out->len ? -EAGAIN : 0;
}

int greeting_split(struct frame *out, const uint8_t *data, size_t len)
{
	static const uint8_t MAGIC[4] = {'m', 'e', 't', 'a'};
	size_t body;

	*out = (struct frame){0, 0};
	if (memcmp(data, MAGIC, len < sizeof MAGIC ? len : sizeof MAGIC) != 0)
		return -EBADMSG;
	if (len < META_HEAD)
		return -EAGAIN;
	body = load_be16(data + sizeof MAGIC);
	if (body < SIGNATURE_BYTES || body > GREETING_MAX - META_HEAD)
		return -EBADMSG;
	out->len = META_HEAD + body;
	return len < out->len ? -EAGAIN : 0;
}

uint8_t *frame_put_prefix(uint8_t *frame, size_t len)
{
	frame -= uvarint_size(len);
	uvarint_put(frame, len);
	return frame;
}

/* --- traffic ---------------------------------------------------------------------------------------------------- */

int traffic_parse(struct traffic *out, const uint8_t *frame, size_t len)
{
	size_t at = 1, nfrom;
	int used;

	if (len < 1 || frame[0] != FRAME_TRAFFIC)
		return -EBADMSG;
	used = path_get(out->ports, &out->nports, frame + at, len - at);
	if (used < 0)
		return used;
	out->from = at += (size_t)used;
	used = path_get(NULL, &nfrom, frame + at, len - at);
	if (used < 0)
		return used;
	out->source = at += (size_t)used;
	if (len - at < 2 * KEY_BYTES)
		return -EBADMSG;
	out->dest = at += KEY_BYTES;
	out->mark = at += KEY_BYTES;
	used = uvarint_get(&out->watermark, frame + at, len - at);
	if (used < 0)
		return -EBADMSG;
	out->payload = at + (size_t)used;
	return 0;
}

uint8_t *traffic_lower(uint8_t *frame, const struct traffic *t, uint64_t watermark)
{
	uint8_t *head;

	if (watermark > t->watermark)
		watermark = t->watermark; /* "lower" cannot raise, nor outgrow its place */
	head = frame + (t->payload - t->mark) - uvarint_size(watermark);
	memmove(head, frame, t->mark);
	uvarint_put(head + t->mark, watermark);
	return head;
}

size_t traffic_head_size(const struct traffic_head *h)
{
	return 1 + h->path_len + h->from_len + 2 * KEY_BYTES + uvarint_size(h->watermark);
}

static uint8_t *append(uint8_t *out, const uint8_t *data, size_t len)
{
	memcpy(out, data, len);
	return out + len;
}

uint8_t *traffic_put_head(uint8_t *payload, const struct traffic_head *h)
{
	uint8_t *frame = payload - traffic_head_size(h), *p = frame;

	*p++ = FRAME_TRAFFIC;
	p = append(p, h->path, h->path_len);
	p = append(p, h->from, h->from_len);
	p = append(p, h->source, KEY_BYTES);
	p = append(p, h->dest, KEY_BYTES);
	uvarint_put(p, h->watermark);
	return frame;
}

/* --- sealed payloads -------------------------------------------------------------------------------------------- */

int sealed_parse(struct sealed *out, const uint8_t *payload, size_t len)
{
	uint64_t *const fields[] = {&out->local_seq, &out->remote_seq, &out->nonce};
	size_t at = 1;

	if (len < 1 || payload[0] != PAYLOAD_SEALED)
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		int used = uvarint_get(fields[i], payload + at, len - at);

		if (used < 0)
			return -EBADMSG;
		at += (size_t)used;
	}
	out->box = at;
	return len - at < SEALED_BOX_MIN ? -EBADMSG : 0;
}

uint8_t *sealed_put_head(uint8_t *box, uint64_t local_seq, uint64_t remote_seq, uint64_t nonce)
{
	uint8_t *payload = box - 1 - uvarint_size(local_seq) - uvarint_size(remote_seq) - uvarint_size(nonce);
	uint8_t *p = payload;

	*p++ = PAYLOAD_SEALED;
	p += uvarint_put(p, local_seq);
	p += uvarint_put(p, remote_seq);
	uvarint_put(p, nonce);
	return payload;
}
