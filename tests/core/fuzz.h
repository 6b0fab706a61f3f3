/* SPDX-License-Identifier: MIT
 * What every fuzz target shares: a claim that ends the program when it is not so. */
#ifndef EVERLEAF_FUZZ_H
#define EVERLEAF_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CLAIM(what)                                                                                                    \
	do {                                                                                                           \
		if (!(what))                                                                                           \
			__builtin_trap();                                                                              \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#endif
