/* SPDX-License-Identifier: MIT
 * A wintun.dll without its driver: what is sent comes back to be received. Names, errors and the event that each new
 * packet sets are those of wintun.h 0.14; the rings are one small queue, so that it can be filled. */
#include "fake_wintun.h"

#define SLOTS 8

struct packet {
	DWORD len;
	BYTE bytes[0xffff];
};

static struct {
	CRITICAL_SECTION lock;
	HANDLE event;
	struct packet slots[SLOTS];
	DWORD first, waiting, reserved;
	BOOL gone, ended;
} session;

__declspec(dllexport) void *fake_start(void)
{
	InitializeCriticalSection(&session.lock);
	session.event = CreateEventW(NULL, FALSE, FALSE, NULL);
	return &session;
}

__declspec(dllexport) void fake_remove_adapter(void)
{
	session.gone = TRUE;
	SetEvent(session.event);
}

__declspec(dllexport) BOOL fake_ended(void)
{
	return session.ended;
}

__declspec(dllexport) void WINAPI WintunEndSession(void *s)
{
	session.ended = s == &session;
}

__declspec(dllexport) HANDLE WINAPI WintunGetReadWaitEvent(void *s)
{
	return s == &session ? session.event : NULL;
}

/* Locked; NULL and the reason when there is none. */
static struct packet *oldest(void)
{
	if (session.waiting)
		return &session.slots[session.first];
	SetLastError(session.gone ? ERROR_HANDLE_EOF : ERROR_NO_MORE_ITEMS);
	return NULL;
}

__declspec(dllexport) BYTE *WINAPI WintunReceivePacket(void *s, DWORD *len)
{
	struct packet *p;

	(void)s;
	EnterCriticalSection(&session.lock);
	p = oldest();
	if (p)
		*len = p->len;
	LeaveCriticalSection(&session.lock);
	return p ? p->bytes : NULL;
}

__declspec(dllexport) void WINAPI WintunReleaseReceivePacket(void *s, const BYTE *packet)
{
	(void)s;
	EnterCriticalSection(&session.lock);
	if (packet == session.slots[session.first].bytes) {
		session.first = (session.first + 1) % SLOTS;
		session.waiting--;
		session.reserved--;
	}
	LeaveCriticalSection(&session.lock);
}

__declspec(dllexport) BYTE *WINAPI WintunAllocateSendPacket(void *s, DWORD len)
{
	struct packet *p = NULL;

	(void)s;
	EnterCriticalSection(&session.lock);
	if (session.gone) {
		SetLastError(ERROR_HANDLE_EOF);
	} else if (session.reserved == SLOTS) {
		SetLastError(ERROR_BUFFER_OVERFLOW);
	} else {
		p = &session.slots[(session.first + session.reserved++) % SLOTS];
		p->len = len;
	}
	LeaveCriticalSection(&session.lock);
	return p ? p->bytes : NULL;
}

__declspec(dllexport) void WINAPI WintunSendPacket(void *s, const BYTE *packet)
{
	(void)s;
	(void)packet;
	EnterCriticalSection(&session.lock);
	session.waiting++;
	LeaveCriticalSection(&session.lock);
	SetEvent(session.event);
}
