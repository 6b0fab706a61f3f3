/* SPDX-License-Identifier: MIT
 * A flow as it is with and without offloads; tests/unit/core/offload.py made it, and a kernel agrees (tests/host). */
#ifndef EVERLEAF_TEST_OFFLOAD_H
#define EVERLEAF_TEST_OFFLOAD_H

#include "check.h"
#include "vnet.h"

#define HEAD "02111111111111111111111111111111" "02222222222222222222222222222222" "03e807d0"
#define STAMPS "0101080a0000000100000002"

/* "abcdefgh" in segments of three; ports 1000 and 2000, sequence number 2^32 - 2, PSH, FIN and CWR. */
static const char *const TCP_SUPER =
	"6000000000280640" HEAD "fffffffe00000007809901f46ac70000" STAMPS "6162636465666768";
static const char *const TCP_SEGMENTS[] = {
	"6000000000230640" HEAD "fffffffe00000007809001f4398a0000" STAMPS "616263",
	"6000000000230640" HEAD "0000000100000007801001f434050000" STAMPS "646566",
	"6000000000220640" HEAD "0000000400000007801901f496f70000" STAMPS "6768",
};
static const char *const UDP_SUPER = "6000000000101140" HEAD "00106aba" "6162636465666768";
static const char *const UDP_SEGMENTS[] = {
	"60000000000b1140" HEAD "000bc524" "616263",
	"60000000000b1140" HEAD "000bbf21" "646566",
	"60000000000a1140" HEAD "000a2221" "6768",
};

static const struct vnet TCP_VNET = {VNET_NEEDS_CSUM, VNET_TCP6, 72, 3, 40, 16};
static const struct vnet UDP_VNET = {VNET_NEEDS_CSUM, VNET_UDP, 48, 3, 40, 6};

static inline uint8_t nibble(char digit)
{
	return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* Exactly as long as it must be, on the heap. */
static inline uint8_t *from_hex(size_t *len, const char *hex)
{
	uint8_t *out;

	*len = strlen(hex) / 2;
	out = malloc(*len);
	CHECK(out);
	for (size_t i = 0; i < *len; i++)
		out[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return out;
}

static inline void check_hex(const uint8_t *data, size_t len, const char *hex)
{
	size_t want_len;
	uint8_t *want = from_hex(&want_len, hex);

	CHECK(len == want_len && memcmp(data, want, len) == 0);
	free(want);
}

#endif
