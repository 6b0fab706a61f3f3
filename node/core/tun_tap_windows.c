/* SPDX-License-Identifier: MIT
 * A TAP-Windows6 device: a file opened for overlapped I/O. One read is always under way, into a buffer of its own that
 * outlives it; a write is waited for, because the driver takes a frame at once or never. */
#include <pthread.h>
#include <stdlib.h>

#include "tun_windows.h"

#define FRAME_MAX_BYTES 65536 /* the driver's own limit lies far below */

struct tap {
	HANDLE watch; /* of reading.hEvent */
	OVERLAPPED reading;
	bool pending;
	uint8_t in[FRAME_MAX_BYTES];

	pthread_mutex_t mutex; /* over the rest */
	OVERLAPPED writing;
	uint8_t out[FRAME_MAX_BYTES];
};

static HANDLE file_of(const struct tun *t)
{
	return (HANDLE)t->device.handle;
}

static void tap_free(struct tap *p)
{
	if (p->reading.hEvent)
		CloseHandle(p->reading.hEvent);
	if (p->writing.hEvent)
		CloseHandle(p->writing.hEvent);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

/* The event of reading resets itself when it is noticed; that of writing whenever a write begins. */
static int tap_new(struct tap **out)
{
	struct tap *p = calloc(1, sizeof *p);
	int err;

	if (!p)
		return -ENOMEM;
	err = -pthread_mutex_init(&p->mutex, NULL);
	if (err) {
		free(p);
		return err;
	}
	p->reading.hEvent = CreateEventW(NULL, FALSE, FALSE, NULL);
	p->writing.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (p->reading.hEvent && p->writing.hEvent) {
		*out = p;
		return 0;
	}
	tap_free(p);
	return -ENOMEM;
}

static int tap_listen(struct tun *t, struct poller *poller)
{
	struct tap *p;
	int err = tap_new(&p);

	if (err)
		return err;
	err = tun_watch_event(&p->watch, p->reading.hEvent, poller);
	if (err)
		tap_free(p);
	else
		t->state = p;
	return err;
}

static void tap_unlisten(struct tun *t, struct poller *poller)
{
	const struct tap *p = t->state;

	(void)poller;
	tun_unwatch_event(p->watch);
}

/* What a failed call means to the reader: 0 when the device is gone. */
static ssize_t ended(void)
{
	switch (GetLastError()) {
	case ERROR_IO_INCOMPLETE:
		return -EAGAIN;
	case ERROR_OPERATION_ABORTED:
	case ERROR_FILE_NOT_FOUND:
	case ERROR_DEVICE_REMOVED:
	case ERROR_BROKEN_PIPE:
		return 0;
	default:
		return -EIO;
	}
}

/* Whether one is under way. */
static bool begin_read(const struct tun *t, struct tap *p)
{
	if (!p->pending)
		p->pending = ReadFile(file_of(t), p->in, sizeof p->in, NULL, &p->reading) ||
			     GetLastError() == ERROR_IO_PENDING;
	return p->pending;
}

static ssize_t tap_read(uint8_t *frame, struct tun *t, size_t room)
{
	struct tap *p = t->state;
	DWORD len;

	if (!begin_read(t, p))
		return ended();
	if (!GetOverlappedResult(file_of(t), &p->reading, &len, FALSE)) {
		ssize_t why = ended();

		p->pending = why == -EAGAIN;
		return why;
	}
	p->pending = false;
	if (len < room)
		room = len;
	memcpy(frame, p->in, room);
	return (ssize_t)room;
}

/* Locked. */
static int write_out(const struct tun *t, struct tap *p, size_t len)
{
	DWORD written;

	if (!WriteFile(file_of(t), p->out, (DWORD)len, NULL, &p->writing) && GetLastError() != ERROR_IO_PENDING)
		return -EIO;
	return GetOverlappedResult(file_of(t), &p->writing, &written, TRUE) ? 0 : -EIO;
}

static int tap_write(struct tun *t, const struct iovec *part, size_t parts)
{
	struct tap *p = t->state;
	uint8_t *end = p->out;
	int err;

	if (parts_len(part, parts) > sizeof p->out)
		return -EMSGSIZE;
	pthread_mutex_lock(&p->mutex);
	for (size_t i = 0; i < parts; i++) {
		memcpy(end, part[i].iov_base, part[i].iov_len);
		end += part[i].iov_len;
	}
	err = write_out(t, p, (size_t)(end - p->out));
	pthread_mutex_unlock(&p->mutex);
	return err;
}

/* The read under way has our buffer until it is really cancelled. */
static void tap_close(struct tun *t)
{
	struct tap *p = t->state;
	DWORD unused;

	if (p && p->pending) {
		(void)CancelIoEx(file_of(t), &p->reading);
		(void)GetOverlappedResult(file_of(t), &p->reading, &unused, TRUE);
	}
	CloseHandle(file_of(t));
	if (p)
		tap_free(p);
	t->state = NULL;
}

const struct tun_carrier tun_tap_windows = {
	.listen = tap_listen,
	.unlisten = tap_unlisten,
	.read = tap_read,
	.write = tap_write,
	.close = tap_close,
};
