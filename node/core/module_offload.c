/* SPDX-License-Identifier: MIT
 * The door to Python: cutting and joining of packets, for tests. */
#include "module.h"

#include "coalesce.h"
#include "segment.h"

/* Append `len` bytes, or forget the list. */
static void append(PyObject **list, const uint8_t *data, size_t len)
{
	PyObject *bytes = *list ? bytes_of(data, len) : NULL;

	if (!bytes || PyList_Append(*list, bytes))
		Py_CLEAR(*list);
	Py_XDECREF(bytes);
}

/* --- cut -------------------------------------------------------------------------------------------------------- */

/* `packet` is completed in place; `out` has room for one as long. */
static PyObject *pieces(const struct vnet *v, uint8_t *packet, size_t len, uint8_t *out)
{
	struct segments cut = {0};
	PyObject *list = PyList_New(0);

	if (segments_begin(&cut, v, packet, len)) {
		Py_XDECREF(list);
		Py_RETURN_NONE;
	}
	if (!segments_left(&cut))
		append(&list, packet, len);
	while (list && segments_left(&cut)) {
		size_t n = segments_next(out, &cut);

		append(&list, out, n);
	}
	return list;
}

PyObject *module_cut(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
	Py_buffer frame;
	PyObject *list;
	struct vnet v;
	uint8_t *copy;
	size_t len;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*:cut", NAMES("frame"), &frame))
		return NULL;
	len = frame.len < VNET_BYTES ? 0 : (size_t)frame.len - VNET_BYTES;
	copy = len ? PyMem_Malloc(2 * len) : NULL;
	if (copy) {
		memcpy(&v, frame.buf, sizeof v);
		memcpy(copy, (uint8_t *)frame.buf + VNET_BYTES, len);
		list = pieces(&v, copy, len, copy + len);
	} else {
		list = len ? PyErr_NoMemory() : PyErr_Format(PyExc_ValueError, "%zd bytes hold no packet", frame.len);
	}
	PyMem_Free(copy);
	PyBuffer_Release(&frame);
	return list;
}

/* --- join ------------------------------------------------------------------------------------------------------- */

static void collect(void *to, const struct vnet *v, const struct iovec *part, size_t parts, size_t Py_UNUSED(packets))
{
	uint8_t whole[VNET_BYTES + COALESCE_MAX], *end = whole + VNET_BYTES;

	memcpy(whole, v, VNET_BYTES);
	for (size_t i = 0; i < parts; i++) {
		memcpy(end, part[i].iov_base, part[i].iov_len);
		end += part[i].iov_len;
	}
	append(to, whole, (size_t)(end - whole));
}

/* Copies of what the tuple holds, one after the other: NULL with an error set when they are not all packets. */
static uint8_t *copies(PyObject *packets)
{
	Py_ssize_t n = PyTuple_Size(packets), size;
	uint8_t *all = PyMem_Malloc((size_t)(n + 1) * COALESCE_MAX), *end = all;
	char *bytes;

	for (Py_ssize_t i = 0; all && i < n; i++) {
		if (PyBytes_AsStringAndSize(PyTuple_GetItem(packets, i), &bytes, &size) == 0 && size >= 40 &&
		    size <= (Py_ssize_t)COALESCE_MAX) {
			memcpy(end, bytes, (size_t)size);
			end += size;
			continue;
		}
		if (!PyErr_Occurred())
			PyErr_Format(PyExc_ValueError, "%zd bytes are no packet", size);
		PyMem_Free(all);
		return NULL;
	}
	return all ? all : (uint8_t *)PyErr_NoMemory();
}

PyObject *module_join(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
	struct coalesce waiting = {0};
	PyObject *packets, *list = NULL;
	uint8_t *all = NULL, *at;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:join", NAMES("packets"), &packets))
		return NULL;
	packets = PySequence_Tuple(packets);
	all = packets ? copies(packets) : NULL;
	at = all;
	if (all)
		list = PyList_New(0);
	for (Py_ssize_t i = 0; list && i < PyTuple_Size(packets); i++) {
		Py_ssize_t len = PyBytes_Size(PyTuple_GetItem(packets, i));

		coalesce_put(&waiting, collect, &list, at, (size_t)len);
		at += len;
	}
	if (list)
		coalesce_flush(&waiting, collect, &list);
	PyMem_Free(all);
	Py_XDECREF(packets);
	return list;
}
