/* SPDX-License-Identifier: MIT
 * A wintun.dll without its driver: the functions of wintun.h 0.14 that we call, with one adapter and one session, whose
 * ring gives back what was sent into it. Names, errors and the event that each new packet sets are those of wintun.h.
 * Handles and packets lie beyond 32 bits, where there is such a place: a caller that cuts them is found out. */
#include "fake_wintun.h"

#include <iphlpapi.h>

struct packet {
	DWORD len;
	BYTE bytes[0xffff];
};

#ifdef _WIN64
#define HIGH(value) ((void *)(0x7e0000000000 + (value)))
#else
#define HIGH(value) ((void *)(0x60000000 + (value)))
#endif

static void *const adapter = HIGH(0x1000), *const session = HIGH(0x2000);
static SRWLOCK lock = SRWLOCK_INIT; /* of the ring */
static struct packet *slots;
static DWORD first, waiting, reserved;
static HANDLE arrived;
static BOOL exists, running;
static GUID created_with;

static void *refuse(DWORD code)
{
	SetLastError(code);
	return NULL;
}

/* --- the adapter -------------------------------------------------------------------------------------------------- */

__declspec(dllexport) void *WINAPI WintunCreateAdapter(LPCWSTR name, LPCWSTR type, const GUID *guid)
{
	if (lstrcmpW(name, L"everleaf") || lstrcmpW(type, L"Everleaf") || exists)
		return refuse(ERROR_GEN_FAILURE);
	created_with = *guid;
	exists = TRUE;
	return adapter;
}

__declspec(dllexport) void *WINAPI WintunOpenAdapter(LPCWSTR name)
{
	return exists && !lstrcmpW(name, L"everleaf") ? adapter : refuse(ERROR_NOT_FOUND);
}

__declspec(dllexport) void WINAPI WintunCloseAdapter(void *handle)
{
	if (handle == adapter)
		exists = FALSE;
}

/* Of the first interface there is, so that whoever looks it up finds one. */
__declspec(dllexport) void WINAPI WintunGetAdapterLUID(void *handle, NET_LUID *luid)
{
	luid->Value = 0;
	if (handle == adapter)
		(void)ConvertInterfaceIndexToLuid(1, luid);
}

__declspec(dllexport) const BYTE *fake_guid(void)
{
	return (const BYTE *)&created_with;
}

__declspec(dllexport) void fake_remove_adapter(void)
{
	WintunCloseAdapter(adapter);
	SetEvent(arrived);
}

/* --- the session -------------------------------------------------------------------------------------------------- */

__declspec(dllexport) void *WINAPI WintunStartSession(void *handle, DWORD capacity)
{
	if (handle != adapter || capacity < 0x20000 || capacity > 0x4000000 || (capacity & (capacity - 1)))
		return refuse(ERROR_INVALID_PARAMETER);
	if (running)
		return refuse(ERROR_ALREADY_INITIALIZED);
	if (!slots)
		slots = VirtualAlloc(HIGH(0x100000), FAKE_SLOTS * sizeof *slots, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
	if (!slots)
		return NULL;
	arrived = CreateEventW(NULL, FALSE, FALSE, NULL);
	first = waiting = reserved = 0;
	running = TRUE;
	return session;
}

__declspec(dllexport) void *fake_start(void)
{
	return WintunStartSession(WintunCreateAdapter(L"everleaf", L"Everleaf", &(GUID){0}), 0x400000);
}

__declspec(dllexport) void WINAPI WintunEndSession(void *handle)
{
	if (handle != session)
		return;
	CloseHandle(arrived);
	running = FALSE;
}

__declspec(dllexport) BOOL fake_ended(void)
{
	return !running;
}

__declspec(dllexport) HANDLE WINAPI WintunGetReadWaitEvent(void *handle)
{
	return handle == session ? arrived : NULL;
}

__declspec(dllexport) BYTE *WINAPI WintunReceivePacket(void *handle, DWORD *len)
{
	struct packet *p = NULL;

	AcquireSRWLockExclusive(&lock);
	if (handle == session && waiting) {
		p = &slots[first];
		*len = p->len;
	}
	ReleaseSRWLockExclusive(&lock);
	return p ? p->bytes : refuse(handle == session && exists ? ERROR_NO_MORE_ITEMS : ERROR_HANDLE_EOF);
}

__declspec(dllexport) void WINAPI WintunReleaseReceivePacket(void *handle, const BYTE *packet)
{
	AcquireSRWLockExclusive(&lock);
	if (handle == session && packet == slots[first].bytes) {
		first = (first + 1) % FAKE_SLOTS;
		waiting--;
		reserved--;
	}
	ReleaseSRWLockExclusive(&lock);
}

__declspec(dllexport) BYTE *WINAPI WintunAllocateSendPacket(void *handle, DWORD len)
{
	struct packet *p = NULL;

	if (handle != session || !exists)
		return refuse(ERROR_HANDLE_EOF);
	AcquireSRWLockExclusive(&lock);
	if (reserved < FAKE_SLOTS && len <= sizeof p->bytes) {
		p = &slots[(first + reserved++) % FAKE_SLOTS];
		p->len = len;
	}
	ReleaseSRWLockExclusive(&lock);
	return p ? p->bytes : refuse(ERROR_BUFFER_OVERFLOW);
}

__declspec(dllexport) void WINAPI WintunSendPacket(void *handle, const BYTE *packet)
{
	(void)packet;
	if (handle != session)
		return;
	AcquireSRWLockExclusive(&lock);
	waiting++;
	ReleaseSRWLockExclusive(&lock);
	SetEvent(arrived);
}
