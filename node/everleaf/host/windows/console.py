"""What Windows tells a program through its console, be it one of a service, which nobody sees.

Source: HandlerRoutine at learn.microsoft.com.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from everleaf.host.abi import Abi, load
from everleaf.host.windows.api import WindowsApi


def _for_our_end() -> None:
    """This thread ends with the process."""
    threading.Event().wait()


class Console:
    """Hears what ends a program: keys, its window's end, Windows' end."""

    def __init__(self, api: WindowsApi, abi: Abi | None = None, wait: Callable[[], object] = _for_our_end) -> None:
        self._api = api
        self._abi = abi or load("windows")
        self._wait = wait

    def watch(self, ending: Callable[[], None]) -> None:
        """From now on `ending` is called, in threads of the system's; who listened before hears nothing any more."""

        def heard(event: int) -> bool:
            if event == self._abi["CTRL_LOGOFF_EVENT"]:  # services hear that, and of any user: nothing to us
                return True
            ending()
            if event not in (self._abi["CTRL_C_EVENT"], self._abi["CTRL_BREAK_EVENT"]):
                self._wait()  # Windows ends us when this returns; it gives us seconds
            return True

        self._api.console(heard)
