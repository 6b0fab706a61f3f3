/* SPDX-License-Identifier: MIT
 * The door to Python: SharedKey, BoxKey, Identity. All three wipe what they hold and print as "...". */
#include "module.h"

typedef struct {
	PyObject_HEAD
	struct box_key key;
} BoxKeyObject;

/* --- SharedKey -------------------------------------------------------------------------------------------------- */

static PyObject *hidden_repr(PyObject *Py_UNUSED(self))
{
	return PyUnicode_FromString("...");
}

static void shared_key_dealloc(PyObject *self)
{
	dealloc_wiped(self, &((SharedKeyObject *)self)->key, sizeof(struct shared_key));
}

static PyType_Slot shared_key_slots[] = {
	{Py_tp_doc, "A box key, precomputed. Opaque; wiped when dropped."},
	{Py_tp_dealloc, shared_key_dealloc},
	{Py_tp_repr, hidden_repr},
	{0, NULL},
};

PyType_Spec shared_key_spec = {
	.name = "everleaf._core.SharedKey",
	.basicsize = sizeof(SharedKeyObject),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = shared_key_slots,
};

/* --- BoxKey ----------------------------------------------------------------------------------------------------- */

PyObject *box_key_create(PyTypeObject *type, const uint8_t *private)
{
	PyObject *self = PyType_GenericAlloc(type, 0);

	if (!self)
		return NULL;
	if (private)
		box_key_from_private(&((BoxKeyObject *)self)->key, private);
	else
		box_key_new(&((BoxKeyObject *)self)->key);
	return self;
}

static PyObject *box_key_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	uint8_t private[KEY_BYTES];
	PyObject *given = Py_None, *self;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:BoxKey", NAMES("private"), &given))
		return NULL;
	if (given == Py_None)
		return box_key_create(type, NULL);
	if (!convert_key(given, private))
		return NULL;
	self = box_key_create(type, private);
	secret_wipe(private, sizeof private);
	return self;
}

static void box_key_dealloc(PyObject *self)
{
	dealloc_wiped(self, &((BoxKeyObject *)self)->key, sizeof(struct box_key));
}

static PyObject *box_key_public(PyObject *self, void *Py_UNUSED(closure))
{
	return bytes_of(((BoxKeyObject *)self)->key.public, KEY_BYTES);
}

static PyObject *box_key_shared_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	struct state *state = PyType_GetModuleState(Py_TYPE(self));
	uint8_t theirs[KEY_BYTES];
	PyObject *shared;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&:shared", NAMES("their_public"), convert_key, theirs))
		return NULL;
	shared = PyType_GenericAlloc(state->shared_key, 0);
	if (shared && box_key_shared(&((SharedKeyObject *)shared)->key, &((BoxKeyObject *)self)->key, theirs)) {
		Py_DECREF(shared);
		Py_RETURN_NONE;
	}
	return shared;
}

static PyObject *box_key_seal_to_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	uint8_t dest[KEY_BYTES];
	PyObject *box = NULL;
	Py_buffer plain;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&y*:seal_to", NAMES("dest", "plaintext"), convert_key, dest,
					 &plain))
		return NULL;
	if (plain.len > PY_SSIZE_T_MAX - BOX_TAG_BYTES)
		PyErr_NoMemory();
	else
		box = PyBytes_FromStringAndSize(NULL, plain.len + BOX_TAG_BYTES);
	if (box && box_key_seal_to((uint8_t *)PyBytes_AsString(box), &((BoxKeyObject *)self)->key, dest, plain.buf,
				   (size_t)plain.len)) {
		Py_DECREF(box);
		box = Py_NewRef(Py_None);
	}
	PyBuffer_Release(&plain);
	return box;
}

static PyMethodDef box_key_methods[] = {
	METHOD("shared", box_key_shared_method, "The box key with their public key; None when that has low order."),
	METHOD("seal_to", box_key_seal_to_method, "Box for the node `dest`; None when that key cannot be converted."),
	{0},
};

static PyGetSetDef box_key_fields[] = {
	{"public", box_key_public, NULL, "The 32-byte public half.", NULL},
	{0},
};

static PyType_Slot box_key_slots[] = {
	{Py_tp_doc, "One X25519 key pair. Wiped when dropped."},
	{Py_tp_new, box_key_tp_new},
	{Py_tp_dealloc, box_key_dealloc},
	{Py_tp_repr, hidden_repr},
	{Py_tp_methods, box_key_methods},
	{Py_tp_getset, box_key_fields},
	{0, NULL},
};

PyType_Spec box_key_spec = {
	.name = "everleaf._core.BoxKey",
	.basicsize = sizeof(BoxKeyObject),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = box_key_slots,
};

/* --- Identity --------------------------------------------------------------------------------------------------- */

static PyObject *identity_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	uint8_t seed[KEY_BYTES];
	PyObject *self;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&:Identity", NAMES("seed"), convert_key, seed))
		return NULL;
	self = PyType_GenericAlloc(type, 0);
	if (self)
		identity_from_seed(&((IdentityObject *)self)->id, seed);
	secret_wipe(seed, sizeof seed);
	return self;
}

static void identity_dealloc(PyObject *self)
{
	dealloc_wiped(self, &((IdentityObject *)self)->id, sizeof(struct identity));
}

static PyObject *identity_public(PyObject *self, void *Py_UNUSED(closure))
{
	return bytes_of(((IdentityObject *)self)->id.public, KEY_BYTES);
}

static PyObject *identity_sign_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	uint8_t signature[SIGNATURE_BYTES];
	Py_buffer message;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y*:sign", NAMES("message"), &message))
		return NULL;
	identity_sign(signature, &((IdentityObject *)self)->id, message.buf, (size_t)message.len);
	PyBuffer_Release(&message);
	return bytes_of(signature, sizeof signature);
}

static PyObject *identity_open_box_method(PyObject *self, PyObject *args, PyObject *kwargs)
{
	uint8_t ephemeral[KEY_BYTES];
	PyObject *plain = NULL;
	Py_buffer box;

	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&y*:open_box", NAMES("ephemeral", "box"), convert_key,
					 ephemeral, &box))
		return NULL;
	if (box.len < BOX_TAG_BYTES)
		plain = Py_NewRef(Py_None);
	else
		plain = PyBytes_FromStringAndSize(NULL, box.len - BOX_TAG_BYTES);
	if (plain && plain != Py_None &&
	    identity_open_box((uint8_t *)PyBytes_AsString(plain), &((IdentityObject *)self)->id, ephemeral, box.buf,
			      (size_t)box.len)) {
		Py_DECREF(plain);
		plain = Py_NewRef(Py_None);
	}
	PyBuffer_Release(&box);
	return plain;
}

static PyMethodDef identity_methods[] = {
	METHOD("sign", identity_sign_method, "Plain Ed25519, 64 bytes."),
	METHOD("open_box", identity_open_box_method, "Open what seal_to made for us; None if it does not open."),
	{0},
};

static PyGetSetDef identity_fields[] = {
	{"public", identity_public, NULL, "The 32-byte Ed25519 key.", NULL},
	{0},
};

static PyType_Slot identity_slots[] = {
	{Py_tp_doc, "An Ed25519 key from its 32-byte seed. Wiped when dropped."},
	{Py_tp_new, identity_tp_new},
	{Py_tp_dealloc, identity_dealloc},
	{Py_tp_repr, hidden_repr},
	{Py_tp_methods, identity_methods},
	{Py_tp_getset, identity_fields},
	{0, NULL},
};

PyType_Spec identity_spec = {
	.name = "everleaf._core.Identity",
	.basicsize = sizeof(IdentityObject),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = identity_slots,
};
