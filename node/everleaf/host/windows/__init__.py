"""Windows: IP Helper, Wintun and TAP-Windows6, and the service control manager.

What is asked of Windows stands in `api.py`; `dlls.py`, `security_dlls.py` and `service_dlls.py`, which ask it, are
imported there alone.
"""

from everleaf.host.windows.host import WindowsHost

__all__ = ["WindowsHost"]
