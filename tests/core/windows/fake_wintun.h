/* SPDX-License-Identifier: MIT
 * What the fake can do that the real library cannot. */
#ifndef EVERLEAF_FAKE_WINTUN_H
#define EVERLEAF_FAKE_WINTUN_H

#include "port.h"

#define FAKE_SLOTS 64 /* packets that its ring has room for */

__declspec(dllexport) void *fake_start(void);           /* a session */
__declspec(dllexport) void fake_remove_adapter(void);
__declspec(dllexport) BOOL fake_ended(void);            /* WintunEndSession was called */
__declspec(dllexport) const BYTE *fake_guid(void);      /* that the adapter was created with */

#endif
