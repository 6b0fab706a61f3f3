/* SPDX-License-Identifier: MIT
 * A frame of the host: judged without a step outside; what is cut off is padding, and cutting it changes nothing. What
 * passes as a packet or as discovery says so in its headers, and a packet's new header is taken off again. */
#include "ethernet.h"
#include "ipv6.h"

#include "fuzz.h"

static void claim_headers(const uint8_t *frame, size_t len, enum ethernet_way way)
{
	const uint8_t *packet = frame + ETHERNET_HEAD_BYTES;

	CLAIM(len >= ETHERNET_HEAD_BYTES + IPV6_HEADER_BYTES);
	CLAIM(load_be16(frame + 2 * MAC_BYTES) == 0x86dd);
	if (way == ETHERNET_NEIGHBOUR) {
		CLAIM(packet[0] >> 4 == 6 && packet[6] == 58);
		CLAIM(len > ETHERNET_HEAD_BYTES + IPV6_HEADER_BYTES);
		CLAIM(packet[IPV6_HEADER_BYTES] >= 133 && packet[IPV6_HEADER_BYTES] <= 137);
	}
}

static void claim_same_when_cut(const uint8_t *frame, size_t len, enum ethernet_way way)
{
	uint8_t *copy = malloc(len);
	size_t again;

	CLAIM(copy);
	memcpy(copy, frame, len);
	CLAIM(ethernet_judge(&again, copy, len) == way && again == len);
	ethernet_put_head(copy, frame);
	CLAIM(memcmp(copy, frame, MAC_BYTES) == 0 && (copy[MAC_BYTES] & 1) == 0);
	CLAIM(ethernet_judge(&again, copy, len) == way && again == len);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t whole = 0;
	enum ethernet_way way = ethernet_judge(&whole, data, len);

	CLAIM(whole <= len);
	if (way == ETHERNET_SHORT || way == ETHERNET_FOREIGN) {
		CLAIM(whole == len);
		return 0;
	}
	claim_headers(data, whole, way);
	claim_same_when_cut(data, whole, way);
	return 0;
}
