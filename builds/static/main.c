/* SPDX-License-Identifier: MIT
 * The static program: Python with the core in it, which imports everything else from the archive at this file's end.
 * Nothing of the system's Python is asked or found: no path, no variable of the environment, no site-packages. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <Python.h>

PyMODINIT_FUNC PyInit__core(void);

/* zig's run-time library lacks this one, which OpenSSL asks where a CPU may have no atomic operations on 64 bits; told no,
 * it takes a lock. Compilers refuse to see it defined under its name. */
bool lock_free(size_t size, const volatile void *at) __asm__("__atomic_is_lock_free");

bool lock_free(size_t size, const volatile void *at)
{
	(void)at;
	return size <= sizeof(void *);
}

/* This program's file, into `path`. Without /proc it is what the system was told to execute. */
static bool find_self(char path[static PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
	const char *name = (const char *)getauxval(AT_EXECFN); /* NOLINT: a pointer is what the system puts there */

	if (len > 0) {
		path[len] = '\0';
		return true;
	}
	return name && realpath(name, path);
}

/* As PyInstaller's loader has it: UTF-8 whatever the locale says, `python -O`, Ctrl-C is a KeyboardInterrupt. */
static PyStatus configure(PyConfig *config, int argc, char **argv, const char *self)
{
	wchar_t **strings[] = {&config->executable, &config->base_executable, &config->prefix, &config->base_prefix,
			       &config->exec_prefix, &config->base_exec_prefix};
	PyStatus status = PyConfig_SetBytesArgv(config, argc, argv);

	config->site_import = 0;
	config->write_bytecode = 0;
	config->optimization_level = 1;
	config->install_signal_handlers = 1;
	config->module_search_paths_set = 1;
	for (size_t i = 0; i < sizeof strings / sizeof *strings && !PyStatus_Exception(status); i++)
		status = PyConfig_SetBytesString(config, strings[i], self);
	if (!PyStatus_Exception(status))
		status = PyWideStringList_Append(&config->module_search_paths, config->executable);
	return status;
}

static PyStatus start(int argc, char **argv, const char *self)
{
	PyPreConfig before;
	PyConfig config;
	PyStatus status;

	PyPreConfig_InitIsolatedConfig(&before);
	before.utf8_mode = 1;
	status = Py_PreInitialize(&before);
	if (PyStatus_Exception(status))
		return status;
	PyConfig_InitIsolatedConfig(&config);
	status = configure(&config, argc, argv, self);
	if (!PyStatus_Exception(status))
		status = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	return status;
}

int main(int argc, char **argv)
{
	static char self[PATH_MAX];
	PyStatus status;

	if (!find_self(self)) {
		fprintf(stderr, "%s: cannot find its own file; mount /proc\n", argv[0]);
		return 71; /* EX_OSERR */
	}
	if (PyImport_AppendInittab("everleaf._core", PyInit__core))
		return 71;
	status = start(argc, argv, self);
	if (PyStatus_Exception(status))
		Py_ExitStatusException(status);
	if (!PySys_SetObject("frozen", Py_True))
		PyImport_ImportModule("everleaf.__main__");
	PyErr_Print(); /* does not come back from the SystemExit that ends it */
	return 1;
}
