"""The calls of `privacy.py` as advapi32.dll answers them. Imported on Windows alone."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes

from everleaf.host.abi import load
from everleaf.host.abi.structure import Structure

assert sys.platform == "win32"  # type checkers read on only there

import msvcrt  # noqa: E402

_ANY, _DWORD, _HANDLE, _TEXT = ctypes.c_void_p, wintypes.DWORD, wintypes.HANDLE, wintypes.LPCWSTR


class SecurityDlls:
    """As `SecurityApi` says."""

    def __init__(self) -> None:
        self._abi = load("windows")
        self._kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        self._kernel32.CreateFileW.argtypes = (_TEXT, _DWORD, _DWORD, _ANY, _DWORD, _DWORD, _HANDLE)
        self._kernel32.CreateFileW.restype = _HANDLE
        self._kernel32.LocalFree.argtypes = (_ANY,)
        self._advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
        self._parse = self._advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW
        self._parse.argtypes = (_TEXT, _DWORD, _ANY, _ANY)
        self._tell = self._advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW
        self._tell.argtypes = (_ANY, _DWORD, _DWORD, _ANY, _ANY)
        self._advapi32.GetSecurityInfo.argtypes = (_HANDLE, ctypes.c_int, _DWORD, *(_ANY,) * 5)
        self._advapi32.GetSecurityInfo.restype = _DWORD

    def create_file(self, path: str, security: str) -> int:
        abi = self._abi
        with self._allocated() as descriptor:
            if not self._parse(security, abi["SDDL_REVISION_1"], ctypes.byref(descriptor), None):
                raise _refused()
            attributes = Structure(abi, "SECURITY_ATTRIBUTES")
            attributes.put("nLength", abi.sizeof("SECURITY_ATTRIBUTES"))
            attributes.put("lpSecurityDescriptor", descriptor.value or 0, abi.sizeof("pointer"))
            new, kind = abi["CREATE_NEW"], abi["FILE_ATTRIBUTE_NORMAL"]
            handle = self._kernel32.CreateFileW(
                path, abi["GENERIC_WRITE"], 0, ctypes.create_string_buffer(bytes(attributes)), new, kind, None
            )
            if handle == ctypes.c_void_p(-1).value:  # INVALID_HANDLE_VALUE
                raise _refused()
        return msvcrt.open_osfhandle(handle, os.O_WRONLY | os.O_BINARY | os.O_NOINHERIT)

    def access_list(self, descriptor: int) -> str:
        abi, file = self._abi, msvcrt.get_osfhandle(descriptor)
        kind, wanted = abi["SE_FILE_OBJECT"], abi["DACL_SECURITY_INFORMATION"]
        with self._allocated() as security, self._allocated() as text:
            code = self._advapi32.GetSecurityInfo(file, kind, wanted, None, None, None, None, ctypes.byref(security))
            if code:
                raise ctypes.WinError(code)
            if not self._tell(security, abi["SDDL_REVISION_1"], wanted, ctypes.byref(text), None):
                raise _refused()
            return ctypes.wstring_at(text.value or 0)

    @contextmanager
    def _allocated(self) -> Iterator[ctypes.c_void_p]:
        """For what Windows allocates and we give back."""
        pointer = ctypes.c_void_p()
        try:
            yield pointer
        finally:
            self._kernel32.LocalFree(pointer)


def _refused() -> OSError:
    return ctypes.WinError(ctypes.get_last_error())
