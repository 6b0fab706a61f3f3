/* SPDX-License-Identifier: MIT
 * Messages of the routing socket, laid out by each system's own headers: what encoders and decoders are tested with.
 * Every message is a constant: "VEC:name" in 16 bytes, its length in 32 bits of the target's order, then its bytes.
 *
 *   add_route  RTM_ADD 200::/7. FreeBSD and macOS: the gateway is a link address with nothing but interface index 7.
 *              NetBSD and OpenBSD: it is the node's own address, without RTF_GATEWAY. seq 1, pid 0 (OpenBSD: 4242).
 *   if_up      RTM_IFINFO of interface 7: up, running, point to point, MTU 1280.
 *   new_addr   RTM_NEWADDR on interface 7: netmask of /7 in its short form, interface tun7, address 200:1:2:3:4:5:6:7.
 *   zero_len   the same with a netmask of length 0, which still takes one unit of alignment. */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/time.h>
#include <sys/socket.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/route.h>
#include <netinet/in.h>

#if defined(__APPLE__)
#define UNIT 4
#elif defined(__NetBSD__)
#define UNIT 8
#else
#define UNIT sizeof(long)
#endif
#define ROUND_UP(size) ((size) == 0 ? UNIT : ((size) + UNIT - 1) / UNIT * UNIT)

#if defined(__OpenBSD__)
#define HEADER_LENGTH(member, type) .member = sizeof(struct type),
#else
#define HEADER_LENGTH(member, type)
#endif

#define PACKED __attribute__((packed))
#define MESSAGE(name) \
	const struct { \
		char magic[16]; \
		unsigned length; \
		struct name body; \
	} PACKED name

#define ADDRESS(...) \
	{ .at = { .sin6_len = sizeof(struct sockaddr_in6), .sin6_family = AF_INET6, .sin6_addr = { .s6_addr = __VA_ARGS__ } } }
#define NODE ADDRESS({ 0x02, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7 })
#define LINK(...) \
	{ .at = { .sdl_len = sizeof(struct sockaddr_dl), .sdl_family = AF_LINK, .sdl_index = 7, __VA_ARGS__ } }

union padded_in6 {
	struct sockaddr_in6 at;
	unsigned char room[ROUND_UP(sizeof(struct sockaddr_in6))];
};
union padded_dl {
	struct sockaddr_dl at;
	unsigned char room[ROUND_UP(sizeof(struct sockaddr_dl))];
};
union short_mask { /* eight bytes of a sockaddr_in6 and the one byte of the mask that is not zero */
	unsigned char room[ROUND_UP(9)];
};
union no_mask {
	unsigned char room[ROUND_UP(0)];
};

struct add_route {
	struct rt_msghdr header;
	union padded_in6 destination;
#if defined(__NetBSD__) || defined(__OpenBSD__)
	union padded_in6 gateway;
#else
	union padded_dl gateway;
#endif
	union padded_in6 netmask;
} PACKED;
MESSAGE(add_route) = { "VEC:add_route", sizeof(struct add_route), {
	.header = {
		.rtm_msglen = sizeof(struct add_route), .rtm_version = RTM_VERSION, .rtm_type = RTM_ADD,
		HEADER_LENGTH(rtm_hdrlen, rt_msghdr)
		.rtm_flags = RTF_UP | RTF_STATIC, .rtm_addrs = RTA_DST | RTA_GATEWAY | RTA_NETMASK,
#if defined(__OpenBSD__)
		.rtm_pid = 4242,
#elif !defined(__NetBSD__)
		.rtm_index = 7,
#endif
		.rtm_seq = 1,
	},
	.destination = ADDRESS({ 0x02 }),
#if defined(__NetBSD__) || defined(__OpenBSD__)
	.gateway = NODE,
#else
	.gateway = LINK(),
#endif
	.netmask = ADDRESS({ 0xfe }),
} };

struct if_up {
	struct if_msghdr header;
} PACKED;
MESSAGE(if_up) = { "VEC:if_up", sizeof(struct if_up), {
	.header = {
		.ifm_msglen = sizeof(struct if_up), .ifm_version = RTM_VERSION, .ifm_type = RTM_IFINFO,
		HEADER_LENGTH(ifm_hdrlen, if_msghdr)
		.ifm_index = 7, .ifm_flags = IFF_UP | IFF_RUNNING | IFF_POINTOPOINT, .ifm_data = { .ifi_mtu = 1280 },
	},
} };

#define NEW_ADDRESS(name, mask, ...) \
	struct name { \
		struct ifa_msghdr header; \
		union mask netmask; \
		union padded_dl interface; \
		union padded_in6 address; \
	} PACKED; \
	MESSAGE(name) = { "VEC:" #name, sizeof(struct name), { \
		.header = { \
			.ifam_msglen = sizeof(struct name), .ifam_version = RTM_VERSION, .ifam_type = RTM_NEWADDR, \
			HEADER_LENGTH(ifam_hdrlen, ifa_msghdr) \
			.ifam_index = 7, .ifam_addrs = RTA_NETMASK | RTA_IFP | RTA_IFA, \
		}, \
		.netmask = { { __VA_ARGS__ } }, \
		.interface = LINK(.sdl_nlen = 4, .sdl_data = { 't', 'u', 'n', '7' }), \
		.address = NODE, \
	} }

NEW_ADDRESS(new_addr, short_mask, 9, AF_INET6, 0, 0, 0, 0, 0, 0, 0xfe);
NEW_ADDRESS(zero_len, no_mask, 0);
