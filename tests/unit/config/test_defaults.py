"""Defaults differ on Windows alone, where Linux's would lead nowhere."""

from __future__ import annotations

import runpy
import sys

from everleaf.config import model
from everleaf.platform import platform


def test_windows_keeps_its_key_and_admin_socket_where_its_package_does(monkeypatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    fresh, windows = runpy.run_path(model.__file__), platform("windows")
    assert fresh["IdentityConfig"]().key_file == windows.key_file
    assert fresh["AdminConfig"]().listen.text == windows.admin


def test_linux_keeps_them_where_its_packages_do() -> None:
    debian = platform("debian")
    assert model.IdentityConfig().key_file == debian.key_file
    assert model.AdminConfig().listen.text == debian.admin
