/* SPDX-License-Identifier: MIT
 * The door to Python: signatures and digests, and the decisions of the packet path one by one, for tests. */
#include "module.h"

#include "aead.h"
#include "ethernet.h"
#include "frame.h"
#include "route.h"
#include "tls_vector.h"

#define RANDOM_MAX (1 << 20)

/* --- functions -------------------------------------------------------------------------------------------------- */

static PyObject *module_verify(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
	uint8_t key[KEY_BYTES], signature[SIGNATURE_BYTES];
	Py_buffer message;
	bool ok;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&y*O&:verify", NAMES("key", "message", "signature"),
					 convert_key, key, &message, convert_signature, signature))
		return NULL;
	ok = signature_ok(key, message.buf, (size_t)message.len, signature);
	PyBuffer_Release(&message);
	return PyBool_FromLong(ok);
}

static PyObject *module_blake2b(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
	uint8_t digest[BLAKE2B_BYTES];
	Py_buffer message, key;
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*y*:blake2b", NAMES("message", "key"), &message, &key))
		return NULL;
	err = digest_blake2b(digest, message.buf, (size_t)message.len, key.buf, (size_t)key.len);
	PyBuffer_Release(&key);
	PyBuffer_Release(&message);
	return err ? failed(err) : bytes_of(digest, sizeof digest);
}

static PyObject *module_sha256(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
	uint8_t digest[SHA256_BYTES];
	Py_buffer message;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*:sha256", NAMES("message"), &message))
		return NULL;
	digest_sha256(digest, message.buf, (size_t)message.len);
	PyBuffer_Release(&message);
	return bytes_of(digest, sizeof digest);
}

static PyObject *module_tls_vector(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
	uint8_t out[TLS_VECTOR_MAX];
	const char *algorithm;
	size_t len;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "s:tls_vector", NAMES("algorithm"), &algorithm))
		return NULL;
	if (tls_vector(out, &len, algorithm))
		return PyErr_Format(PyExc_ValueError, "OpenSSL has no digest or AEAD \"%s\"", algorithm);
	return bytes_of(out, len);
}

static PyObject *module_random(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
	PyObject *bytes;
	Py_ssize_t size;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "n:random", NAMES("size"), &size))
		return NULL;
	if (size < 0 || size > RANDOM_MAX)
		return PyErr_Format(PyExc_ValueError, "%zd random bytes; ask for 0 to %d", size, RANDOM_MAX);
	bytes = PyBytes_FromStringAndSize(NULL, size);
	if (bytes)
		random_fill((uint8_t *)PyBytes_AsString(bytes), (size_t)size);
	return bytes;
}

static PyObject *module_box_key(PyObject *module, PyObject *Py_UNUSED(unused))
{
	return box_key_create(((struct state *)PyModule_GetState(module))->box_key, NULL);
}

static PyObject *module_next_hop(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
	struct rows coords = {0}, hops = {0}, path = {0};
	uint64_t watermark, link = 0;
	struct route *route = NULL;
	bool found = false;
	int err;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&O&O&O&:next_hop",
					 NAMES("coords", "hops", "path", "watermark"), convert_ports, &coords,
					 convert_hops, &hops, convert_ports, &path, convert_u64, &watermark))
		return NULL;
	err = route_new(&route, coords.list, coords.n, hops.list, hops.n);
	if (!err)
		found = route_next_hop(&link, &watermark, route, path.list, path.n);
	route_free(route);
	rows_free(&path);
	hops_free(&hops);
	rows_free(&coords);
	if (err)
		return failed(err);
	if (!found)
		Py_RETURN_NONE;
	return Py_BuildValue("KK", (unsigned long long)link, (unsigned long long)watermark);
}

static PyObject *module_split(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
	PyObject *list = PyList_New(0);
	struct frame frame;
	Py_buffer stream;
	size_t used = 0;
	int err = 0;

	if (!list || !PyArg_ParseTupleAndKeywords(args, kwargs, "y*:split", NAMES("stream"), &stream)) {
		Py_XDECREF(list);
		return NULL;
	}
	while (list && !(err = frame_split(&frame, (uint8_t *)stream.buf + used, (size_t)stream.len - used))) {
		PyObject *bytes = bytes_of((uint8_t *)stream.buf + used + frame.offset, frame.len);

		if (!bytes || PyList_Append(list, bytes))
			Py_CLEAR(list);
		Py_XDECREF(bytes);
		used += frame.offset + frame.len;
	}
	PyBuffer_Release(&stream);
	if (!list || err == -EAGAIN)
		return list ? Py_BuildValue("Nn", list, (Py_ssize_t)used) : NULL;
	Py_DECREF(list);
	return PyErr_Format(PyExc_ValueError, "bad frame length at byte %zu", used);
}

static PyObject *module_judge_frame(PyObject *Py_UNUSED(module), PyObject *args, PyObject *kwargs)
{
	static const char *const WAYS[] = {[ETHERNET_SHORT] = "short",
					   [ETHERNET_FOREIGN] = "foreign",
					   [ETHERNET_PACKET] = "packet",
					   [ETHERNET_NEIGHBOUR] = "neighbour"};
	enum ethernet_way way;
	Py_buffer frame;
	size_t whole;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*:judge_frame", NAMES("frame"), &frame))
		return NULL;
	way = ethernet_judge(&whole, frame.buf, (size_t)frame.len);
	PyBuffer_Release(&frame);
	return Py_BuildValue("sn", WAYS[way], (Py_ssize_t)whole);
}

static PyObject *module_seal(PyObject *module, PyObject *args, PyObject *kwargs)
{
	struct state *state = PyModule_GetState(module);
	uint64_t local_seq, remote_seq, nonce;
	uint8_t next_public[KEY_BYTES], *box;
	PyObject *key, *payload = NULL;
	Py_buffer message;
	size_t head, len;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O&O&O&O&y*:seal",
					 NAMES("key", "local_seq", "remote_seq", "nonce", "next_public", "message"),
					 state->shared_key, &key, convert_u64, &local_seq, convert_u64, &remote_seq,
					 convert_u64, &nonce, convert_key, next_public, &message))
		return NULL;
	head = 1 + uvarint_size(local_seq) + uvarint_size(remote_seq) + uvarint_size(nonce);
	len = KEY_BYTES + (size_t)message.len;
	if (message.len <= FRAME_MAX)
		payload = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(head + BOX_TAG_BYTES + len));
	else
		PyErr_Format(PyExc_ValueError, "%zd bytes do not fit into a frame", message.len);
	if (payload) {
		box = (uint8_t *)PyBytes_AsString(payload) + head;
		memcpy(box + BOX_TAG_BYTES, next_public, KEY_BYTES);
		memcpy(box + BOX_TAG_BYTES + KEY_BYTES, message.buf, (size_t)message.len);
		aead_seal(box, len, nonce, &((SharedKeyObject *)key)->key);
		sealed_put_head(box, local_seq, remote_seq, nonce);
	}
	PyBuffer_Release(&message);
	return payload;
}

/* `copy` is the whole payload and gets opened in place. */
static PyObject *open_copy(uint8_t *copy, size_t len, const struct shared_key *key)
{
	struct sealed s;
	const uint8_t *plain;
	size_t size;

	if (sealed_parse(&s, copy, len))
		Py_RETURN_NONE;
	size = len - s.box - BOX_TAG_BYTES;
	if (!aead_open(copy + s.box, size, s.nonce, key))
		Py_RETURN_NONE;
	plain = copy + s.box + BOX_TAG_BYTES;
	return Py_BuildValue("KKKNN", (unsigned long long)s.local_seq, (unsigned long long)s.remote_seq,
			     (unsigned long long)s.nonce,
			     PyBytes_FromStringAndSize((const char *)plain, (Py_ssize_t)KEY_BYTES),
			     PyBytes_FromStringAndSize((const char *)plain + KEY_BYTES, (Py_ssize_t)(size - KEY_BYTES)));
}

static PyObject *module_open(PyObject *module, PyObject *args, PyObject *kwargs)
{
	struct state *state = PyModule_GetState(module);
	PyObject *key, *result;
	Py_buffer payload;
	uint8_t *copy;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!y*:open", NAMES("key", "payload"), state->shared_key, &key,
					 &payload))
		return NULL;
	copy = PyMem_Malloc((size_t)payload.len);
	if (copy) {
		memcpy(copy, payload.buf, (size_t)payload.len);
		result = open_copy(copy, (size_t)payload.len, &((SharedKeyObject *)key)->key);
		secret_wipe(copy, (size_t)payload.len);
	} else {
		result = PyErr_NoMemory();
	}
	PyMem_Free(copy);
	PyBuffer_Release(&payload);
	return result;
}

static PyObject *module_monotonic(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(unused))
{
	return PyFloat_FromDouble(port_now());
}

PyMethodDef module_methods[] = {
	{"monotonic", module_monotonic, METH_NOARGS, "Seconds of the clock that events are stamped with."},
	METHOD("verify", module_verify, "Ed25519 by the network's rules."),
	METHOD("blake2b", module_blake2b, "BLAKE2b-512, unkeyed when `key` is empty."),
	METHOD("sha256", module_sha256, "SHA-256."),
	METHOD("tls_vector", module_tls_vector, "What OpenSSL makes of known bytes."),
	METHOD("random", module_random, "`size` random bytes."),
	{"box_key", module_box_key, METH_NOARGS, "A fresh X25519 key pair."},
	METHOD("next_hop", module_next_hop, "(link, lowered watermark) of the best hop, or None."),
	METHOD("split", module_split, "Whole frames at the head of `stream`, and bytes used."),
	METHOD("judge_frame", module_judge_frame, "Where an Ethernet frame of the host goes, and its length unpadded."),
	METHOD("cut", module_cut, "What a packet behind a virtio header is without offloads."),
	METHOD("join", module_join, "What the host gets of packets of one batch, behind virtio headers."),
	METHOD("seal", module_seal, "One sealed session payload."),
	METHOD("open", module_open, "What `seal` took, or None if malformed or not authentic."),
	{0},
};
