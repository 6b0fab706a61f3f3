/* SPDX-License-Identifier: MIT
 * A wintun.dll without a driver: the exports of Wintun 0.14's wintun.h, with one adapter and one session whose ring gives
 * back what was sent into it. It shows that a caller's types are right; names and errors are as in wintun.h.
 * Not locked: one thread at a time sends and receives. */
#include <winsock2.h>
#include <windows.h>
#include <iphlpapi.h>

#define PACKETS 64
#define PACKET_MAX 0xFFFF

struct packet {
	DWORD size;
	BYTE data[PACKET_MAX];
};

#ifdef _WIN64 /* handles and packets beyond 32 bits: a caller that cuts them is found out */
#define HIGH(value) ((void *)(0x7e0000000000 + (value)))
#else
#define HIGH(value) ((void *)(0x60000000 + (value)))
#endif

static void *const adapter = HIGH(0x1000), *const session = HIGH(0x2000);
static struct packet *ring;
static unsigned sent, received;
static HANDLE arrived;
static BOOL exists, running;
static BYTE adapter_guid[16];

static void *refuse(DWORD code)
{
	SetLastError(code);
	return NULL;
}

__declspec(dllexport) void *WINAPI WintunCreateAdapter(LPCWSTR name, LPCWSTR type, const GUID *guid)
{
	if (lstrcmpW(name, L"everleaf") || lstrcmpW(type, L"Everleaf") || exists)
		return refuse(ERROR_GEN_FAILURE);
	memcpy(adapter_guid, guid, sizeof adapter_guid);
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
		ConvertInterfaceIndexToLuid(1, luid);
}

/* Not of Wintun: the GUID that arrived. */
__declspec(dllexport) const BYTE *WINAPI created_with(void)
{
	return adapter_guid;
}

__declspec(dllexport) void *WINAPI WintunStartSession(void *handle, DWORD capacity)
{
	if (handle != adapter || capacity < 0x20000 || capacity > 0x4000000 || (capacity & (capacity - 1)))
		return refuse(ERROR_INVALID_PARAMETER);
	if (running)
		return refuse(ERROR_ALREADY_INITIALIZED);
	if (!ring)
		ring = VirtualAlloc(HIGH(0x100000), PACKETS * sizeof *ring, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
	if (!ring)
		return NULL;
	arrived = CreateEventW(NULL, FALSE, FALSE, NULL);
	sent = received = 0;
	running = TRUE;
	return session;
}

__declspec(dllexport) void WINAPI WintunEndSession(void *handle)
{
	if (handle != session)
		return;
	CloseHandle(arrived);
	running = FALSE;
}

__declspec(dllexport) HANDLE WINAPI WintunGetReadWaitEvent(void *handle)
{
	return handle == session ? arrived : NULL;
}

__declspec(dllexport) BYTE *WINAPI WintunReceivePacket(void *handle, DWORD *size)
{
	if (handle != session || !exists)
		return refuse(ERROR_HANDLE_EOF);
	if (received == sent)
		return refuse(ERROR_NO_MORE_ITEMS);
	*size = ring[received % PACKETS].size;
	return ring[received % PACKETS].data;
}

__declspec(dllexport) void WINAPI WintunReleaseReceivePacket(void *handle, const BYTE *packet)
{
	if (handle == session && packet == ring[received % PACKETS].data)
		received++;
}

__declspec(dllexport) BYTE *WINAPI WintunAllocateSendPacket(void *handle, DWORD size)
{
	if (handle != session || !exists)
		return refuse(ERROR_HANDLE_EOF);
	if (sent - received == PACKETS || size > PACKET_MAX)
		return refuse(ERROR_BUFFER_OVERFLOW);
	ring[sent % PACKETS].size = size;
	return ring[sent % PACKETS].data;
}

__declspec(dllexport) void WINAPI WintunSendPacket(void *handle, const BYTE *packet)
{
	if (handle != session || packet != ring[sent % PACKETS].data)
		return;
	sent++;
	SetEvent(arrived);
}
