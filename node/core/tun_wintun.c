/* SPDX-License-Identifier: MIT
 * A session of Wintun, https://www.wintun.net: two rings of packets shared with its driver. Whoever started the session
 * has loaded wintun.dll; the names and errors are those of its wintun.h. */
#include <stdlib.h>

#include "ipv6.h"
#include "tun_windows.h"

#define PACKET_MAX 0xffff
#define IPV4_HEADER_BYTES 20

typedef void *session;
typedef void(WINAPI *end_session)(session);
typedef HANDLE(WINAPI *get_read_wait_event)(session);
typedef uint8_t *(WINAPI *receive_packet)(session, DWORD *len);
typedef void(WINAPI *release_receive_packet)(session, const uint8_t *packet);
typedef uint8_t *(WINAPI *allocate_send_packet)(session, DWORD len);
typedef void(WINAPI *send_packet)(session, const uint8_t *packet);

struct wintun {
	HANDLE watch; /* of the session's event; NULL: none */
	receive_packet receive;
	release_receive_packet release;
	allocate_send_packet allocate;
	send_packet send;
};

typedef void (*function)(void);

static function find(const char *name)
{
	HMODULE library = GetModuleHandleW(L"wintun.dll");

	return library ? (function)GetProcAddress(library, name) : NULL;
}

static session session_of(const struct tun *t)
{
	return (session)t->device.handle;
}

static int watch(struct wintun *w, session s, struct poller *poller)
{
	get_read_wait_event event_of = (get_read_wait_event)find("WintunGetReadWaitEvent");

	w->receive = (receive_packet)find("WintunReceivePacket");
	w->release = (release_receive_packet)find("WintunReleaseReceivePacket");
	w->allocate = (allocate_send_packet)find("WintunAllocateSendPacket");
	w->send = (send_packet)find("WintunSendPacket");
	if (!event_of || !w->receive || !w->release || !w->allocate || !w->send)
		return -ENOSYS;
	return tun_watch_event(&w->watch, event_of(s), poller);
}

static int wintun_listen(struct tun *t, struct poller *poller)
{
	struct wintun *w;
	int err;

	if (t->head_len) /* it carries packets, and nothing around them */
		return -EINVAL;
	w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	err = watch(w, session_of(t), poller);
	if (err)
		free(w);
	else
		t->state = w;
	return err;
}

static void wintun_unlisten(struct tun *t, struct poller *poller)
{
	const struct wintun *w = t->state;

	(void)poller;
	tun_unwatch_event(w->watch);
}

/* The packet is copied out of the ring and its place given back at once. */
static ssize_t wintun_read(uint8_t *frame, struct tun *t, size_t room)
{
	const struct wintun *w = t->state;
	DWORD len;
	const uint8_t *packet = w->receive(session_of(t), &len);

	if (!packet) {
		DWORD why = GetLastError();

		if (why == ERROR_NO_MORE_ITEMS)
			return -EAGAIN;
		return why == ERROR_HANDLE_EOF ? 0 : -EIO; /* the adapter goes away, or the ring is corrupt */
	}
	if (len < room)
		room = len;
	memcpy(frame, packet, room);
	w->release(session_of(t), packet);
	return (ssize_t)room;
}

/* The driver takes anything else for a corrupt ring, and never reads from that session again. */
static bool is_ip(const uint8_t *packet, size_t len)
{
	switch (len ? packet[0] >> 4 : 0) {
	case 4:
		return len >= IPV4_HEADER_BYTES;
	case 6:
		return len >= IPV6_HEADER_BYTES;
	default:
		return false;
	}
}

/* Any thread: packets leave in the order in which their places were allocated. */
static int wintun_write(struct tun *t, const struct iovec *part, size_t parts)
{
	const struct wintun *w = t->state;
	const uint8_t *packet = part->iov_base; /* the only part: nothing is in front of packets here */
	size_t len = part->iov_len;
	uint8_t *place;

	if (parts != 1 || len > PACKET_MAX || !is_ip(packet, len))
		return -EINVAL;
	place = w->allocate(session_of(t), (DWORD)len);
	if (!place)
		return GetLastError() == ERROR_BUFFER_OVERFLOW ? -ENOBUFS : -EIO;
	memcpy(place, packet, len);
	w->send(session_of(t), place);
	return 0;
}

static void wintun_close(struct tun *t)
{
	end_session end = (end_session)find("WintunEndSession");

	if (end)
		end(session_of(t));
	free(t->state);
	t->state = NULL;
}

const struct tun_carrier tun_wintun = {
	.listen = wintun_listen,
	.unlisten = wintun_unlisten,
	.read = wintun_read,
	.write = wintun_write,
	.close = wintun_close,
};
