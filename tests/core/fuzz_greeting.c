/* SPDX-License-Identifier: MIT
 * The greeting: bounded, and a verdict never changes with more bytes, except from "not yet". */
#include "frame.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct frame whole, part;
	int err = greeting_split(&whole, data, len);

	CLAIM(err == 0 || err == -EBADMSG || err == -EAGAIN);
	CLAIM(whole.offset == 0 && whole.len <= GREETING_MAX);
	if (err == 0)
		CLAIM(whole.len <= len && memcmp(data, "meta", 4) == 0);
	for (size_t cut = 0; cut < len && cut <= GREETING_MAX; cut++) {
		int early = greeting_split(&part, data, cut);

		if (early == -EAGAIN)
			CLAIM(part.len == 0 || part.len == whole.len || err == -EBADMSG);
		else
			CLAIM(early == err && part.len == whole.len);
	}
	return 0;
}
