/* SPDX-License-Identifier: MIT
 * A virtio header and what is behind it: refused, completed, or cut into packets with valid checksums that together hold
 * each byte of the payload once, and none of which is longer than the whole. */
#include "checksum.h"
#include "ipv6.h"
#include "segment.h"

#include "fuzz.h"

static void claim_segment(const struct segments *s, const uint8_t *out, size_t len)
{
	uint64_t pseudo = checksum_pseudo(out, len - s->transport, s->protocol);

	CLAIM(len > s->head && len - s->head <= s->size);
	CLAIM(load_be16(out + IPV6_PAYLOAD_LENGTH) == len - IPV6_HEADER_BYTES);
	CLAIM(checksum_fold(checksum_add(pseudo, out + s->transport, len - s->transport)) == UINT16_MAX);
}

static void claim_all(struct segments *s, uint8_t *out, size_t len)
{
	size_t payload = s->head;

	while (segments_left(s)) {
		size_t n = segments_next(out, s);

		CLAIM(n <= len);
		claim_segment(s, out, n);
		CLAIM(memcmp(out + s->head, s->packet + payload, n - s->head) == 0);
		payload += n - s->head;
	}
	CLAIM(payload == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct segments s = {0};
	uint8_t *packet, *out;
	struct vnet v;

	if (len <= VNET_BYTES)
		return 0;
	memcpy(&v, data, sizeof v);
	len -= VNET_BYTES;
	packet = malloc(len);
	out = malloc(len);
	CLAIM(packet && out);
	memcpy(packet, data + VNET_BYTES, len);
	if (segments_begin(&s, &v, packet, len))
		CLAIM(!segments_left(&s));
	else if (segments_left(&s))
		claim_all(&s, out, len);
	else
		CLAIM(v.type == VNET_SINGLE);
	free(out);
	free(packet);
	return 0;
}
