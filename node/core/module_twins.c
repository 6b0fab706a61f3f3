/* SPDX-License-Identifier: MIT
 * The door to Python: the packet path's decisions that remember something, for tests against their Python twins. */
#include "module.h"

#include "live.h"

typedef struct {
	PyObject_HEAD
	struct replay window;
} ReplayWindowObject;

typedef struct {
	PyObject_HEAD
	struct live timers;
} LinkTimersObject;

/* --- ReplayWindow ----------------------------------------------------------------------------------------------- */

static PyObject *replay_window_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	if (!PyArg_ParseTupleAndKeywords(args, kwargs, ":ReplayWindow", NAMES(NULL)))
		return NULL;
	return PyType_GenericAlloc(type, 0);
}

static void replay_window_dealloc(PyObject *self)
{
	dealloc_wiped(self, NULL, 0);
}

static PyObject *replay_window_accept(PyObject *self, PyObject *args, PyObject *kwargs)
{
	uint64_t counter;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&:accept", NAMES("counter"), convert_u64, &counter))
		return NULL;
	return PyBool_FromLong(replay_accept(&((ReplayWindowObject *)self)->window, counter));
}

static PyMethodDef replay_window_methods[] = {
	METHOD("accept", replay_window_accept, "Whether `counter` is new and not too old; then it is remembered."),
	{0},
};

static PyType_Slot replay_window_slots[] = {
	{Py_tp_doc, "RFC 6479."},
	{Py_tp_new, replay_window_tp_new},
	{Py_tp_dealloc, replay_window_dealloc},
	{Py_tp_methods, replay_window_methods},
	{0, NULL},
};

PyType_Spec replay_window_spec = {
	.name = "everleaf._core.ReplayWindow",
	.basicsize = sizeof(ReplayWindowObject),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = replay_window_slots,
};

/* --- LinkTimers ------------------------------------------------------------------------------------------------- */

static struct live *timers_of(PyObject *self)
{
	return &((LinkTimersObject *)self)->timers;
}

static PyObject *link_timers_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	PyObject *self;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, ":LinkTimers", NAMES(NULL)))
		return NULL;
	self = PyType_GenericAlloc(type, 0);
	if (self)
		live_start(timers_of(self));
	return self;
}

static void link_timers_dealloc(PyObject *self)
{
	dealloc_wiped(self, NULL, 0);
}

static PyObject *link_timers_sent(PyObject *self, PyObject *args, PyObject *kwargs)
{
	unsigned char type;
	double now;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "bd:sent", NAMES("type", "now"), &type, &now))
		return NULL;
	live_sent(timers_of(self), type, now);
	Py_RETURN_NONE;
}

static PyObject *link_timers_received(PyObject *self, PyObject *args, PyObject *kwargs)
{
	unsigned char type;
	double now;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "bd:received", NAMES("type", "now"), &type, &now))
		return NULL;
	live_received(timers_of(self), type, now);
	Py_RETURN_NONE;
}

static PyObject *link_timers_due(PyObject *self, PyObject *args, PyObject *kwargs)
{
	double now;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "d:due", NAMES("now"), &now))
		return NULL;
	return PyLong_FromLong((long)live_due(timers_of(self), now));
}

static PyMethodDef link_timers_methods[] = {
	METHOD("sent", link_timers_sent, "A frame of this type left."),
	METHOD("received", link_timers_received, "A whole frame of this type arrived."),
	METHOD("due", link_timers_due, "0 nothing, 1 send a keepalive, 2 the peer is gone."),
	{0},
};

static PyType_Slot link_timers_slots[] = {
	{Py_tp_doc, "When we owe a sign of life, and when silence means the end."},
	{Py_tp_new, link_timers_tp_new},
	{Py_tp_dealloc, link_timers_dealloc},
	{Py_tp_methods, link_timers_methods},
	{0, NULL},
};

PyType_Spec link_timers_spec = {
	.name = "everleaf._core.LinkTimers",
	.basicsize = sizeof(LinkTimersObject),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = link_timers_slots,
};
