/* SPDX-License-Identifier: MIT
 * Everything the core counts, by name. A packet that goes nowhere is counted under its reason.
 * Threads: any; relaxed, because nobody draws conclusions from two of them. */
#ifndef EVERLEAF_COUNTERS_H
#define EVERLEAF_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#define COUNTERS(X)                                                                                                    \
	X(links_opened)                                                                                                \
	X(links_closed)                                                                                                \
	X(greetings_malformed)                                                                                         \
	X(frames_malformed)                                                                                            \
	X(links_silent)                                                                                                \
	X(links_not_read)                                                                                              \
	/* host to network */                                                                                          \
	X(packets_read)                                                                                                \
	X(supers_read) /* of which each was many of these packets */                                                  \
	X(packets_set_aside) /* no session or path yet: control has them */                                            \
	X(neighbours_set_aside) /* of a TAP */                                                                         \
	X(dropped_neighbour_limit)                                                                                     \
	X(dropped_short_frame)                                                                                         \
	X(dropped_long_frame)                                                                                          \
	X(dropped_offload) /* its virtio header asks for what is not in it */                                         \
	X(dropped_ethertype)                                                                                           \
	X(dropped_not_ipv6)                                                                                            \
	X(dropped_foreign_source)                                                                                      \
	X(dropped_outside_mesh)                                                                                        \
	X(dropped_own_prefix)                                                                                          \
	X(dropped_no_memory)                                                                                           \
	X(device_moved) /* from the thread that only reads it to one that has links, or back */                       \
	X(handed_to_sealers) /* packets and messages that the thread which read them did not seal */                   \
	/* messages of control */                                                                                      \
	X(dropped_seal_backlog)                                                                                        \
	X(dropped_seal_no_keys)                                                                                        \
	X(dropped_seal_no_path)                                                                                        \
	/* to a link */                                                                                                \
	X(dropped_no_hop)                                                                                              \
	X(dropped_hop_gone)                                                                                            \
	X(dropped_too_long)                                                                                            \
	X(dropped_queue)                                                                                               \
	X(dropped_link_closed)                                                                                         \
	/* traffic from a link */                                                                                      \
	X(traffic_forwarded)                                                                                           \
	X(traffic_for_us)                                                                                              \
	X(traffic_dead_ends)                                                                                           \
	X(dropped_long_path)                                                                                           \
	X(dropped_untrusted)                                                                                           \
	X(dropped_offer_limit)                                                                                         \
	X(dropped_dead_end_limit)                                                                                      \
	X(dropped_payload_kind)                                                                                        \
	X(dropped_payload_size)                                                                                        \
	X(dropped_refused)                                                                                             \
	X(dropped_replay)                                                                                              \
	/* opened */                                                                                                   \
	X(messages_opened)                                                                                             \
	X(dropped_empty_message)                                                                                       \
	X(dropped_inner_not_ipv6)                                                                                      \
	X(dropped_inner_dest)                                                                                          \
	X(dropped_inner_source)                                                                                        \
	X(dropped_too_big)                                                                                             \
	X(dropped_no_tun)                                                                                              \
	X(dropped_no_host_mac)                                                                                         \
	X(dropped_tun_write)                                                                                           \
	X(packets_written)                                                                                             \
	X(supers_written)

enum counter {
#define COUNTER_ENUM(name) COUNT_##name,
	COUNTERS(COUNTER_ENUM)
#undef COUNTER_ENUM
		COUNTERS_TOTAL
};

struct counters {
	_Atomic uint64_t value[COUNTERS_TOTAL];
};

static inline void count_many(struct counters *c, enum counter which, uint64_t n)
{
	atomic_fetch_add_explicit(&c->value[which], n, memory_order_relaxed);
}

static inline void count(struct counters *c, enum counter which)
{
	count_many(c, which, 1);
}

#endif
