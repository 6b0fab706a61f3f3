/* SPDX-License-Identifier: MIT
 * A probe is a list of what to ask a system's headers. It is compiled to LLVM IR text for one target and never linked
 * or run: each answer is a 64-bit constant whose symbol is its place in the table, such as "sizeof ifreq". A comment at
 * the end of a line goes into the table beside its values: what no header declares says there whence it was taken. */
#ifndef STRUCT
#define STRUCT(name) struct name
#endif

#define RECORD_AS(symbol, place, value) \
	extern const unsigned long long symbol __asm__(place); \
	const unsigned long long symbol = (unsigned long long)(value);
#define RECORD_AT(number, place, value) RECORD_AS(record_##number, place, value)
#define RECORD(number, place, value) RECORD_AT(number, place, value)

#define CONSTANT(name) RECORD(__COUNTER__, "constants " #name, name)
#define VALUE(name, value) RECORD(__COUNTER__, "constants " #name, value)
#define SIZEOF(name) RECORD(__COUNTER__, "sizeof " #name, sizeof(STRUCT(name)))
#define SIZEOF_TYPE(name, type) RECORD(__COUNTER__, "sizeof " #name, sizeof(type))
#define OFFSETOF(name, member) \
	RECORD(__COUNTER__, "offsetof " #name "." #member, __builtin_offsetof(STRUCT(name), member))
#define OFFSETOF_AS(name, label, member) \
	RECORD(__COUNTER__, "offsetof " #name "." #label, __builtin_offsetof(STRUCT(name), member))
