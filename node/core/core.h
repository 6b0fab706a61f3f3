/* SPDX-License-Identifier: MIT
 * The core's contract: everything module.c may call. Values go in, values come out; no callbacks, no Python.
 *
 * Threads: any number of I/O threads live behind `struct core`. The functions below are called by one control thread,
 * never block on the network, and take the core's write gate only as long as a table changes.
 * Returns: 0 or -errno unless said otherwise. Outputs first.
 */
#ifndef EVERLEAF_CORE_H
#define EVERLEAF_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto.h" /* struct identity, struct shared_key, KEY_BYTES, ... */
#include "port.h"

enum core_event_kind {
	CORE_LINK_READY = 1, /* link; data: Ed25519 key of the peer's certificate, or empty */
	CORE_GREETING,       /* link; data: one whole meta message */
	CORE_LINK_CLOSED,    /* link; data: why */
	CORE_FRAME,          /* link; data: type byte and body */
	CORE_PACKET,         /* data: IPv6 packet that has no session or path, or may not enter the mesh */
	CORE_TRAFFIC,        /* key: claimed source; data: init or ack payload */
	CORE_MESSAGE,        /* key; data: opened in-session message */
	CORE_MOVED,          /* key, remote_seq, local_seq; data: sender's next X25519 key */
	CORE_REFUSED,        /* key */
	CORE_DEAD_END,       /* key: source, ours for core_seal only; data: dest[32], encoded path of origin */
	CORE_TOO_BIG,        /* key; data: head of the packet */
	CORE_TUN_CLOSED,     /* data: why */
	CORE_NEIGHBOUR,      /* data: one whole Ethernet frame of neighbour discovery from the host */
};

#define CORE_EVENT_DATA_MAX 131072
#define MAC_BYTES 6

struct core_event {
	enum core_event_kind kind;
	double at; /* port_now */
	uint64_t link;
	uint8_t key[KEY_BYTES];
	uint64_t remote_seq, local_seq;
	uint8_t *data; /* owned by the event: release with core_event_free */
	size_t len;
};

struct core_hop { /* one peer as next hop, as control publishes it */
	const uint64_t *coords;
	size_t ncoords;
	uint64_t link;
	uint32_t cost;
	uint64_t age;
};

struct core_receive { /* one key pair that may open traffic */
	uint64_t remote_seq, local_seq;
	const struct shared_key *key; /* copied */
	bool report;
};

struct core_counter {
	const char *name;
	uint64_t value;
};

struct core_activity {
	uint8_t key[KEY_BYTES];
	uint64_t received, sent;
};

struct core; /* opaque */

/* `id` is copied (the copy is wiped by core_free). `workers` of each kind of thread, 0 = by CPU count. */
MUST_CHECK int core_new(struct core **out, const struct identity *id, unsigned workers);
void core_stop(struct core *c); /* ends threads, closes descriptors, wipes keys; twice is harmless */
void core_free(struct core *c); /* stops first */

int core_fileno(const struct core *c);
/* Next event; -EAGAIN when there is none. */
MUST_CHECK int core_recv(struct core_event *out, struct core *c);
void core_event_free(struct core_event *e);

enum core_tls { CORE_TLS_NONE, CORE_TLS_CLIENT, CORE_TLS_SERVER };
/* Owns fd from now on, also on failure. */
MUST_CHECK int core_attach_link(uint64_t *link, struct core *c, int fd, enum core_tls tls, const char *sni);
void core_refuse_link(int fd); /* close what is not to be attached */
int core_greet(struct core *c, uint64_t link, const uint8_t *data, size_t len);
int core_admit(struct core *c, uint64_t link);
int core_trust(struct core *c, uint64_t link);
int core_drop_link(struct core *c, uint64_t link);
int core_send(struct core *c, uint64_t link, const uint8_t *frame, size_t len);
int core_queue(struct core *c, uint64_t link, const uint8_t *frame, size_t len,
	       const uint8_t source[static KEY_BYTES], const uint8_t dest[static KEY_BYTES]);

MUST_CHECK int core_publish(struct core *c, const uint64_t *coords, size_t ncoords, const struct core_hop *hops,
			    size_t nhops);
MUST_CHECK int core_set_path(struct core *c, const uint8_t key[static KEY_BYTES], const uint64_t *path, size_t n);
int core_drop_path(struct core *c, const uint8_t key[static KEY_BYTES]);
MUST_CHECK int core_install_keys(struct core *c, const uint8_t key[static KEY_BYTES], uint64_t local_seq,
				 uint64_t remote_seq, const struct shared_key *send,
				 const uint8_t next_public[static KEY_BYTES], bool keep_nonce,
				 const struct core_receive *receive, size_t nreceive);
int core_drop_keys(struct core *c, const uint8_t key[static KEY_BYTES]);
int core_seal(struct core *c, const uint8_t key[static KEY_BYTES], const uint8_t *message, size_t len);

enum core_carrier { CORE_CARRIER_FILE, CORE_CARRIER_WINTUN, CORE_CARRIER_TAP_WINDOWS };
enum core_framing { CORE_FRAMING_BARE, CORE_FRAMING_FAMILY, CORE_FRAMING_ETHERNET };

struct core_device { /* an open TUN or TAP device; the words are those of everleaf/host/base.py */
	intptr_t handle;
	enum core_carrier carrier;
	enum core_framing framing;
	unsigned family;    /* this system's AF_INET6, for CORE_FRAMING_FAMILY */
	size_t vnet_header; /* bytes of virtio_net_hdr in front of everything, 0 for none; a bare one's may offload */
};

/* Owns the device from now on, also on failure, unless its carrier is not to be had here: -EOPNOTSUPP. */
MUST_CHECK int core_attach_tun(struct core *c, struct core_device device, size_t mtu);
void core_refuse_tun(struct core_device device); /* close what is not to be attached */
int core_detach_tun(struct core *c);
int core_write_packet(struct core *c, const uint8_t *packet, size_t len);
/* For CORE_FRAMING_ETHERNET: where packets to the host go; before, they are dropped. */
int core_set_host_mac(struct core *c, const uint8_t mac[static MAC_BYTES]);
int core_write_frame(struct core *c, const uint8_t *frame, size_t len);

/* Fill up to *n rows of sessions that moved since the last call; *n becomes the number filled. Again while full. */
int core_activity(struct core_activity *rows, size_t *n, struct core *c);
#define CORE_LINK_COUNTERS 6 /* received, sent, frames_received, frames_sent, queued, dropped */
MUST_CHECK int core_link_counters(struct core_counter out[static CORE_LINK_COUNTERS], struct core *c, uint64_t link);
#define CORE_COUNTERS_MAX 64
int core_counters(struct core_counter out[static CORE_COUNTERS_MAX], size_t *n, struct core *c);

#endif
