"""Mistakes for the Windows backend; most of them cost somebody an adapter that said "Element not found" or nothing."""

from __future__ import annotations

from host.mutant import Mutation

ABI, HELPER, INTERFACE = "host/abi/windows.toml", "host/windows/iphelper.py", "host/windows/interface.py"
BACKEND, DEVICE, WINTUN = "host/windows/host.py", "host/windows/device.py", "host/windows/wintun.py"
TAP, PORTS, WATCH = "host/windows/tap.py", "host/windows/ports.py", "host/windows/watch.py"
PARENT, CONSOLE = "host/windows/parent.py", "host/windows/console.py"
ADD_ROUTE = 'Task.ADD_ROUTE: f"{_NETSH} add {_ON_LINK} metric=1 store=active"'


def _row(file: str, old: str, new: str, why: str) -> Mutation:
    return Mutation("windows/host", file, old, new, why)


def _device(file: str, old: str, new: str, why: str) -> Mutation:
    return Mutation("windows/devices", file, old, new, why)


def _news(file: str, old: str, new: str, why: str) -> Mutation:
    return Mutation("windows/news", file, old, new, why)


def _parent(file: str, old: str, new: str, why: str) -> Mutation:
    return Mutation("windows/parent", file, old, new, why)


def _console(old: str, new: str, why: str) -> Mutation:
    return Mutation("windows/console", CONSOLE, old, new, why)


def _privacy(old: str, new: str, why: str) -> Mutation:
    return Mutation("windows/privacy", "host/windows/privacy.py", old, new, why)


WINDOWS = [
    # rows of IP Helper
    _row(ABI, "\nAF_INET6 = 23", "\nAF_INET6 = 10", "Linux's AF_INET6"),
    _row(ABI, "\nMIB_IPINTERFACE_ROW = 168", "\nMIB_IPINTERFACE_ROW = 160", "a row of a wrong size"),
    _row(
        ABI,
        '"MIB_UNICASTIPADDRESS_ROW.InterfaceLuid" = 32',
        '"MIB_UNICASTIPADDRESS_ROW.InterfaceLuid" = 28',
        "no padding",
    ),
    _row(ABI, '"MIB_IPINTERFACE_ROW.NlMtu" = 152', '"MIB_IPINTERFACE_ROW.NlMtu" = 148', "an MTU in the metric's place"),
    _row(ABI, '"MIB_IF_TABLE2.Table" = 8', '"MIB_IF_TABLE2.Table" = 4', "a table read behind its count alone"),
    _row(
        ABI, "ERROR_OBJECT_ALREADY_EXISTS = 5010", "ERROR_OBJECT_ALREADY_EXISTS = 183", "another error for what exists"
    ),
    _row(ABI, "\nERROR_NOT_FOUND = 1168", "\nERROR_NOT_FOUND = 2", "another error for what is missing"),
    _row(HELPER, 'row.put("OnLinkPrefixLength", prefix_length, 1)', "pass", "an address without a prefix length"),
    _row(HELPER, 'row.put("DadState", self._abi["IpDadStatePreferred"])', "pass", "an address that is tentative"),
    _row(HELPER, "FOREVER = 0xFFFFFFFF", "FOREVER = 0", "an address that lives for 0 seconds"),
    _row(HELPER, 'row.put("SitePrefixLength", 0)', "pass", "a site prefix written as it was read"),
    _row(HELPER, 'row.put("DadTransmits", 0)', "pass", "a search for twins"),
    _row(
        HELPER,
        'row.put("RouterDiscoveryBehavior", self._abi["RouterDiscoveryDisabled"])',
        "pass",
        "looking for routers",
    ),
    _row(HELPER, 'row.put("SitePrefixLength", 0, 1)', "pass", "a route with an illegal site prefix"),
    _row(HELPER, 'row.put("Metric", METRIC)', "pass", "a route with an illegal metric"),
    _row(HELPER, 'row.put("Protocol", self._abi["MIB_IPPROTO_NETMGMT"])', "pass", "a route with an illegal protocol"),
    _row(HELPER, 'row.place("NextHop", self._socket_address(bytes(16)))', "pass", "a next hop of family 0"),
    _row(HELPER, "self._socket_address(MESH) +", 'self._socket_address(MESH[:15] + b"\\1") +', "host bits in a prefix"),
    _row(HELPER, '.partition("\\0")[0]', "", "a name with what follows it"),
    _row(HELPER, "name.casefold()), None)", "name), None)", "names told apart by upper and lower case"),
    _row(HELPER, '!= self._abi["IfOperStatusNotPresent"]', "!= 0", "the memory of an adapter taken for one"),
    # steps and their order
    _row(INTERFACE, "PATIENCE = 15", "PATIENCE = 1", "no patience with IPv6 right after boot"),
    _row(INTERFACE, "NETSH_MTU = 1500", "NETSH_MTU = 65535", "an MTU that netsh calls an incorrect parameter"),
    _row(INTERFACE, "            self._make_room(address)\n", "", "an address on an unplugged adapter"),
    _row(
        INTERFACE,
        'if other and luid != self._adapter.luid and other.status == self._abi["IfOperStatusUp"]:',
        "if False:",
        "an address taken from a node that runs",
    ),
    _row(INTERFACE, "other and luid != self._adapter.luid and", "other and", "no way to another prefix length"),
    _row(INTERFACE, 'settle(self._abi["AF_INET"], mtu)', "pass", "an MTU for IPv6 alone"),
    _row(INTERFACE, "if error.code not in self._absent:  #", "if True:  #", "a problem made of a missing IPv4"),
    _row(
        INTERFACE,
        "partial(self._unless, Outcome.EXISTS,",
        "partial(self._unless, Outcome.MISSING,",
        "exists is missing",
    ),
    _row(INTERFACE, "(MESH[0], PREFIX_LENGTH)]", "(MESH[0], 64)]", "the administrator's subnet taken along"),
    _row(INTERFACE, "printed(completed), fix)", '"", fix)', "a failed command without its output"),
    _row(INTERFACE, "fix, mended=True)", "fix)", "a refusal that was mended told as one that was not"),
    _row("host/commands.py", ADD_ROUTE, ADD_ROUTE.replace(" add ", " del "), "netsh's grammar"),
    _row("host/commands.py", 'nexthop=:: "', 'nexthop=fe80::8 "', "the next hop of TAP-Windows in TUN mode"),
    # adapters and their owners
    _row(
        BACKEND,
        "        if self._ip.find(name):\n            return self._wintun.open(name)\n",
        "",
        "a name taken away",
    ),
    _row(BACKEND, "device.name = adapter.name  #", "device.name = name  #", "the name that was asked for"),
    _row(BACKEND, "                and self._is_free(adapter)\n", "", "cleaning up what somebody has open"),
    _row(BACKEND, "adapter.guid == adapter_guid(adapter.name)", "True", "cleaning up what is not Wintun's"),
    _row(BACKEND, "{number or ''}\")", '")', "one adapter for all nodes"),
    _row(WINTUN, "name.casefold()).bytes_le", "name).bytes_le", "a GUID for each way to write a name"),
    _row(WINTUN, 'f"{directory}\\\\{LIBRARY}"', "LIBRARY", "a DLL from anywhere on the path"),
    _row(
        WINTUN,
        "            self._refuse_unprivileged(name, error)\n            adapter",
        "            adapter",
        "elevation",
    ),
    _row(
        WINTUN,
        "                return self._api.open_adapter(name)\n",
        "                raise\n",
        "no look at what is there",
    ),
    _row(
        TAP, "return False\n        return True", "return True\n        return True", "cleaning up an open TAP adapter"
    ),
    # devices
    _device(WINTUN, "RING = 0x800000", "RING = 0x80000", "a small ring"),
    _device(
        WINTUN, "self._api.wait((self._arrived, self._stop), LISTEN)", "self._api.wait((self._arrived,), 120)", "deaf"
    ),
    _device(WINTUN, "or not shortest:", "or False:", "garbage written to a ring"),
    _device(WINTUN, "_SHORTEST = {4: 20, 6: 40}", "_SHORTEST = {4: 1, 6: 1}", "half a header written to a ring"),
    _device(WINTUN, "            self._api.close_adapter(adapter)\n", "", "an adapter left behind by a failure"),
    _device(
        WINTUN,
        "        if handle:\n            self._api.end_session",
        "        if True:\n            self._api.end_session",
        "0",
    ),
    _device(DEVICE, "handle, self._handle = self._handle, 0", "handle = self._handle", "a handle of two owners"),
    _device(DEVICE, "            self._api.set_event(self._stop)\n", "", "a reader that sleeps on"),
    _device(DEVICE, "        self._api.close_handle(self._stop)\n", "", "a leaked event"),
    _device(TAP, "TAP_WIN_IOCTL_SET_MEDIA_STATUS", "TAP_WIN_IOCTL_GET_MTU", "a cable that is not plugged"),
    _device(TAP, '.tap"', '"', "a device without its suffix"),
    _device(TAP, ".lower() in _COMPONENTS", " in _COMPONENTS", "a component in other letters"),
    _device(ABI, "TAP_WIN_IOCTL_GET_MAC = 0x220004", "TAP_WIN_IOCTL_GET_MAC = 0x220008", "another request"),
    _device(ABI, "ERROR_GEN_FAILURE = 31", "ERROR_GEN_FAILURE = 32", "another word for busy"),
    # ports and news
    _news(PORTS, 'row.take("dwLocalPort", 2), "big"', 'row.take("dwLocalPort", 2), "little"', "a port turned round"),
    _news(PORTS, 'row.take("dwLocalPort", 2)', 'row.take("dwLocalPort", 4)', "a port with what lies behind it"),
    _news(PORTS, '"TCP_TABLE_OWNER_PID_LISTENER"', '"TCP_TABLE_OWNER_PID_ALL"', "connections among the listeners"),
    _news(PORTS, "size = needed + SLACK", "size = size", "a buffer that does not grow"),
    _news(PORTS, "str(mapped or address)", "str(address)", "IPv4 in the clothes of IPv6"),
    _news(
        ABI, '"MIB_TCP6ROW_OWNER_PID.dwOwningPid" = 52', '"MIB_TCP6ROW_OWNER_PID.dwOwningPid" = 48', "a state as a pid"
    ),
    _news(ABI, "\nMIB_UDP6ROW_OWNER_PID = 28", "\nMIB_UDP6ROW_OWNER_PID = 32", "rows of a wrong size"),
    _news(
        WATCH,
        "        except BlockingIOError:\n            return  #",
        "        except ValueError:\n            return  #",
        "full",
    ),
    _news(WATCH, "            self._api.cancel_notify(handle)", "            pass", "callbacks without end"),
    _news(WATCH, ', "NotifyRouteChange2")', ")", "no news of routes"),
    # who has started us
    _parent(
        ABI,
        '\n"PROCESSENTRY32W.th32ParentProcessID" = 32',
        '\n"PROCESSENTRY32W.th32ParentProcessID" = 28',
        "a count of threads as a pid",
    ),
    _parent(PARENT, "if older:", "if True:", "another process with the parent's number"),
    _parent(PARENT, "(handle) <= self", "(handle) < self", "a parent and a child of one tick"),
    _parent(PARENT, 'look | self._abi["SYNCHRONIZE"]', "look", "a handle that cannot be waited for"),
    _parent(PARENT, "        self._api.close_handle(us)\n", "", "a leaked handle of ourselves"),
    _parent(PARENT, "        self._api.close_handle(handle)  #", "        #", "a leaked handle of another"),
    _parent(PARENT, 'error.code == self._abi["ERROR_INVALID_PARAMETER"]', "True", "a refusal taken for an end"),
    # whom a file is kept from
    _privacy('"D:P(A;;FA;;;OW)', '"D:(A;;FA;;;OW)', "a key that has what its directory hands down"),
    _privacy("(A;;FA;;;SY)", "(A;;FA;;;WD)", "a key that everyone can open"),
    _privacy("in _ALLOWS and", "and", "a refusal taken for a permission"),
    _privacy('and "IO" not in', 'and "IO" in', "what is for files below taken for this one's"),
    _privacy("or _NO_LIST in found", "", "a disk without lists"),
    _privacy('"OA", ', "", "an entry that allows in another way"),
    # what the console tells
    _console(
        "                self._wait()  #",
        "                pass  #",
        "a node ended in the middle of its end",
    ),
    _console('== self._abi["CTRL_LOGOFF_EVENT"]', "is None", "a service that ends when somebody logs off"),
    _console('self._abi["CTRL_C_EVENT"], ', "", "a Ctrl-C that takes a thread for good"),
    _console(
        "            return True\n\n        self", "            return False\n\n        self", "KeyboardInterrupt"
    ),
]
