/* SPDX-License-Identifier: MIT
 * The door to Python: the module itself. */
#include "module.h"

static int add_type(PyObject *module, PyTypeObject **slot, PyTypeObject *type)
{
	*slot = type;
	return type ? PyModule_AddType(module, type) : -1;
}

static int add_types(PyObject *module, struct state *state)
{
	const struct {
		PyTypeObject **slot;
		PyType_Spec *spec;
	} types[] = {
		{&state->shared_key, &shared_key_spec},       {&state->box_key, &box_key_spec},
		{&state->identity, &identity_spec},	      {&state->core, &core_spec},
		{&state->replay_window, &replay_window_spec}, {&state->link_timers, &link_timers_spec},
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		PyObject *type = PyType_FromModuleAndSpec(module, types[i].spec, NULL);

		if (add_type(module, types[i].slot, (PyTypeObject *)type))
			return -1;
	}
	return add_type(module, &state->event, PyStructSequence_NewType(&event_desc));
}

static int add_constants(PyObject *module)
{
	static const struct {
		const char *name;
		enum core_event_kind kind;
	} KINDS[] = {
		{"LINK_READY", CORE_LINK_READY}, {"GREETING", CORE_GREETING}, {"LINK_CLOSED", CORE_LINK_CLOSED},
		{"FRAME", CORE_FRAME},		 {"PACKET", CORE_PACKET},     {"TRAFFIC", CORE_TRAFFIC},
		{"MESSAGE", CORE_MESSAGE},	 {"MOVED", CORE_MOVED},	      {"REFUSED", CORE_REFUSED},
		{"DEAD_END", CORE_DEAD_END},	 {"TOO_BIG", CORE_TOO_BIG},   {"TUN_CLOSED", CORE_TUN_CLOSED},
		{"NEIGHBOUR", CORE_NEIGHBOUR},
	};
	PyObject *libraries;
	int err;

	for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
		if (PyModule_AddIntConstant(module, KINDS[i].name, (long)KINDS[i].kind))
			return -1;
	}
	libraries = Py_BuildValue("{ssss}", "libsodium", crypto_libsodium(), "openssl", crypto_openssl());
	err = !libraries || PyModule_AddObjectRef(module, "LIBRARIES", libraries);
	Py_XDECREF(libraries);
	return err ? -1 : PyModule_AddStringConstant(module, "VERSION", EVERLEAF_VERSION);
}

static int module_exec(PyObject *module)
{
	int err = crypto_start();

	if (err) {
		failed(err);
		return -1;
	}
	return add_types(module, PyModule_GetState(module)) || add_constants(module) ? -1 : 0;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
	struct state *state = PyModule_GetState(module);

	Py_VISIT(state->event);
	Py_VISIT(state->shared_key);
	Py_VISIT(state->box_key);
	Py_VISIT(state->identity);
	Py_VISIT(state->replay_window);
	Py_VISIT(state->link_timers);
	Py_VISIT(state->core);
	return 0;
}

static int module_clear(PyObject *module)
{
	struct state *state = PyModule_GetState(module);

	Py_CLEAR(state->event);
	Py_CLEAR(state->shared_key);
	Py_CLEAR(state->box_key);
	Py_CLEAR(state->identity);
	Py_CLEAR(state->replay_window);
	Py_CLEAR(state->link_timers);
	Py_CLEAR(state->core);
	return 0;
}

static void module_free(void *module)
{
	(void)module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
	{Py_mod_exec, module_exec},
	{0, NULL},
};

static struct PyModuleDef module_def = {
	.m_base = PyModuleDef_HEAD_INIT,
	.m_name = "everleaf._core",
	.m_doc = "The compiled core. See _core.pyi.",
	.m_size = sizeof(struct state),
	.m_methods = module_methods,
	.m_slots = module_slots,
	.m_traverse = module_traverse,
	.m_clear = module_clear,
	.m_free = module_free,
};

PyMODINIT_FUNC PyInit__core(void)
{
	return PyModuleDef_Init(&module_def);
}
