/* SPDX-License-Identifier: MIT
 * buffer: what goes in comes out, whatever moves in between. */
#include "buffer.h"

#include "check.h"

static void test_bytes_come_out_as_they_went_in(void)
{
	struct buffer b = {0};
	uint8_t in = 0, out = 0;

	for (unsigned round = 0; round < 20000; round++) {
		uint8_t data[300];
		size_t len = (size_t)check_below(sizeof data), taken = (size_t)check_below(buffer_len(&b) + 1);

		for (size_t i = 0; i < len; i++)
			data[i] = in++;
		CHECK(buffer_append(&b, data, len) == 0);
		for (size_t i = 0; i < taken; i++)
			CHECK(buffer_head(&b)[i] == out++);
		buffer_consume(&b, taken, check_below(2) ? 0 : 1000);
	}
	buffer_free(&b);
}

static void test_reserve_gives_room_and_size(void)
{
	struct buffer b = {0};

	CHECK(buffer_append(&b, (const uint8_t *)"abcdef", 6) == 0);
	buffer_consume(&b, 2, 0);
	CHECK(buffer_reserve(&b, 10, 100) == 0 && b.size == 100 && buffer_room(&b) >= 10);
	CHECK(buffer_reserve(&b, 96, 0) == 0 && b.size == 100 && b.start == 0 && buffer_room(&b) == 96);
	CHECK(buffer_reserve(&b, 97, 0) == 0 && b.size == 101);
	CHECK(buffer_len(&b) == 4 && memcmp(buffer_head(&b), "cdef", 4) == 0);
	buffer_consume(&b, 4, 0);
	CHECK(!b.bytes && !b.size);
}

int main(void)
{
	test_bytes_come_out_as_they_went_in();
	test_reserve_gives_room_and_size();
	return 0;
}
