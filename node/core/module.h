/* SPDX-License-Identifier: MIT
 * The door to Python, shared by its files: parse, let the interpreter lock go, one call, take it back, translate.
 *
 * Only this header includes Python.h, and only module*.c include this header; everything below is plain C.
 * Lengths are checked here, once: the core takes fixed-size arrays. Keyword names are those of _core.pyi.
 * No format has a '#': compiled with the headers of 3.13, it would be refused by 3.11 and 3.12, which one wheel serves.
 */
#ifndef EVERLEAF_MODULE_H
#define EVERLEAF_MODULE_H

#include <Python.h>

#include "core.h"
#include "crypto.h"
#include "port.h"
#include "replay.h"

#define NAMES(...) ((char *[]){__VA_ARGS__, NULL})
#define METHOD(name, function, doc) {name, (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS, doc}

struct state {
	PyTypeObject *event, *shared_key, *box_key, *identity, *replay_window, *link_timers, *core;
};

typedef struct {
	PyObject_HEAD
	struct shared_key key;
} SharedKeyObject;

typedef struct {
	PyObject_HEAD
	struct identity id;
} IdentityObject;

/* --- types, and the functions beside them ----------------------------------------------------------------------- */

extern PyType_Spec shared_key_spec, box_key_spec, identity_spec; /* module_keys.c */
extern PyType_Spec core_spec;                                    /* module_core.c */
extern PyType_Spec replay_window_spec, link_timers_spec;         /* module_twins.c */
extern PyStructSequence_Desc event_desc;                         /* module_events.c */
extern PyMethodDef module_methods[];                             /* module_checks.c */

PyObject *module_cut(PyObject *module, PyObject *args, PyObject *kwargs); /* module_offload.c */
PyObject *module_join(PyObject *module, PyObject *args, PyObject *kwargs);

PyObject *core_recv_method(PyObject *self, PyObject *args, PyObject *kwargs); /* module_events.c */
PyObject *box_key_create(PyTypeObject *type, const uint8_t *private);         /* random when NULL */
struct core *core_of(PyObject *self);

/* --- arguments: converters for O& (module_args.c) --------------------------------------------------------------- */

int convert_key(PyObject *from, void *to);       /* uint8_t[KEY_BYTES] */
int convert_mac(PyObject *from, void *to);       /* uint8_t[MAC_BYTES] */
int convert_signature(PyObject *from, void *to); /* uint8_t[SIGNATURE_BYTES] */
int convert_u64(PyObject *from, void *to);       /* uint64_t */

/* A sequence as a list of structs. Starts as {0}. */
struct rows {
	void *list;
	size_t n;
};

/* A zeroed list for the items of `from`, which come back as a new tuple. */
PyObject *rows_new(struct rows *r, PyObject *from, size_t size);
void rows_free(struct rows *r);
int is_tuple(PyObject *row); /* or a TypeError */

int convert_ports(PyObject *from, void *to); /* rows of uint64_t: rows_free */
int convert_hops(PyObject *from, void *to);  /* rows of struct core_hop: hops_free */
void hops_free(struct rows *hops);

/* --- results (module_args.c) ------------------------------------------------------------------------------------ */

PyObject *failed(int err); /* raises */
PyObject *done(int err);   /* None, or raises */
PyObject *bytes_of(const uint8_t *data, size_t len);
void dealloc_wiped(PyObject *self, void *secret, size_t size); /* tp_dealloc of a type without references */

#endif
