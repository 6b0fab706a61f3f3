/* SPDX-License-Identifier: MIT
 * macOS: utun's control socket, addresses, the routing socket. The SDK subset that comes with zig lacks net/if_utun.h,
 * sys/sys_domain.h, netinet6/in6_var.h and netinet6/nd6.h: what they declare is modelled below after XNU 11417. */
#include <sys/param.h>
#include <sys/types.h>
#include <sys/time.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/socket.h>
#include <sys/sockio.h>
#include <sys/ioctl.h>
#include <sys/filio.h>
#include <sys/sysctl.h>
#include <sys/kern_control.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_var.h>
#include <net/route.h>
#include <netinet/in.h>

#include "probe.h"

/* the model of netinet6/in6_var.h and netinet6/nd6.h */
struct in6_addrlifetime {
	time_t ia6t_expire, ia6t_preferred;
	unsigned ia6t_vltime, ia6t_pltime;
};
struct in6_aliasreq {
	char ifra_name[IFNAMSIZ];
	struct sockaddr_in6 ifra_addr, ifra_dstaddr, ifra_prefixmask;
	int ifra_flags;
	struct in6_addrlifetime ifra_lifetime;
};
struct in6_ifreq {
	char ifr_name[IFNAMSIZ];
	union {
		struct sockaddr_in6 ifru_addr;
		int ifru_flags6;
		struct in6_addrlifetime ifru_lifetime;
		unsigned long long ifru_icmp6stat[34]; /* the largest member: 34 counters */
	} ifr_ifru;
};
struct nd_ifinfo {
	unsigned linkmtu, maxmtu, basereachable, reachable, retrans, flags;
	int recalctm;
	unsigned char chlim, receivedra, randomseed0[8], randomseed1[8], randomid[8];
};
struct in6_ndireq {
	char ifname[IFNAMSIZ];
	struct nd_ifinfo ndi;
};
struct in6_ondireq { /* the older form, without the random numbers */
	char ifname[IFNAMSIZ];
	unsigned linkmtu, maxmtu, basereachable, reachable, retrans, flags;
	int recalctm;
	unsigned char chlim, receivedra, collision_count;
};

/* utun */
CONSTANT(CTLIOCGINFO)
VALUE(SYSPROTO_CONTROL, 2) /* XNU bsd/sys/sys_domain.h */
VALUE(AF_SYS_CONTROL, 2) /* XNU bsd/sys/sys_domain.h */
VALUE(UTUN_OPT_FLAGS, 1) /* XNU bsd/net/if_utun.h */
VALUE(UTUN_OPT_IFNAME, 2) /* XNU bsd/net/if_utun.h */
VALUE(UTUN_OPT_MAX_PENDING_PACKETS, 16) /* XNU bsd/net/if_utun.h */
VALUE(UTUN_FLAGS_NO_OUTPUT, 1) /* XNU bsd/net/if_utun.h */
VALUE(UTUN_FLAGS_NO_INPUT, 2) /* XNU bsd/net/if_utun.h */

/* IPv6 addresses */
VALUE(SIOCSIFADDR_IN6, _IOW('i', 12, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCSIFDSTADDR_IN6, _IOW('i', 14, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCSIFNETMASK_IN6, _IOW('i', 22, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCDIFADDR_IN6, _IOW('i', 25, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCAIFADDR_IN6, _IOW('i', 26, struct in6_aliasreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCGIFADDR_IN6, _IOWR('i', 33, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCGIFDSTADDR_IN6, _IOWR('i', 34, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCGIFNETMASK_IN6, _IOWR('i', 37, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCGIFAFLAG_IN6, _IOWR('i', 73, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCGIFINFO_IN6, _IOWR('i', 76, struct in6_ondireq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCGIFALIFETIME_IN6, _IOWR('i', 81, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCSIFALIFETIME_IN6, _IOWR('i', 82, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCGIFSTAT_IN6, _IOWR('i', 83, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCSIFINFO_FLAGS, _IOWR('i', 87, struct in6_ndireq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(OSIOCGIFINFO_IN6, _IOWR('i', 108, struct in6_ondireq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCPROTOATTACH_IN6, _IOWR('i', 110, struct in6_aliasreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCPROTODETACH_IN6, _IOWR('i', 111, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCLL_START, _IOWR('i', 130, struct in6_aliasreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(SIOCLL_STOP, _IOWR('i', 131, struct in6_ifreq)) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_ANYCAST, 0x1) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_TENTATIVE, 0x2) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_DUPLICATED, 0x4) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_DETACHED, 0x8) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_DEPRECATED, 0x10) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_NODAD, 0x20) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_AUTOCONF, 0x40) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_TEMPORARY, 0x80) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_DYNAMIC, 0x100) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_OPTIMISTIC, 0x200) /* XNU bsd/netinet6/in6_var.h */
VALUE(IN6_IFF_SECURED, 0x400) /* XNU bsd/netinet6/in6_var.h */
VALUE(ND6_IFF_PERFORMNUD, 0x1) /* XNU bsd/netinet6/nd6.h */
VALUE(ND6_IFF_DAD, 0x200) /* XNU bsd/netinet6/nd6.h */
VALUE(ND6_INFINITE_LIFETIME, 0xffffffff) /* XNU bsd/netinet6/nd6.h */

/* address families and sockets */
CONSTANT(AF_UNSPEC) CONSTANT(AF_INET) CONSTANT(AF_INET6) CONSTANT(AF_LINK) CONSTANT(AF_ROUTE) CONSTANT(PF_ROUTE)
CONSTANT(AF_SYSTEM) CONSTANT(PF_SYSTEM) CONSTANT(SOCK_STREAM) CONSTANT(SOCK_DGRAM) CONSTANT(SOCK_RAW)
CONSTANT(SOCK_SEQPACKET) CONSTANT(SOL_SOCKET) CONSTANT(SO_REUSEADDR) CONSTANT(SO_REUSEPORT) CONSTANT(SO_RCVBUF)
CONSTANT(SO_SNDBUF) CONSTANT(SO_USELOOPBACK) CONSTANT(IPPROTO_IP) CONSTANT(IPPROTO_IPV6) CONSTANT(IPV6_V6ONLY)
CONSTANT(IP_BOUND_IF) CONSTANT(IPV6_BOUND_IF)

/* descriptors */
CONSTANT(O_RDWR) CONSTANT(O_NONBLOCK) CONSTANT(O_CLOEXEC) CONSTANT(O_EXLOCK) CONSTANT(FIONBIO)
CONSTANT(FIOASYNC) CONSTANT(FIONREAD) CONSTANT(FIOSETOWN) CONSTANT(FIOGETOWN)

/* interfaces */
CONSTANT(IFNAMSIZ) CONSTANT(SIOCGIFFLAGS) CONSTANT(SIOCSIFFLAGS) CONSTANT(SIOCGIFMTU) CONSTANT(SIOCSIFMTU)
CONSTANT(SIOCIFCREATE) CONSTANT(SIOCIFCREATE2) CONSTANT(SIOCIFDESTROY) CONSTANT(SIOCGIFMETRIC)
CONSTANT(SIOCSIFMETRIC) CONSTANT(SIOCGIFSTATUS) CONSTANT(SIOCGIFMEDIA) CONSTANT(SIOCGIFCAP) CONSTANT(SIOCSIFCAP)
CONSTANT(SIOCGIFCONF) CONSTANT(SIOCSIFLLADDR) CONSTANT(SIOCIFGCLONERS) CONSTANT(SIOCGIFFUNCTIONALTYPE)

/* IPv4 addresses */
CONSTANT(SIOCAIFADDR) CONSTANT(SIOCDIFADDR) CONSTANT(SIOCGIFADDR) CONSTANT(SIOCSIFADDR) CONSTANT(SIOCGIFDSTADDR)
CONSTANT(SIOCSIFDSTADDR) CONSTANT(SIOCGIFBRDADDR) CONSTANT(SIOCSIFBRDADDR) CONSTANT(SIOCGIFNETMASK)
CONSTANT(SIOCSIFNETMASK)

/* interface flags and kinds */
CONSTANT(IFF_UP) CONSTANT(IFF_BROADCAST) CONSTANT(IFF_DEBUG) CONSTANT(IFF_LOOPBACK) CONSTANT(IFF_POINTOPOINT)
CONSTANT(IFF_RUNNING) CONSTANT(IFF_NOARP) CONSTANT(IFF_PROMISC) CONSTANT(IFF_ALLMULTI) CONSTANT(IFF_OACTIVE)
CONSTANT(IFF_SIMPLEX) CONSTANT(IFF_LINK0) CONSTANT(IFF_LINK1) CONSTANT(IFF_LINK2) CONSTANT(IFF_MULTICAST)

/* routing messages */
CONSTANT(RTM_VERSION) CONSTANT(RTM_ADD) CONSTANT(RTM_DELETE) CONSTANT(RTM_CHANGE) CONSTANT(RTM_GET)
CONSTANT(RTM_GET2) CONSTANT(RTM_LOSING) CONSTANT(RTM_REDIRECT) CONSTANT(RTM_MISS) CONSTANT(RTM_LOCK)
CONSTANT(RTM_RESOLVE) CONSTANT(RTM_NEWADDR) CONSTANT(RTM_DELADDR) CONSTANT(RTM_IFINFO) CONSTANT(RTM_IFINFO2)
CONSTANT(RTM_NEWMADDR) CONSTANT(RTM_DELMADDR) CONSTANT(RTM_NEWMADDR2) CONSTANT(RTA_DST) CONSTANT(RTA_GATEWAY)
CONSTANT(RTA_NETMASK) CONSTANT(RTA_GENMASK) CONSTANT(RTA_IFP) CONSTANT(RTA_IFA) CONSTANT(RTA_AUTHOR)
CONSTANT(RTA_BRD) CONSTANT(RTAX_DST) CONSTANT(RTAX_GATEWAY) CONSTANT(RTAX_NETMASK) CONSTANT(RTAX_GENMASK)
CONSTANT(RTAX_IFP) CONSTANT(RTAX_IFA) CONSTANT(RTAX_AUTHOR) CONSTANT(RTAX_BRD) CONSTANT(RTAX_MAX)
CONSTANT(RTV_MTU) CONSTANT(RTV_HOPCOUNT) CONSTANT(RTV_EXPIRE) CONSTANT(RTV_RPIPE) CONSTANT(RTV_SPIPE)
CONSTANT(RTV_SSTHRESH) CONSTANT(RTV_RTT) CONSTANT(RTV_RTTVAR)
VALUE(ROUTE_ALIGNMENT, 4) /* ROUNDUP32 in XNU bsd/net/rtsock.c */

/* route flags */
CONSTANT(RTF_UP) CONSTANT(RTF_GATEWAY) CONSTANT(RTF_HOST) CONSTANT(RTF_REJECT) CONSTANT(RTF_DYNAMIC)
CONSTANT(RTF_MODIFIED) CONSTANT(RTF_DONE) CONSTANT(RTF_DELCLONE) CONSTANT(RTF_CLONING) CONSTANT(RTF_XRESOLVE)
CONSTANT(RTF_LLINFO) CONSTANT(RTF_STATIC) CONSTANT(RTF_BLACKHOLE) CONSTANT(RTF_NOIFREF) CONSTANT(RTF_PROTO1)
CONSTANT(RTF_PROTO2) CONSTANT(RTF_PROTO3) CONSTANT(RTF_PRCLONING) CONSTANT(RTF_WASCLONED) CONSTANT(RTF_PINNED)
CONSTANT(RTF_LOCAL) CONSTANT(RTF_BROADCAST) CONSTANT(RTF_MULTICAST) CONSTANT(RTF_IFSCOPE) CONSTANT(RTF_GLOBAL)
CONSTANT(RTF_PROXY) CONSTANT(RTF_ROUTER) CONSTANT(RTF_IFREF) CONSTANT(RTF_CONDEMNED) CONSTANT(RTF_DEAD)

/* listings and filters */
CONSTANT(CTL_KERN) CONSTANT(CTL_NET) CONSTANT(CTL_HW) CONSTANT(KERN_OSTYPE) CONSTANT(KERN_OSRELEASE)
CONSTANT(KERN_OSREV) CONSTANT(KERN_VERSION) CONSTANT(KERN_OSRELDATE) CONSTANT(HW_MACHINE)
CONSTANT(HW_MACHINE_ARCH) CONSTANT(NET_RT_DUMP) CONSTANT(NET_RT_DUMP2) CONSTANT(NET_RT_FLAGS)
CONSTANT(NET_RT_IFLIST) CONSTANT(NET_RT_IFLIST2) CONSTANT(NET_RT_MAXID)

/* errors */
CONSTANT(EPERM) CONSTANT(ENOENT) CONSTANT(ESRCH) CONSTANT(EINTR) CONSTANT(EIO) CONSTANT(ENXIO) CONSTANT(ENOMEM)
CONSTANT(EACCES) CONSTANT(EBUSY) CONSTANT(EEXIST) CONSTANT(ENODEV) CONSTANT(EINVAL) CONSTANT(ENOTTY)
CONSTANT(EAGAIN) CONSTANT(EWOULDBLOCK) CONSTANT(EINPROGRESS) CONSTANT(EALREADY) CONSTANT(EMSGSIZE)
CONSTANT(EOPNOTSUPP) CONSTANT(ENOTSUP) CONSTANT(EAFNOSUPPORT) CONSTANT(EADDRINUSE) CONSTANT(EADDRNOTAVAIL)
CONSTANT(ENETDOWN) CONSTANT(ENETUNREACH) CONSTANT(ECONNREFUSED) CONSTANT(EHOSTDOWN) CONSTANT(EHOSTUNREACH)
CONSTANT(ENOBUFS) CONSTANT(ETIMEDOUT) CONSTANT(EDQUOT) CONSTANT(ENOSYS)

/* structures */
SIZEOF_TYPE(long, long)
SIZEOF_TYPE(pointer, void *)
SIZEOF_TYPE(time_t, time_t)
SIZEOF(sockaddr)
SIZEOF(sockaddr_in) OFFSETOF(sockaddr_in, sin_len) OFFSETOF(sockaddr_in, sin_family)
OFFSETOF(sockaddr_in, sin_port) OFFSETOF(sockaddr_in, sin_addr)
SIZEOF(sockaddr_in6) OFFSETOF(sockaddr_in6, sin6_len) OFFSETOF(sockaddr_in6, sin6_family)
OFFSETOF(sockaddr_in6, sin6_port) OFFSETOF(sockaddr_in6, sin6_flowinfo) OFFSETOF(sockaddr_in6, sin6_addr)
OFFSETOF(sockaddr_in6, sin6_scope_id)
SIZEOF(sockaddr_dl) OFFSETOF(sockaddr_dl, sdl_len) OFFSETOF(sockaddr_dl, sdl_family)
OFFSETOF(sockaddr_dl, sdl_index) OFFSETOF(sockaddr_dl, sdl_type) OFFSETOF(sockaddr_dl, sdl_nlen)
OFFSETOF(sockaddr_dl, sdl_alen) OFFSETOF(sockaddr_dl, sdl_slen) OFFSETOF(sockaddr_dl, sdl_data)
SIZEOF(sockaddr_ctl) OFFSETOF(sockaddr_ctl, sc_len) OFFSETOF(sockaddr_ctl, sc_family)
OFFSETOF(sockaddr_ctl, ss_sysaddr) OFFSETOF(sockaddr_ctl, sc_id) OFFSETOF(sockaddr_ctl, sc_unit)
SIZEOF(sockaddr_storage)
SIZEOF(ctl_info) OFFSETOF(ctl_info, ctl_id) OFFSETOF(ctl_info, ctl_name)
SIZEOF(ifreq) OFFSETOF(ifreq, ifr_name) OFFSETOF_AS(ifreq, ifru, ifr_ifru) OFFSETOF(ifreq, ifr_flags)
OFFSETOF(ifreq, ifr_mtu) OFFSETOF(ifreq, ifr_metric) OFFSETOF(ifreq, ifr_data) OFFSETOF(ifreq, ifr_media)
SIZEOF(ifaliasreq) OFFSETOF(ifaliasreq, ifra_name) OFFSETOF(ifaliasreq, ifra_addr)
OFFSETOF(ifaliasreq, ifra_broadaddr) OFFSETOF(ifaliasreq, ifra_mask)
SIZEOF(if_clonereq) OFFSETOF(if_clonereq, ifcr_total) OFFSETOF(if_clonereq, ifcr_count)
OFFSETOF(if_clonereq, ifcr_buffer)
SIZEOF(if_data) OFFSETOF(if_data, ifi_type) OFFSETOF(if_data, ifi_physical) OFFSETOF(if_data, ifi_addrlen)
OFFSETOF(if_data, ifi_hdrlen) OFFSETOF(if_data, ifi_mtu) OFFSETOF(if_data, ifi_metric)
OFFSETOF(if_data, ifi_baudrate) OFFSETOF(if_data, ifi_ipackets) OFFSETOF(if_data, ifi_ibytes)
SIZEOF(if_msghdr) OFFSETOF(if_msghdr, ifm_msglen) OFFSETOF(if_msghdr, ifm_version) OFFSETOF(if_msghdr, ifm_type)
OFFSETOF(if_msghdr, ifm_addrs) OFFSETOF(if_msghdr, ifm_flags) OFFSETOF(if_msghdr, ifm_index)
OFFSETOF(if_msghdr, ifm_data)
SIZEOF(if_msghdr2) OFFSETOF(if_msghdr2, ifm_msglen) OFFSETOF(if_msghdr2, ifm_version)
OFFSETOF(if_msghdr2, ifm_type) OFFSETOF(if_msghdr2, ifm_addrs) OFFSETOF(if_msghdr2, ifm_flags)
OFFSETOF(if_msghdr2, ifm_index) OFFSETOF(if_msghdr2, ifm_data)
OFFSETOF_AS(if_msghdr2, ifi_mtu, ifm_data.ifi_mtu)
SIZEOF(ifa_msghdr) OFFSETOF(ifa_msghdr, ifam_msglen) OFFSETOF(ifa_msghdr, ifam_version)
OFFSETOF(ifa_msghdr, ifam_type) OFFSETOF(ifa_msghdr, ifam_addrs) OFFSETOF(ifa_msghdr, ifam_flags)
OFFSETOF(ifa_msghdr, ifam_index) OFFSETOF(ifa_msghdr, ifam_metric)
SIZEOF(rt_metrics) OFFSETOF(rt_metrics, rmx_locks) OFFSETOF(rt_metrics, rmx_mtu)
OFFSETOF(rt_metrics, rmx_hopcount) OFFSETOF(rt_metrics, rmx_expire)
SIZEOF(rt_msghdr) OFFSETOF(rt_msghdr, rtm_msglen) OFFSETOF(rt_msghdr, rtm_version) OFFSETOF(rt_msghdr, rtm_type)
OFFSETOF(rt_msghdr, rtm_index) OFFSETOF(rt_msghdr, rtm_flags) OFFSETOF(rt_msghdr, rtm_addrs)
OFFSETOF(rt_msghdr, rtm_pid) OFFSETOF(rt_msghdr, rtm_seq) OFFSETOF(rt_msghdr, rtm_errno)
OFFSETOF(rt_msghdr, rtm_use) OFFSETOF(rt_msghdr, rtm_inits) OFFSETOF(rt_msghdr, rtm_rmx)
OFFSETOF_AS(rt_msghdr, rmx_mtu, rtm_rmx.rmx_mtu) OFFSETOF_AS(rt_msghdr, rmx_expire, rtm_rmx.rmx_expire)
SIZEOF(rt_msghdr2) OFFSETOF(rt_msghdr2, rtm_msglen) OFFSETOF(rt_msghdr2, rtm_version)
OFFSETOF(rt_msghdr2, rtm_type) OFFSETOF(rt_msghdr2, rtm_index) OFFSETOF(rt_msghdr2, rtm_flags)
OFFSETOF(rt_msghdr2, rtm_addrs) OFFSETOF(rt_msghdr2, rtm_refcnt) OFFSETOF(rt_msghdr2, rtm_parentflags)
OFFSETOF(rt_msghdr2, rtm_inits) OFFSETOF(rt_msghdr2, rtm_rmx) OFFSETOF_AS(rt_msghdr2, rmx_mtu, rtm_rmx.rmx_mtu)

/* the modelled structures */
SIZEOF(in6_addrlifetime) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_addrlifetime, ia6t_expire) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_addrlifetime, ia6t_preferred) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_addrlifetime, ia6t_vltime) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_addrlifetime, ia6t_pltime) /* XNU bsd/netinet6/in6_var.h */
SIZEOF(in6_aliasreq) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_aliasreq, ifra_name) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_aliasreq, ifra_addr) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_aliasreq, ifra_dstaddr) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_aliasreq, ifra_prefixmask) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_aliasreq, ifra_flags) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_aliasreq, ifra_lifetime) /* XNU bsd/netinet6/in6_var.h */
SIZEOF(in6_ifreq) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_ifreq, ifr_name) /* XNU bsd/netinet6/in6_var.h */
OFFSETOF(in6_ifreq, ifr_ifru) /* XNU bsd/netinet6/in6_var.h */
SIZEOF(nd_ifinfo) /* XNU bsd/netinet6/nd6.h */
OFFSETOF(nd_ifinfo, linkmtu) /* XNU bsd/netinet6/nd6.h */
OFFSETOF(nd_ifinfo, maxmtu) /* XNU bsd/netinet6/nd6.h */
OFFSETOF(nd_ifinfo, flags) /* XNU bsd/netinet6/nd6.h */
SIZEOF(in6_ndireq) /* XNU bsd/netinet6/nd6.h */
OFFSETOF(in6_ndireq, ifname) /* XNU bsd/netinet6/nd6.h */
OFFSETOF(in6_ndireq, ndi) /* XNU bsd/netinet6/nd6.h */
