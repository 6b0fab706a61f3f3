/* SPDX-License-Identifier: MIT
 * DragonFly BSD 5.8 and later: tun and tap, addresses, the routing socket. A model through and through: zig carries
 * none of its headers, so numbers and layouts are restated here and only the arithmetic on them is the compiler's. Each
 * line names the header in DragonFly's tree that was read (net/if.h and net/route.h of routing message version 7, the
 * others older), or says that it is inferred. */
#include "probe.h"

typedef unsigned char u_char;
typedef unsigned short u_short;
typedef long time_t;

#define IOC(direction, group, number, size) ((direction) | ((size) & 0x1fff) << 16 | (group) << 8 | (number))
#define _IO(group, number) IOC(0x20000000u, group, number, 0)
#define _IOR(group, number, type) IOC(0x40000000u, group, number, sizeof(type))
#define _IOW(group, number, type) IOC(0x80000000u, group, number, sizeof(type))
#define _IOWR(group, number, type) IOC(0xc0000000u, group, number, sizeof(type))

struct sockaddr {
	u_char sa_len, sa_family;
	char sa_data[14];
};
struct sockaddr_in {
	u_char sin_len, sin_family;
	u_short sin_port;
	unsigned sin_addr;
	char sin_zero[8];
};
struct sockaddr_in6 {
	u_char sin6_len, sin6_family;
	u_short sin6_port;
	unsigned sin6_flowinfo, sin6_addr[4], sin6_scope_id;
};
struct sockaddr_dl {
	u_char sdl_len, sdl_family;
	u_short sdl_index;
	u_char sdl_type, sdl_nlen, sdl_alen, sdl_slen;
	char sdl_data[12];
	u_short sdl_rcf, sdl_route[16];
};
struct tuninfo {
	int baudrate;
	u_short mtu;
	u_char type, dummy;
};
struct tapinfo {
	int baudrate;
	short mtu;
	u_char type, dummy;
};
struct fiodname_args {
	void *name;
	unsigned len;
};
struct ifreq {
	char ifr_name[16];
	union {
		struct sockaddr ifru_addr;
		short ifru_flags[2], ifru_index;
		int ifru_mtu;
		void *ifru_data;
	} ifr_ifru;
};
struct ifaliasreq {
	char ifra_name[16];
	struct sockaddr ifra_addr, ifra_broadaddr, ifra_mask;
};
struct in6_addrlifetime {
	time_t ia6t_expire, ia6t_preferred;
	unsigned ia6t_vltime, ia6t_pltime;
};
struct in6_aliasreq {
	char ifra_name[16];
	struct sockaddr_in6 ifra_addr, ifra_dstaddr, ifra_prefixmask;
	int ifra_flags;
	struct in6_addrlifetime ifra_lifetime;
};
struct in6_ifreq {
	char ifr_name[16];
	union {
		struct sockaddr_in6 ifru_addr;
		int ifru_flags6;
		struct in6_addrlifetime ifru_lifetime;
		unsigned long ifru_icmp6stat[34]; /* the largest member: 34 counters */
	} ifr_ifru;
};
struct nd_ifinfo {
	unsigned linkmtu, maxmtu, basereachable, reachable, retrans, flags;
	int recalctm;
	u_char chlim, receivedra, initialized, randomseed0[8], randomseed1[8], randomid[8];
};
struct in6_ndireq {
	char ifname[16];
	struct nd_ifinfo ndi;
};
struct if_data {
	u_char ifi_type, ifi_physical, ifi_addrlen, ifi_hdrlen, ifi_recvquota, ifi_xmitquota;
	unsigned long ifi_mtu, ifi_metric, ifi_link_state, ifi_baudrate, ifi_ipackets, ifi_ierrors, ifi_opackets;
	unsigned long ifi_oerrors, ifi_collisions, ifi_ibytes, ifi_obytes, ifi_imcasts, ifi_omcasts, ifi_iqdrops;
	unsigned long ifi_noproto, ifi_hwassist, ifi_oqdrops;
	long ifi_lastchange[2]; /* struct timeval */
};
struct if_msghdr {
	u_short ifm_msglen;
	u_char ifm_version, ifm_type;
	u_short ifm_index;
	int ifm_flags, ifm_addrs;
	struct if_data ifm_data;
};
struct ifa_msghdr { /* 24 bytes, without ifam_pid, is what Go's x/net takes it for */
	u_short ifam_msglen;
	u_char ifam_version, ifam_type;
	u_short ifam_index;
	int ifam_flags, ifam_addrs, ifam_pid, ifam_addrflags, ifam_metric;
};
struct if_announcemsghdr {
	u_short ifan_msglen;
	u_char ifan_version, ifan_type;
	u_short ifan_index;
	char ifan_name[16];
	u_short ifan_what;
};
struct rt_metrics {
	unsigned long rmx_locks, rmx_mtu, rmx_pksent, rmx_expire, rmx_sendpipe, rmx_ssthresh, rmx_rtt, rmx_rttvar;
	unsigned long rmx_recvpipe, rmx_hopcount;
	u_short rmx_mssopt, rmx_pad;
	unsigned long rmx_msl, rmx_iwmaxsegs, rmx_iwcapsegs;
};
struct rt_msghdr {
	u_short rtm_msglen;
	u_char rtm_version, rtm_type;
	u_short rtm_index;
	int rtm_flags, rtm_addrs, rtm_pid, rtm_seq, rtm_errno, rtm_use;
	unsigned long rtm_inits;
	struct rt_metrics rtm_rmx;
};

/* address families and sockets */
VALUE(AF_UNSPEC, 0) VALUE(AF_INET, 2) VALUE(AF_INET6, 28) VALUE(AF_LINK, 18) /* sys/sys/socket.h */
VALUE(AF_ROUTE, 17) VALUE(PF_ROUTE, 17) VALUE(SOCK_STREAM, 1) VALUE(SOCK_DGRAM, 2) /* sys/sys/socket.h */
VALUE(SOCK_RAW, 3) VALUE(SOL_SOCKET, 0xffff) VALUE(SO_REUSEADDR, 4) VALUE(SO_REUSEPORT, 0x200) /* sys/sys/socket.h */
VALUE(SO_USELOOPBACK, 0x40) VALUE(SO_SNDBUF, 0x1001) VALUE(SO_RCVBUF, 0x1002) /* sys/sys/socket.h */

/* descriptors */
VALUE(FIONREAD, _IOR('f', 127, int)) VALUE(FIONBIO, _IOW('f', 126, int)) /* sys/sys/filio.h */
VALUE(FIOASYNC, _IOW('f', 125, int)) VALUE(FIOSETOWN, _IOW('f', 124, int)) /* sys/sys/filio.h */
VALUE(FIOGETOWN, _IOR('f', 123, int)) VALUE(FIODNAME, _IOW('f', 120, struct fiodname_args)) /* sys/sys/filio.h */

/* tun and tap */
VALUE(TUNGDEBUG, _IOR('t', 89, int)) VALUE(TUNSDEBUG, _IOW('t', 90, int)) /* sys/net/tun/if_tun.h */
VALUE(TUNSIFINFO, _IOW('t', 91, struct tuninfo)) /* sys/net/tun/if_tun.h */
VALUE(TUNGIFINFO, _IOR('t', 92, struct tuninfo)) VALUE(TUNSLMODE, _IOW('t', 93, int)) /* sys/net/tun/if_tun.h */
VALUE(TUNSIFMODE, _IOW('t', 94, int)) VALUE(TUNSIFPID, _IO('t', 95)) /* sys/net/tun/if_tun.h */
VALUE(TUNSIFHEAD, _IOW('t', 96, int)) VALUE(TUNGIFHEAD, _IOR('t', 97, int)) /* sys/net/tun/if_tun.h */
VALUE(TUNMTU, 1500) VALUE(TUNMRU, 16384) /* sys/net/tun/if_tun.h */
VALUE(TUNGIFNAME, _IOR('t', 98, struct ifreq)) /* inferred; newer releases only */
VALUE(TAPGDEBUG, _IOR('t', 89, int)) VALUE(TAPSDEBUG, _IOW('t', 90, int)) /* sys/net/tap/if_tap.h */
VALUE(TAPSIFINFO, _IOW('t', 91, struct tapinfo)) /* sys/net/tap/if_tap.h */
VALUE(TAPGIFINFO, _IOR('t', 92, struct tapinfo)) VALUE(VMIO_SIOCSIFFLAGS, _IO('V', 0)) /* sys/net/tap/if_tap.h */
VALUE(TAPMRU, 16384) /* sys/net/tap/if_tap.h */

/* interfaces and IPv4 addresses */
VALUE(IFNAMSIZ, 16) /* sys/net/if.h */
VALUE(SIOCSIFADDR, _IOW('i', 12, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCSIFDSTADDR, _IOW('i', 14, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCSIFFLAGS, _IOW('i', 16, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCGIFFLAGS, _IOWR('i', 17, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCSIFBRDADDR, _IOW('i', 19, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCSIFNETMASK, _IOW('i', 22, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCGIFMETRIC, _IOWR('i', 23, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCSIFMETRIC, _IOW('i', 24, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCDIFADDR, _IOW('i', 25, struct ifreq)) VALUE(SIOCSIFCAP, _IOW('i', 30, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCGIFCAP, _IOWR('i', 31, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCGIFINDEX, _IOWR('i', 32, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCGIFADDR, _IOWR('i', 33, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCGIFDSTADDR, _IOWR('i', 34, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCGIFBRDADDR, _IOWR('i', 35, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCGIFNETMASK, _IOWR('i', 37, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCGIFDATA, _IOWR('i', 38, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCSIFNAME, _IOW('i', 40, struct ifreq)) VALUE(SIOCGIFMTU, _IOWR('i', 51, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCSIFMTU, _IOW('i', 52, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCSIFLLADDR, _IOW('i', 60, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCIFDESTROY, _IOW('i', 121, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCIFCREATE, _IOWR('i', 122, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCIFCREATE2, _IOWR('i', 124, struct ifreq)) /* sys/sys/sockio.h */
VALUE(SIOCAIFADDR, _IOW('i', 26, struct ifaliasreq)) /* sys/sys/sockio.h */

/* IPv6 addresses */
VALUE(SIOCSIFADDR_IN6, _IOW('i', 12, struct in6_ifreq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCDIFADDR_IN6, _IOW('i', 25, struct in6_ifreq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCGIFADDR_IN6, _IOWR('i', 33, struct in6_ifreq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCGIFDSTADDR_IN6, _IOWR('i', 34, struct in6_ifreq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCGIFNETMASK_IN6, _IOWR('i', 37, struct in6_ifreq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCGIFAFLAG_IN6, _IOWR('i', 73, struct in6_ifreq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCGIFALIFETIME_IN6, _IOWR('i', 81, struct in6_ifreq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCSIFALIFETIME_IN6, _IOWR('i', 82, struct in6_ifreq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCGIFSTAT_IN6, _IOWR('i', 83, struct in6_ifreq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCAIFADDR_IN6, _IOW('i', 26, struct in6_aliasreq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCGIFINFO_IN6, _IOWR('i', 108, struct in6_ndireq)) /* sys/netinet6/in6_var.h */
VALUE(SIOCSIFINFO_FLAGS, _IOWR('i', 87, struct in6_ndireq)) VALUE(IN6_IFF_ANYCAST, 1) /* sys/netinet6/in6_var.h */
VALUE(IN6_IFF_TENTATIVE, 2) VALUE(IN6_IFF_DUPLICATED, 4) VALUE(IN6_IFF_DETACHED, 8) /* sys/netinet6/in6_var.h */
VALUE(IN6_IFF_DEPRECATED, 0x10) VALUE(IN6_IFF_NODAD, 0x20) VALUE(IN6_IFF_AUTOCONF, 0x40) /* sys/netinet6/in6_var.h */
VALUE(IN6_IFF_TEMPORARY, 0x80) /* sys/netinet6/in6_var.h */
VALUE(ND6_IFF_PERFORMNUD, 1) VALUE(ND6_IFF_ACCEPT_RTADV, 2) /* sys/netinet6/nd6.h */
VALUE(ND6_INFINITE_LIFETIME, 0xffffffff) /* sys/netinet6/nd6.h */

/* interface flags and kinds */
VALUE(IFF_UP, 1) VALUE(IFF_BROADCAST, 2) VALUE(IFF_DEBUG, 4) VALUE(IFF_LOOPBACK, 8) /* sys/net/if.h */
VALUE(IFF_POINTOPOINT, 0x10) VALUE(IFF_RUNNING, 0x40) VALUE(IFF_NOARP, 0x80) /* sys/net/if.h */
VALUE(IFF_PROMISC, 0x100) VALUE(IFF_ALLMULTI, 0x200) VALUE(IFF_SIMPLEX, 0x800) /* sys/net/if.h */
VALUE(IFF_LINK0, 0x1000) VALUE(IFF_LINK1, 0x2000) VALUE(IFF_LINK2, 0x4000) /* sys/net/if.h */
VALUE(IFF_MULTICAST, 0x8000) VALUE(LINK_STATE_UNKNOWN, 0) VALUE(LINK_STATE_DOWN, 1) /* sys/net/if.h */
VALUE(LINK_STATE_UP, 2) VALUE(IFAN_ARRIVAL, 0) VALUE(IFAN_DEPARTURE, 1) /* sys/net/if.h */

/* routing messages */
VALUE(RTM_VERSION, 7) VALUE(RTM_ADD, 1) VALUE(RTM_DELETE, 2) VALUE(RTM_CHANGE, 3) /* sys/net/route.h */
VALUE(RTM_GET, 4) VALUE(RTM_LOSING, 5) VALUE(RTM_REDIRECT, 6) VALUE(RTM_MISS, 7) /* sys/net/route.h */
VALUE(RTM_LOCK, 8) VALUE(RTM_RESOLVE, 0xb) VALUE(RTM_NEWADDR, 0xc) VALUE(RTM_DELADDR, 0xd) /* sys/net/route.h */
VALUE(RTM_IFINFO, 0xe) VALUE(RTM_NEWMADDR, 0xf) VALUE(RTM_DELMADDR, 0x10) /* sys/net/route.h */
VALUE(RTM_IFANNOUNCE, 0x11) VALUE(RTM_IEEE80211, 0x12) VALUE(ROUTE_MSGFILTER, 1) /* sys/net/route.h */
VALUE(RTA_DST, 1) VALUE(RTA_GATEWAY, 2) VALUE(RTA_NETMASK, 4) VALUE(RTA_GENMASK, 8) /* sys/net/route.h */
VALUE(RTA_IFP, 0x10) VALUE(RTA_IFA, 0x20) VALUE(RTA_AUTHOR, 0x40) VALUE(RTA_BRD, 0x80) /* sys/net/route.h */
VALUE(RTAX_DST, 0) VALUE(RTAX_GATEWAY, 1) VALUE(RTAX_NETMASK, 2) VALUE(RTAX_GENMASK, 3) /* sys/net/route.h */
VALUE(RTAX_IFP, 4) VALUE(RTAX_IFA, 5) VALUE(RTAX_AUTHOR, 6) VALUE(RTAX_BRD, 7) /* sys/net/route.h */
VALUE(RTAX_MAX, 11) VALUE(RTV_MTU, 1) VALUE(RTV_HOPCOUNT, 2) VALUE(RTV_EXPIRE, 4) /* sys/net/route.h */
VALUE(RTV_RPIPE, 8) VALUE(RTV_SPIPE, 0x10) VALUE(RTV_SSTHRESH, 0x20) VALUE(RTV_RTT, 0x40) /* sys/net/route.h */
VALUE(RTV_RTTVAR, 0x80) /* sys/net/route.h */
VALUE(ROUTE_ALIGNMENT, sizeof(long)) /* sys/net/route.h */

/* route flags */
VALUE(RTF_UP, 1) VALUE(RTF_GATEWAY, 2) VALUE(RTF_HOST, 4) VALUE(RTF_REJECT, 8) /* sys/net/route.h */
VALUE(RTF_DYNAMIC, 0x10) VALUE(RTF_MODIFIED, 0x20) VALUE(RTF_DONE, 0x40) /* sys/net/route.h */
VALUE(RTF_CLONING, 0x100) VALUE(RTF_XRESOLVE, 0x200) VALUE(RTF_LLINFO, 0x400) /* sys/net/route.h */
VALUE(RTF_STATIC, 0x800) VALUE(RTF_BLACKHOLE, 0x1000) VALUE(RTF_PROTO2, 0x4000) /* sys/net/route.h */
VALUE(RTF_PROTO1, 0x8000) VALUE(RTF_PRCLONING, 0x10000) VALUE(RTF_WASCLONED, 0x20000) /* sys/net/route.h */
VALUE(RTF_PROTO3, 0x40000) VALUE(RTF_PINNED, 0x100000) VALUE(RTF_LOCAL, 0x200000) /* sys/net/route.h */
VALUE(RTF_BROADCAST, 0x400000) VALUE(RTF_MULTICAST, 0x800000) /* sys/net/route.h */

/* listings */
VALUE(CTL_KERN, 1) VALUE(CTL_NET, 4) VALUE(CTL_HW, 6) /* inferred from FreeBSD */
VALUE(NET_RT_DUMP, 1) VALUE(NET_RT_FLAGS, 2) VALUE(NET_RT_IFLIST, 3) /* sys/sys/socket.h */

/* errors */
VALUE(EPERM, 1) VALUE(ENOENT, 2) VALUE(ESRCH, 3) VALUE(EINTR, 4) VALUE(EIO, 5) VALUE(ENXIO, 6) /* sys/sys/errno.h */
VALUE(ENOMEM, 12) VALUE(EACCES, 13) VALUE(EBUSY, 16) VALUE(EEXIST, 17) VALUE(ENODEV, 19) /* sys/sys/errno.h */
VALUE(EINVAL, 22) VALUE(ENOTTY, 25) VALUE(EAGAIN, 35) VALUE(EWOULDBLOCK, 35) /* sys/sys/errno.h */
VALUE(EINPROGRESS, 36) VALUE(EALREADY, 37) VALUE(EMSGSIZE, 40) VALUE(EOPNOTSUPP, 45) /* sys/sys/errno.h */
VALUE(ENOTSUP, 45) VALUE(EAFNOSUPPORT, 47) VALUE(EADDRINUSE, 48) VALUE(EADDRNOTAVAIL, 49) /* sys/sys/errno.h */
VALUE(ENETDOWN, 50) VALUE(ENETUNREACH, 51) VALUE(ENOBUFS, 55) VALUE(ETIMEDOUT, 60) /* sys/sys/errno.h */
VALUE(ECONNREFUSED, 61) VALUE(EHOSTDOWN, 64) VALUE(EHOSTUNREACH, 65) VALUE(EDQUOT, 69) /* sys/sys/errno.h */
VALUE(ENOSYS, 78) /* sys/sys/errno.h */

/* structures */
SIZEOF_TYPE(long, long) SIZEOF_TYPE(pointer, void *) SIZEOF_TYPE(time_t, time_t) /* x86-64 */
SIZEOF(sockaddr) /* sys/sys/socket.h */
SIZEOF(sockaddr_in) OFFSETOF(sockaddr_in, sin_len) OFFSETOF(sockaddr_in, sin_family) /* inferred from FreeBSD */
OFFSETOF(sockaddr_in, sin_port) OFFSETOF(sockaddr_in, sin_addr) /* inferred from FreeBSD */
SIZEOF(sockaddr_in6) OFFSETOF(sockaddr_in6, sin6_len) OFFSETOF(sockaddr_in6, sin6_family) /* inferred from FreeBSD */
OFFSETOF(sockaddr_in6, sin6_port) OFFSETOF(sockaddr_in6, sin6_flowinfo) /* inferred from FreeBSD */
OFFSETOF(sockaddr_in6, sin6_addr) OFFSETOF(sockaddr_in6, sin6_scope_id) /* inferred from FreeBSD */
SIZEOF(sockaddr_dl) OFFSETOF(sockaddr_dl, sdl_len) OFFSETOF(sockaddr_dl, sdl_family) /* sys/net/if_dl.h */
OFFSETOF(sockaddr_dl, sdl_index) OFFSETOF(sockaddr_dl, sdl_type) OFFSETOF(sockaddr_dl, sdl_nlen) /* sys/net/if_dl.h */
OFFSETOF(sockaddr_dl, sdl_alen) OFFSETOF(sockaddr_dl, sdl_slen) OFFSETOF(sockaddr_dl, sdl_data) /* sys/net/if_dl.h */
SIZEOF(ifreq) OFFSETOF(ifreq, ifr_name) OFFSETOF_AS(ifreq, ifru, ifr_ifru) /* sys/net/if.h */
OFFSETOF_AS(ifreq, ifr_flags, ifr_ifru.ifru_flags[0]) /* sys/net/if.h */
OFFSETOF_AS(ifreq, ifr_flagshigh, ifr_ifru.ifru_flags[1]) /* sys/net/if.h */
OFFSETOF_AS(ifreq, ifr_mtu, ifr_ifru.ifru_mtu) OFFSETOF_AS(ifreq, ifr_index, ifr_ifru.ifru_index) /* sys/net/if.h */
OFFSETOF_AS(ifreq, ifr_data, ifr_ifru.ifru_data) /* sys/net/if.h */
SIZEOF(ifaliasreq) OFFSETOF(ifaliasreq, ifra_name) OFFSETOF(ifaliasreq, ifra_addr) /* sys/net/if.h */
OFFSETOF(ifaliasreq, ifra_broadaddr) OFFSETOF(ifaliasreq, ifra_mask) /* sys/net/if.h */
SIZEOF(tuninfo) OFFSETOF(tuninfo, baudrate) OFFSETOF(tuninfo, mtu) OFFSETOF(tuninfo, type) /* sys/net/tun/if_tun.h */
SIZEOF(tapinfo) OFFSETOF(tapinfo, baudrate) OFFSETOF(tapinfo, mtu) OFFSETOF(tapinfo, type) /* sys/net/tap/if_tap.h */
SIZEOF(fiodname_args) OFFSETOF(fiodname_args, name) OFFSETOF(fiodname_args, len) /* sys/sys/filio.h */
SIZEOF(in6_addrlifetime) OFFSETOF(in6_addrlifetime, ia6t_expire) /* sys/netinet6/in6_var.h */
OFFSETOF(in6_addrlifetime, ia6t_preferred) OFFSETOF(in6_addrlifetime, ia6t_vltime) /* sys/netinet6/in6_var.h */
OFFSETOF(in6_addrlifetime, ia6t_pltime) /* sys/netinet6/in6_var.h */
SIZEOF(in6_aliasreq) OFFSETOF(in6_aliasreq, ifra_name) OFFSETOF(in6_aliasreq, ifra_addr) /* sys/netinet6/in6_var.h */
OFFSETOF(in6_aliasreq, ifra_dstaddr) OFFSETOF(in6_aliasreq, ifra_prefixmask) /* sys/netinet6/in6_var.h */
OFFSETOF(in6_aliasreq, ifra_flags) OFFSETOF(in6_aliasreq, ifra_lifetime) /* sys/netinet6/in6_var.h */
SIZEOF(in6_ifreq) OFFSETOF(in6_ifreq, ifr_name) OFFSETOF(in6_ifreq, ifr_ifru) /* sys/netinet6/in6_var.h */
SIZEOF(nd_ifinfo) OFFSETOF(nd_ifinfo, linkmtu) OFFSETOF(nd_ifinfo, maxmtu) /* sys/netinet6/nd6.h */
OFFSETOF(nd_ifinfo, flags) /* sys/netinet6/nd6.h */
SIZEOF(in6_ndireq) OFFSETOF(in6_ndireq, ifname) OFFSETOF(in6_ndireq, ndi) /* sys/netinet6/nd6.h */
SIZEOF(if_data) OFFSETOF(if_data, ifi_type) OFFSETOF(if_data, ifi_link_state) /* sys/net/if.h */
OFFSETOF(if_data, ifi_mtu) OFFSETOF(if_data, ifi_metric) OFFSETOF(if_data, ifi_baudrate) /* sys/net/if.h */
OFFSETOF(if_data, ifi_ipackets) OFFSETOF(if_data, ifi_ibytes) /* sys/net/if.h */
SIZEOF(if_msghdr) OFFSETOF(if_msghdr, ifm_msglen) OFFSETOF(if_msghdr, ifm_version) /* sys/net/if.h */
OFFSETOF(if_msghdr, ifm_type) OFFSETOF(if_msghdr, ifm_index) OFFSETOF(if_msghdr, ifm_flags) /* sys/net/if.h */
OFFSETOF(if_msghdr, ifm_addrs) OFFSETOF(if_msghdr, ifm_data) /* sys/net/if.h */
SIZEOF(ifa_msghdr) OFFSETOF(ifa_msghdr, ifam_msglen) OFFSETOF(ifa_msghdr, ifam_version) /* sys/net/if.h */
OFFSETOF(ifa_msghdr, ifam_type) OFFSETOF(ifa_msghdr, ifam_index) OFFSETOF(ifa_msghdr, ifam_flags) /* sys/net/if.h */
OFFSETOF(ifa_msghdr, ifam_addrs) OFFSETOF(ifa_msghdr, ifam_pid) /* sys/net/if.h */
OFFSETOF(ifa_msghdr, ifam_addrflags) OFFSETOF(ifa_msghdr, ifam_metric) /* sys/net/if.h */
SIZEOF(if_announcemsghdr) OFFSETOF(if_announcemsghdr, ifan_msglen) /* sys/net/if.h */
OFFSETOF(if_announcemsghdr, ifan_version) OFFSETOF(if_announcemsghdr, ifan_type) /* sys/net/if.h */
OFFSETOF(if_announcemsghdr, ifan_index) OFFSETOF(if_announcemsghdr, ifan_name) /* sys/net/if.h */
OFFSETOF(if_announcemsghdr, ifan_what) /* sys/net/if.h */
SIZEOF(rt_metrics) OFFSETOF(rt_metrics, rmx_locks) OFFSETOF(rt_metrics, rmx_mtu) /* sys/net/route.h */
OFFSETOF(rt_metrics, rmx_expire) OFFSETOF(rt_metrics, rmx_hopcount) /* sys/net/route.h */
SIZEOF(rt_msghdr) OFFSETOF(rt_msghdr, rtm_msglen) OFFSETOF(rt_msghdr, rtm_version) /* sys/net/route.h */
OFFSETOF(rt_msghdr, rtm_type) OFFSETOF(rt_msghdr, rtm_index) OFFSETOF(rt_msghdr, rtm_flags) /* sys/net/route.h */
OFFSETOF(rt_msghdr, rtm_addrs) OFFSETOF(rt_msghdr, rtm_pid) OFFSETOF(rt_msghdr, rtm_seq) /* sys/net/route.h */
OFFSETOF(rt_msghdr, rtm_errno) OFFSETOF(rt_msghdr, rtm_use) OFFSETOF(rt_msghdr, rtm_inits) /* sys/net/route.h */
OFFSETOF(rt_msghdr, rtm_rmx) OFFSETOF_AS(rt_msghdr, rmx_mtu, rtm_rmx.rmx_mtu) /* sys/net/route.h */
OFFSETOF_AS(rt_msghdr, rmx_expire, rtm_rmx.rmx_expire) /* sys/net/route.h */
