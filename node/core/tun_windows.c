/* SPDX-License-Identifier: MIT
 * Which kinds of device there are on Windows, and how their events reach the poller of the sender: a thread of the
 * system's waits for the event. The poller itself waits for sockets only, as Windows has no call for both. */
#include "tun_windows.h"

static void CALLBACK wake(void *poller, BOOLEAN timed_out)
{
	(void)timed_out;
	poller_wake(poller);
}

int tun_watch_event(HANDLE *watch, HANDLE event, struct poller *poller)
{
	if (!RegisterWaitForSingleObject(watch, event, wake, poller, INFINITE, WT_EXECUTEINWAITTHREAD))
		return -ENOMEM;
	poller_wake(poller);
	return 0;
}

void tun_unwatch_event(HANDLE watch)
{
	(void)UnregisterWaitEx(watch, INVALID_HANDLE_VALUE);
}

const struct tun_carrier *tun_carrier_of(enum core_carrier which)
{
	switch (which) {
	case CORE_CARRIER_WINTUN:
		return &tun_wintun;
	case CORE_CARRIER_TAP_WINDOWS:
		return &tun_tap_windows;
	case CORE_CARRIER_FILE:
		break;
	}
	return NULL;
}
