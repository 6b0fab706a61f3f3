/* SPDX-License-Identifier: MIT
 * The carriers of Windows, tun_wintun.c and tun_tap_windows.c, and what they share: a device signals an event there. */
#ifndef EVERLEAF_TUN_WINDOWS_H
#define EVERLEAF_TUN_WINDOWS_H

#include "tun.h"

extern const struct tun_carrier tun_wintun, tun_tap_windows;

/* From now on `poller` wakes each time the event is set, and once at once. The event resets itself. */
MUST_CHECK int tun_watch_event(HANDLE *watch, HANDLE event, struct poller *poller);
void tun_unwatch_event(HANDLE watch); /* when this returns the poller is left alone */

#endif
