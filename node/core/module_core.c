/* SPDX-License-Identifier: MIT
 * The door to Python: Core, one small function for each name in _core.pyi. */
#include "module.h"

#define ACTIVITY_CHUNK 64

typedef struct {
	PyObject_HEAD
	struct core *core;
} CoreObject;

/* --- Core: life ------------------------------------------------------------------------------------------------- */

struct core *core_of(PyObject *self)
{
	return ((CoreObject *)self)->core;
}

static PyObject *core_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	struct state *state = PyType_GetModuleState(type);
	PyObject *identity, *self;
	unsigned workers = 0;
	int wanted = 0, err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|$i:Core", NAMES("identity", "workers"), state->identity,
					 &identity, &wanted))
		return NULL;
	if (wanted < 0)
		return failed(-EINVAL);
	workers = (unsigned)wanted;
	self = PyType_GenericAlloc(type, 0);
	if (!self)
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = core_new(&((CoreObject *)self)->core, &((IdentityObject *)identity)->id, workers);
	Py_END_ALLOW_THREADS
	if (!err)
		return self;
	Py_DECREF(self);
	return failed(err);
}

static void core_dealloc(PyObject *self)
{
	if (core_of(self)) {
		Py_BEGIN_ALLOW_THREADS
		core_free(core_of(self));
		Py_END_ALLOW_THREADS
	}
	dealloc_wiped(self, NULL, 0);
}

static PyObject *core_stop_method(PyObject *self, PyObject *Py_UNUSED(unused))
{
	Py_BEGIN_ALLOW_THREADS
	core_stop(core_of(self));
	Py_END_ALLOW_THREADS
	Py_RETURN_NONE;
}

static PyObject *core_fileno_method(PyObject *self, PyObject *Py_UNUSED(unused))
{
	return PyLong_FromLong(core_fileno(core_of(self)));
}

/* The index of a word among `n`, or -1. */
static int word_index(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return (int)i;
	return -1;
}

/* --- Core: links ------------------------------------------------------------------------------------------------ */

static const char *const TLS_WORDS[] = {
	[CORE_TLS_NONE] = "", [CORE_TLS_CLIENT] = "client", [CORE_TLS_SERVER] = "server"};

static PyObject *core_attach_link_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	const char *tls = "", *sni = "";
	uint64_t link = 0;
	int fd, side, err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "i|$ss:attach_link", NAMES("fd", "tls", "sni"), &fd, &tls, &sni))
		return NULL;
	side = word_index(TLS_WORDS, ARRAY_LEN(TLS_WORDS), tls);
	if (side < 0) {
		core_refuse_link(fd);
		return PyErr_Format(PyExc_ValueError, "tls is \"client\", \"server\" or \"\", not \"%s\"", tls);
	}
	Py_BEGIN_ALLOW_THREADS
	err = core_attach_link(&link, core_of(self), fd, (enum core_tls)side, sni);
	Py_END_ALLOW_THREADS
	return err ? failed(err) : PyLong_FromUnsignedLongLong(link);
}

static PyObject *with_link(PyObject *self, PyObject *args, PyObject *kwargs, int (*call)(struct core *, uint64_t))
{
	uint64_t link;
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&", NAMES("link"), convert_u64, &link))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = call(core_of(self), link);
	Py_END_ALLOW_THREADS
	return done(err);
}

static PyObject *core_admit_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return with_link(self, args, kwargs, core_admit);
}

static PyObject *core_trust_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return with_link(self, args, kwargs, core_trust);
}

static PyObject *core_drop_link_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return with_link(self, args, kwargs, core_drop_link);
}

static PyObject *with_link_data(PyObject *self, PyObject *args, PyObject *kwargs, char **names,
				int (*call)(struct core *, uint64_t, const uint8_t *, size_t))
{
	Py_buffer data;
	uint64_t link;
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&y*", names, convert_u64, &link, &data))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = call(core_of(self), link, data.buf, (size_t)data.len);
	Py_END_ALLOW_THREADS
	PyBuffer_Release(&data);
	return done(err);
}

static PyObject *core_greet_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return with_link_data(self, args, kwargs, NAMES("link", "data"), core_greet);
}

static PyObject *core_send_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return with_link_data(self, args, kwargs, NAMES("link", "frame"), core_send);
}

static PyObject *core_queue_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	uint8_t source[KEY_BYTES], dest[KEY_BYTES];
	Py_buffer frame;
	uint64_t link;
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&y*O&O&:queue", NAMES("link", "frame", "source", "dest"),
					 convert_u64, &link, &frame, convert_key, source, convert_key, dest))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = core_queue(core_of(self), link, frame.buf, (size_t)frame.len, source, dest);
	Py_END_ALLOW_THREADS
	PyBuffer_Release(&frame);
	return done(err);
}

/* --- Core: tables ----------------------------------------------------------------------------------------------- */

static PyObject *core_publish_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	struct rows coords = {0}, hops = {0};
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&O&:publish", NAMES("coords", "hops"), convert_ports, &coords,
					 convert_hops, &hops))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = core_publish(core_of(self), coords.list, coords.n, hops.list, hops.n);
	Py_END_ALLOW_THREADS
	hops_free(&hops);
	rows_free(&coords);
	return done(err);
}

static PyObject *core_set_path_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	uint8_t key[KEY_BYTES];
	struct rows path = {0};
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&O&:set_path", NAMES("key", "path"), convert_key, key,
					 convert_ports, &path))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = core_set_path(core_of(self), key, path.list, path.n);
	Py_END_ALLOW_THREADS
	rows_free(&path);
	return done(err);
}

static PyObject *with_key(PyObject *self, PyObject *args, PyObject *kwargs, int (*call)(struct core *, const uint8_t *))
{
	uint8_t key[KEY_BYTES];
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&", NAMES("key"), convert_key, key))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = call(core_of(self), key);
	Py_END_ALLOW_THREADS
	return done(err);
}

static PyObject *core_drop_path_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return with_key(self, args, kwargs, core_drop_path);
}

static PyObject *core_drop_keys_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return with_key(self, args, kwargs, core_drop_keys);
}

/* Rows of (remote_seq, local_seq, key, report). `items` keeps the keys alive and must outlive the rows. */
static int receive_rows(struct rows *rows, PyObject *items, PyTypeObject *key_type)
{
	struct core_receive *row = rows->list;

	for (size_t i = 0; i < rows->n; i++, row++) {
		PyObject *fields = PyTuple_GetItem(items, (Py_ssize_t)i), *key;
		int report;

		if (!is_tuple(fields) ||
		    !PyArg_ParseTuple(fields, "O&O&O!p;a row is (remote_seq, local_seq, key, report)", convert_u64,
				      &row->remote_seq, convert_u64, &row->local_seq, key_type, &key, &report))
			return -1;
		row->key = &((SharedKeyObject *)key)->key;
		row->report = report != 0;
	}
	return 0;
}

static PyObject *core_install_keys_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	struct state *state = PyType_GetModuleState(Py_TYPE(self));
	uint8_t key[KEY_BYTES], next_public[KEY_BYTES];
	PyObject *send, *receive, *items, *result = NULL;
	uint64_t local_seq, remote_seq;
	struct rows rows = {0};
	int keep_nonce, err;

	if (!PyArg_ParseTupleAndKeywords(
		    args, kwargs, "O&O&O&O!O&pO:install_keys",
		    NAMES("key", "local_seq", "remote_seq", "send", "next_public", "keep_nonce", "receive"),
		    convert_key, key, convert_u64, &local_seq, convert_u64, &remote_seq, state->shared_key, &send,
		    convert_key, next_public, &keep_nonce, &receive))
		return NULL;
	items = rows_new(&rows, receive, sizeof(struct core_receive));
	if (!items || receive_rows(&rows, items, state->shared_key))
		goto out;
	Py_BEGIN_ALLOW_THREADS
	err = core_install_keys(core_of(self), key, local_seq, remote_seq, &((SharedKeyObject *)send)->key,
				next_public, keep_nonce != 0, rows.list, rows.n);
	Py_END_ALLOW_THREADS
	result = done(err);
out:
	rows_free(&rows);
	Py_XDECREF(items);
	return result;
}

static PyObject *core_seal_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	uint8_t key[KEY_BYTES];
	Py_buffer message;
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&y*:seal", NAMES("key", "message"), convert_key, key,
					 &message))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = core_seal(core_of(self), key, message.buf, (size_t)message.len);
	Py_END_ALLOW_THREADS
	PyBuffer_Release(&message);
	return done(err);
}

/* --- Core: TUN and counters ------------------------------------------------------------------------------------- */

static const char *const CARRIER_WORDS[] = {[CORE_CARRIER_FILE] = "file",
					    [CORE_CARRIER_WINTUN] = "wintun",
					    [CORE_CARRIER_TAP_WINDOWS] = "tap-windows"};
static const char *const FRAMING_WORDS[] = {[CORE_FRAMING_BARE] = "bare",
					    [CORE_FRAMING_FAMILY] = "family",
					    [CORE_FRAMING_ETHERNET] = "ethernet"};

/* What is around its packets: -EINVAL for a word that is none, or a number below zero. */
static int frame_device(struct core_device *out, const char *framing, int family, int vnet_header)
{
	int framed = word_index(FRAMING_WORDS, ARRAY_LEN(FRAMING_WORDS), framing);

	if (framed < 0 || family < 0 || vnet_header < 0)
		return -EINVAL;
	out->framing = (enum core_framing)framed;
	out->family = (unsigned)family;
	out->vnet_header = (size_t)vnet_header;
	return 0;
}

static PyObject *core_attach_tun_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	const char *carrier = "file", *framing = "bare";
	int family = 0, vnet_header = 0, carried, err;
	struct core_device device = {0};
	Py_ssize_t handle, mtu;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "nn|$ssii:attach_tun",
					 NAMES("handle", "mtu", "carrier", "framing", "family", "vnet_header"),
					 &handle, &mtu, &carrier, &framing, &family, &vnet_header))
		return NULL;
	carried = word_index(CARRIER_WORDS, ARRAY_LEN(CARRIER_WORDS), carrier);
	device.handle = handle;
	device.carrier = (enum core_carrier)carried;
	if (mtu < 0 || carried < 0 || frame_device(&device, framing, family, vnet_header)) {
		if (carried >= 0)
			core_refuse_tun(device);
		return PyErr_Format(PyExc_ValueError,
				    "Invalid device: mtu %zd, carrier \"%s\", framing \"%s\", family %d, vnet_header %d",
				    mtu, carrier, framing, family, vnet_header);
	}
	Py_BEGIN_ALLOW_THREADS
	err = core_attach_tun(core_of(self), device, (size_t)mtu);
	Py_END_ALLOW_THREADS
	return done(err);
}

static PyObject *core_detach_tun_method(PyObject *self, PyObject *Py_UNUSED(unused))
{
	int err;

	Py_BEGIN_ALLOW_THREADS
	err = core_detach_tun(core_of(self));
	Py_END_ALLOW_THREADS
	return done(err);
}

static PyObject *with_data(PyObject *self, PyObject *args, PyObject *kwargs, char **names,
			   int (*call)(struct core *, const uint8_t *, size_t))
{
	Py_buffer data;
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*", names, &data))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = call(core_of(self), data.buf, (size_t)data.len);
	Py_END_ALLOW_THREADS
	PyBuffer_Release(&data);
	return done(err);
}

static PyObject *core_write_packet_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return with_data(self, args, kwargs, NAMES("packet"), core_write_packet);
}

static PyObject *core_write_frame_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	return with_data(self, args, kwargs, NAMES("frame"), core_write_frame);
}

static PyObject *core_set_host_mac_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	uint8_t mac[MAC_BYTES];
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&:set_host_mac", NAMES("mac"), convert_mac, mac))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = core_set_host_mac(core_of(self), mac);
	Py_END_ALLOW_THREADS
	return done(err);
}

static PyObject *core_activity_method(PyObject *self, PyObject *Py_UNUSED(unused))
{
	struct core_activity rows[ACTIVITY_CHUNK];
	size_t n = ACTIVITY_CHUNK;
	PyObject *list = PyList_New(0);

	while (list && n == ACTIVITY_CHUNK) {
		int err;

		Py_BEGIN_ALLOW_THREADS
		err = core_activity(rows, &n, core_of(self));
		Py_END_ALLOW_THREADS
		if (err) {
			Py_DECREF(list);
			return failed(err);
		}
		for (size_t i = 0; list && i < n; i++) {
			PyObject *row = Py_BuildValue(
				"NKK", PyBytes_FromStringAndSize((const char *)rows[i].key, (Py_ssize_t)KEY_BYTES),
				(unsigned long long)rows[i].received, (unsigned long long)rows[i].sent);

			if (!row || PyList_Append(list, row))
				Py_CLEAR(list);
			Py_XDECREF(row);
		}
	}
	return list;
}

static PyObject *counters_of(const struct core_counter *row, size_t n)
{
	PyObject *dict = PyDict_New();

	for (size_t i = 0; dict && i < n; i++) {
		PyObject *value = PyLong_FromUnsignedLongLong(row[i].value);

		if (!value || PyDict_SetItemString(dict, row[i].name, value))
			Py_CLEAR(dict);
		Py_XDECREF(value);
	}
	return dict;
}

static PyObject *core_link_counters_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	struct core_counter rows[CORE_LINK_COUNTERS];
	uint64_t link;
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&:link_counters", NAMES("link"), convert_u64, &link))
		return NULL;
	Py_BEGIN_ALLOW_THREADS
	err = core_link_counters(rows, core_of(self), link);
	Py_END_ALLOW_THREADS
	return err ? done(err) : counters_of(rows, CORE_LINK_COUNTERS);
}

static PyObject *core_counters_method(PyObject *self, PyObject *Py_UNUSED(unused))
{
	struct core_counter rows[CORE_COUNTERS_MAX];
	size_t n = CORE_COUNTERS_MAX;
	int err;

	Py_BEGIN_ALLOW_THREADS
	err = core_counters(rows, &n, core_of(self));
	Py_END_ALLOW_THREADS
	return err ? failed(err) : counters_of(rows, n);
}

static PyMethodDef core_methods[] = {
	{"fileno", core_fileno_method, METH_NOARGS, "Readable while `recv` has something."},
	METHOD("recv", core_recv_method, "What happened since, oldest first; never blocks."),
	METHOD("attach_link", core_attach_link_method, "Own a connected stream socket; the link's number."),
	METHOD("greet", core_greet_method, "Write raw bytes; before `admit` only."),
	METHOD("admit", core_admit_method, "Start the frame phase."),
	METHOD("trust", core_trust_method, "Accept traffic on this link."),
	METHOD("drop_link", core_drop_link_method, "Close. No LINK_CLOSED follows."),
	METHOD("send", core_send_method, "One control frame, ahead of the queue."),
	METHOD("queue", core_queue_method, "One frame into the link's fair queue."),
	METHOD("publish", core_publish_method, "Replace the forwarding table."),
	METHOD("set_path", core_set_path_method, "Traffic to `key` goes to `path`."),
	METHOD("drop_path", core_drop_path_method, "Forget the path to `key`."),
	METHOD("install_keys", core_install_keys_method, "Replace a session's keys."),
	METHOD("drop_keys", core_drop_keys_method, "End a session; wipe its keys."),
	METHOD("seal", core_seal_method, "Seal one in-session message and send it."),
	METHOD("attach_tun", core_attach_tun_method, "Own an open TUN or TAP device."),
	{"detach_tun", core_detach_tun_method, METH_NOARGS, "Close it."},
	METHOD("write_packet", core_write_packet_method, "One IPv6 packet to the local host."),
	METHOD("set_host_mac", core_set_host_mac_method, "Where packets to the host go on a TAP."),
	METHOD("write_frame", core_write_frame_method, "One whole Ethernet frame to the local host."),
	{"activity", core_activity_method, METH_NOARGS, "(key, received, sent) of sessions that moved since."},
	METHOD("link_counters", core_link_counters_method, "Counters of one link, or None."),
	{"counters", core_counters_method, METH_NOARGS, "Everything the core counts, by name."},
	{"stop", core_stop_method, METH_NOARGS, "End threads, close descriptors, wipe keys."},
	{0},
};

static PyType_Slot core_slots[] = {
	{Py_tp_doc, "The packet path of one node."},
	{Py_tp_new, core_tp_new},
	{Py_tp_dealloc, core_dealloc},
	{Py_tp_methods, core_methods},
	{0, NULL},
};

PyType_Spec core_spec = {
	.name = "everleaf._core.Core",
	.basicsize = sizeof(CoreObject),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = core_slots,
};
