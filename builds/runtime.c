/* SPDX-License-Identifier: MIT
 * For the bill of materials, which is read from the program: what the compiler links in. Nobody else asks for it, and the
 * linker is told to keep it. */
extern const char everleaf_runtime[];

const char everleaf_runtime[] = EVERLEAF_RUNTIME;
