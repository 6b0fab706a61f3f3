/* SPDX-License-Identifier: MIT
 * 32-bit words into 64 bits, so that carries wait until the end; compilers make vectors of it. */
#include "checksum.h"

#include <errno.h>
#include <string.h>

#include "ipv6.h"

uint64_t checksum_add(uint64_t sum, const uint8_t *data, size_t len)
{
	size_t words = len / 4;
	uint8_t rest[4] = {0};
	uint32_t word;

	for (size_t i = 0; i < words; i++) {
		memcpy(&word, data + 4 * i, sizeof word);
		sum += word;
	}
	if (len % 4) {
		memcpy(rest, data + 4 * words, len % 4);
		memcpy(&word, rest, sizeof word);
		sum += word;
	}
	return sum;
}

uint64_t checksum_pseudo(const uint8_t *packet, size_t len, uint8_t protocol)
{
	const uint8_t tail[8] = {0, (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len, 0, 0, 0, protocol};

	return checksum_add(checksum_add(0, packet + IPV6_SOURCE, IPV6_HEADER_BYTES - IPV6_SOURCE), tail, sizeof tail);
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)sum;
}

void checksum_store(uint8_t *out, uint64_t sum)
{
	uint16_t check = (uint16_t)~checksum_fold(sum);

	if (!check)
		check = UINT16_MAX;
	memcpy(out, &check, sizeof check);
}

int checksum_complete(uint8_t *packet, size_t len, size_t start, size_t offset)
{
	if (start + offset + sizeof(uint16_t) > len)
		return -EBADMSG;
	checksum_store(packet + start + offset, checksum_add(0, packet + start, len - start));
	return 0;
}
