/* SPDX-License-Identifier: MIT
 * The carriers of Windows: Wintun over a fake of its library, TAP-Windows6 over a named pipe, which is a file for
 * overlapped I/O that keeps messages apart. Both sides must wake the poller. */
#include <pthread.h>

#include "check.h"
#include "fake_wintun.h"
#include "tun.h"

#define PIPE L"\\\\.\\pipe\\everleaf-test"
#define PIPE_BYTES 65536

static struct poller *poller;
static struct poller_event events[POLLER_BATCH];
static uint8_t got[70000];

static const struct tun_carrier *start(struct tun *t, enum core_carrier which, intptr_t handle)
{
	const struct tun_carrier *carrier = tun_carrier_of(which);

	*t = (struct tun){.carrier = carrier, .device = {.handle = handle, .carrier = which}};
	CHECK(carrier && poller_new(&poller) == 0);
	CHECK(carrier->listen(t, poller) == 0);
	CHECK(poller_wait(events, poller, -1) == 0); /* whoever listens looks at once */
	CHECK(carrier->read(got, t, sizeof got) == -EAGAIN);
	return carrier;
}

/* What was sent comes, byte by byte the same; a wake may come for nothing, but none is lost. */
static void expect(struct tun *t, const uint8_t *packet, size_t len)
{
	ssize_t n;

	while ((n = t->carrier->read(got, t, sizeof got)) == -EAGAIN)
		(void)poller_wait(events, poller, -1);
	CHECK(n == (ssize_t)len && memcmp(got, packet, len) == 0);
}

static void finish(struct tun *t)
{
	t->carrier->unlisten(t, poller);
	t->carrier->close(t);
	CHECK(!t->state);
	poller_free(poller);
}

/* --- Wintun ----------------------------------------------------------------------------------------------------- */

static struct tun wintun;

static int put_packet(uint8_t *packet, size_t len)
{
	return wintun.carrier->write(&wintun, &(struct iovec){packet, len}, 1);
}

static void *write_later(void *packet)
{
	for (int i = 0; i < 100; i++)
		while (put_packet(packet, 1000 + (size_t)i) == -ENOBUFS)
			SwitchToThread();
	return NULL;
}

/* It has no room for what other systems put around packets. */
static void test_wintun_is_bare(void)
{
	struct tun t = {.head_len = 4, .device = {.handle = 1, .carrier = CORE_CARRIER_WINTUN}};

	CHECK(tun_carrier_of(CORE_CARRIER_WINTUN)->listen(&t, NULL) == -EINVAL);
}

static void test_wintun(void)
{
	const struct tun_carrier *c = start(&wintun, CORE_CARRIER_WINTUN, (intptr_t)fake_start());
	uint8_t packet[70000];
	pthread_t writer;

	check_fill(packet, sizeof packet);
	packet[0] = 0x60;
	CHECK(put_packet(packet, 40) == 0);
	expect(&wintun, packet, 40);
	CHECK(put_packet(packet, 39) == -EINVAL && put_packet(packet, 0) == -EINVAL);
	CHECK(put_packet(packet, 0xffff) == 0);
	expect(&wintun, packet, 0xffff);
	CHECK(put_packet(packet, 0x10000) == -EINVAL);
	packet[0] = 0x45;
	CHECK(put_packet(packet, 19) == -EINVAL);
	CHECK(put_packet(packet, 20) == 0);
	expect(&wintun, packet, 20);
	packet[0] = 0x50; /* nonsense would end the session */
	CHECK(put_packet(packet, 100) == -EINVAL);
	packet[0] = 0x60;
	for (int i = 0; i < FAKE_SLOTS; i++)
		CHECK(put_packet(packet, 100) == 0);
	CHECK(put_packet(packet, 100) == -ENOBUFS);
	CHECK(c->read(got, &wintun, 50) == 50); /* no room for more */
	for (int i = 1; i < FAKE_SLOTS; i++)
		expect(&wintun, packet, 100);
	CHECK(pthread_create(&writer, NULL, write_later, packet) == 0);
	for (int i = 0; i < 100; i++)
		expect(&wintun, packet, 1000 + (size_t)i);
	CHECK(pthread_join(writer, NULL) == 0);
	fake_remove_adapter();
	CHECK(c->read(got, &wintun, sizeof got) == 0 && put_packet(packet, 100) == -EIO);
	CHECK(!fake_ended());
	finish(&wintun);
	CHECK(fake_ended());
}

/* --- TAP-Windows6 ----------------------------------------------------------------------------------------------- */

static HANDLE driver; /* the other end */

static void drive(const uint8_t *frame, size_t len)
{
	DWORD written;

	CHECK(WriteFile(driver, frame, (DWORD)len, &written, NULL) && written == len);
}

/* Fourteen bytes of Ethernet, and a packet from somewhere else. */
static int put_frame(struct tun *t, uint8_t *head, uint8_t *packet, size_t len)
{
	const struct iovec part[] = {{head, 14}, {packet, len}};

	return t->carrier->write(t, part, ARRAY_LEN(part));
}

static void *drive_later(void *frame)
{
	for (int i = 0; i < 100; i++)
		drive(frame, 60 + (size_t)i);
	return NULL;
}

static intptr_t open_pipe(void)
{
	DWORD messages = PIPE_READMODE_MESSAGE;
	HANDLE device;

	driver = CreateNamedPipeW(PIPE, PIPE_ACCESS_DUPLEX, PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE, 1, PIPE_BYTES,
				  PIPE_BYTES, 0, NULL);
	device = CreateFileW(PIPE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
	CHECK(driver != INVALID_HANDLE_VALUE && device != INVALID_HANDLE_VALUE);
	CHECK(SetNamedPipeHandleState(device, &messages, NULL, NULL));
	return (intptr_t)device;
}

static void test_tap(void)
{
	uint8_t frame[2000];
	pthread_t writer;
	struct tun t;
	DWORD n;
	const struct tun_carrier *c = start(&t, CORE_CARRIER_TAP_WINDOWS, open_pipe());

	check_fill(frame, sizeof frame);
	CHECK(put_frame(&t, frame, frame + 14, 1500) == 0);
	CHECK(ReadFile(driver, got, sizeof got, &n, NULL) && n == 1514 && memcmp(got, frame, 1514) == 0);
	CHECK(put_frame(&t, frame, frame, 65536) == -EMSGSIZE);
	drive(frame, 1514);
	expect(&t, frame, 1514);
	CHECK(pthread_create(&writer, NULL, drive_later, frame) == 0);
	for (int i = 0; i < 100; i++)
		expect(&t, frame, 60 + (size_t)i);
	CHECK(pthread_join(writer, NULL) == 0);
	drive(frame, 1000);
	CHECK(c->read(got, &t, 100) == 100);
	CHECK(c->read(got, &t, sizeof got) == -EAGAIN);
	finish(&t); /* with a read under way */
	CHECK(!WriteFile(driver, frame, 100, &n, NULL)); /* nobody holds the other end */
	CloseHandle(driver);

	c = start(&t, CORE_CARRIER_TAP_WINDOWS, open_pipe());
	CloseHandle(driver);
	(void)poller_wait(events, poller, -1);
	CHECK(c->read(got, &t, sizeof got) == 0); /* the device is gone */
	finish(&t);
}

int main(void)
{
	CHECK(!tun_carrier_of(CORE_CARRIER_FILE));
	test_wintun_is_bare();
	test_wintun();
	test_tap();
	return 0;
}
