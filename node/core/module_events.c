/* SPDX-License-Identifier: MIT
 * The door to Python: what the core tells, as Event tuples. */
#include "module.h"

#define RECV_CHUNK 64

static PyStructSequence_Field event_fields[] = {
	{"kind", "One of the module's constants."},
	{"at", "Monotonic seconds."},
	{"link", NULL},
	{"key", NULL},
	{"data", NULL},
	{"remote_seq", NULL},
	{"local_seq", NULL},
	{0},
};

PyStructSequence_Desc event_desc = {
	.name = "everleaf._core.Event",
	.doc = "One thing that happened. Fields that a kind does not use are 0 or empty.",
	.fields = event_fields,
	.n_in_sequence = ARRAY_LEN(event_fields) - 1,
};

static bool has_key(enum core_event_kind kind)
{
	return kind == CORE_TRAFFIC || kind == CORE_MESSAGE || kind == CORE_MOVED || kind == CORE_REFUSED ||
	       kind == CORE_DEAD_END || kind == CORE_TOO_BIG;
}

/* A new Event; the core's is freed. */
static PyObject *event_of(const struct state *state, struct core_event *e)
{
	PyObject *event = PyStructSequence_New(state->event);
	PyObject *fields[] = {
		PyLong_FromLong((long)e->kind),
		PyFloat_FromDouble(e->at),
		PyLong_FromUnsignedLongLong(e->link),
		bytes_of(e->key, has_key(e->kind) ? KEY_BYTES : 0),
		bytes_of(e->data, e->len),
		PyLong_FromUnsignedLongLong(e->remote_seq),
		PyLong_FromUnsignedLongLong(e->local_seq),
	};
	bool whole = event != NULL;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		whole = whole && fields[i];
		if (event)
			PyStructSequence_SetItem(event, (Py_ssize_t)i, fields[i]);
		else
			Py_XDECREF(fields[i]);
	}
	if (!whole)
		Py_CLEAR(event);
	core_event_free(e);
	return event;
}

/* Up to `limit` events into `list`. How many there were, or -1. */
static Py_ssize_t recv_chunk(PyObject *self, PyObject *list, Py_ssize_t limit)
{
	const struct state *state = PyType_GetModuleState(Py_TYPE(self));
	struct core_event events[RECV_CHUNK];
	Py_ssize_t n = 0;
	bool whole = true;

	Py_BEGIN_ALLOW_THREADS
	while (n < limit && n < RECV_CHUNK && core_recv(&events[n], core_of(self)) == 0)
		n++;
	Py_END_ALLOW_THREADS
	for (Py_ssize_t i = 0; i < n; i++) {
		PyObject *event = event_of(state, &events[i]);

		whole = event && PyList_Append(list, event) == 0 && whole;
		Py_XDECREF(event);
	}
	return whole ? n : -1;
}

PyObject *core_recv_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	Py_ssize_t limit = 256, n = RECV_CHUNK;
	PyObject *list;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|n:recv", NAMES("limit"), &limit))
		return NULL;
	list = PyList_New(0);
	for (; list && limit > 0 && n == RECV_CHUNK; limit -= n) {
		n = recv_chunk(self, list, limit);
		if (n < 0)
			Py_CLEAR(list);
	}
	return list;
}
