/* SPDX-License-Identifier: MIT
 * Anti-replay window, RFC 6479: a ring of bit blocks, moved a block at a time.
 * Not locked: whoever opens packets with a key holds that key's window alone. */
#include "replay.h"

LAYOUT_FACT((REPLAY_BLOCKS & (REPLAY_BLOCKS - 1)) == 0);

bool replay_accept(struct replay *w, uint64_t counter)
{
	uint64_t head = w->last / REPLAY_BLOCK_BITS;
	uint64_t block = counter / REPLAY_BLOCK_BITS;
	uint64_t bit = UINT64_C(1) << (counter % REPLAY_BLOCK_BITS);
	uint64_t *slot = &w->ring[block & (REPLAY_BLOCKS - 1)];

	if (counter > w->last) {
		uint64_t stale = block - head; /* blocks that fell out of the window */

		if (stale > REPLAY_BLOCKS)
			stale = REPLAY_BLOCKS;
		while (stale--)
			w->ring[++head & (REPLAY_BLOCKS - 1)] = 0;
		w->last = counter;
	} else if (w->last - counter > REPLAY_WINDOW) {
		return false;
	}
	if (*slot & bit)
		return false;
	*slot |= bit;
	return true;
}
