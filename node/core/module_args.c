/* SPDX-License-Identifier: MIT
 * The door to Python: arguments in, results out. */
#include "module.h"

/* --- arguments: converters for O& ------------------------------------------------------------------------------- */

static int convert_exact(PyObject *from, uint8_t *to, Py_ssize_t size)
{
	Py_buffer view;
	int ok;

	if (PyObject_GetBuffer(from, &view, PyBUF_SIMPLE))
		return 0;
	ok = view.len == size;
	if (ok)
		memcpy(to, view.buf, (size_t)size);
	else
		PyErr_Format(PyExc_ValueError, "%zd bytes where %zd belong", view.len, size);
	PyBuffer_Release(&view);
	return ok;
}

int convert_key(PyObject *from, void *to)
{
	return convert_exact(from, to, KEY_BYTES);
}

int convert_mac(PyObject *from, void *to)
{
	return convert_exact(from, to, MAC_BYTES);
}

int convert_signature(PyObject *from, void *to)
{
	return convert_exact(from, to, SIGNATURE_BYTES);
}

int convert_u64(PyObject *from, void *to)
{
	unsigned long long value = PyLong_AsUnsignedLongLong(from);

	if (value == (unsigned long long)-1 && PyErr_Occurred())
		return 0;
	*(uint64_t *)to = value;
	return 1;
}

/* Costs are milliseconds; what does not fit is as dear as can be. */
static int convert_cost(PyObject *from, void *to)
{
	uint64_t value;

	if (!convert_u64(from, &value))
		return 0;
	*(uint32_t *)to = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
	return 1;
}

void rows_free(struct rows *r)
{
	PyMem_Free(r->list);
	*r = (struct rows){0};
}

PyObject *rows_new(struct rows *r, PyObject *from, size_t size)
{
	PyObject *items = PySequence_Tuple(from);

	if (!items)
		return NULL;
	r->n = (size_t)PyTuple_Size(items);
	r->list = PyMem_Calloc(r->n ? r->n : 1, size);
	if (r->list)
		return items;
	Py_DECREF(items);
	PyErr_NoMemory();
	return NULL;
}

int convert_ports(PyObject *from, void *to)
{
	struct rows *ports = to;
	PyObject *items;
	int ok = 1;

	if (!from) { /* a later argument was wrong */
		rows_free(ports);
		return 1;
	}
	items = rows_new(ports, from, sizeof(uint64_t));
	if (!items)
		return 0;
	for (size_t i = 0; ok && i < ports->n; i++)
		ok = convert_u64(PyTuple_GetItem(items, (Py_ssize_t)i), (uint64_t *)ports->list + i);
	Py_DECREF(items);
	if (ok)
		return Py_CLEANUP_SUPPORTED;
	rows_free(ports);
	return 0;
}

/* PyArg_ParseTuple calls anything but a tuple our bug. */
int is_tuple(PyObject *row)
{
	if (PyTuple_Check(row))
		return 1;
	PyErr_SetString(PyExc_TypeError, "rows are tuples");
	return 0;
}

void hops_free(struct rows *hops)
{
	struct core_hop *hop = hops->list;

	for (size_t i = 0; i < hops->n && hop; i++)
		PyMem_Free((void *)(uintptr_t)hop[i].coords);
	rows_free(hops);
}

static int convert_hop(PyObject *from, struct core_hop *hop)
{
	struct rows coords = {0};

	if (!is_tuple(from) || !PyArg_ParseTuple(from, "O&O&O&O&;a hop is (coords, link, cost, age)", convert_ports,
						 &coords, convert_u64, &hop->link, convert_cost, &hop->cost,
						 convert_u64, &hop->age))
		return 0;
	hop->coords = coords.list;
	hop->ncoords = coords.n;
	return 1;
}

int convert_hops(PyObject *from, void *to)
{
	struct rows *hops = to;
	PyObject *items;
	int ok = 1;

	if (!from) {
		hops_free(hops);
		return 1;
	}
	items = rows_new(hops, from, sizeof(struct core_hop));
	if (!items)
		return 0;
	for (size_t i = 0; ok && i < hops->n; i++)
		ok = convert_hop(PyTuple_GetItem(items, (Py_ssize_t)i), (struct core_hop *)hops->list + i);
	Py_DECREF(items);
	if (ok)
		return Py_CLEANUP_SUPPORTED;
	hops_free(hops);
	return 0;
}

/* --- results ---------------------------------------------------------------------------------------------------- */

PyObject *failed(int err)
{
	if (err == -ENOMEM)
		return PyErr_NoMemory();
	errno = -err;
	return PyErr_SetFromErrno(err == -EINVAL || err == -E2BIG ? PyExc_ValueError : PyExc_OSError);
}

/* None. Something that is gone is no error: control hears of it in its own time. */
PyObject *done(int err)
{
	if (err && err != -ENOENT)
		return failed(err);
	Py_RETURN_NONE;
}

PyObject *bytes_of(const uint8_t *data, size_t len)
{
	return PyBytes_FromStringAndSize((const char *)data, (Py_ssize_t)len);
}

/* For types that hold a secret: wipe all that is theirs. */
void dealloc_wiped(PyObject *self, void *secret, size_t size)
{
	PyTypeObject *type = Py_TYPE(self);
	freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

	secret_wipe(secret, size);
	release(self);
	Py_DECREF(type);
}
