"""`netsh interface ipv6`, as far as a backend meets it: an operator's words in German, and only the status to go by.

Source: "Netsh commands for Interface IPv6" at learn.microsoft.com. Its refusal of an MTU above 1500 was seen on Wintun
adapters by users of other overlays.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, IPv6Interface, IPv6Network

from everleaf.host.program import Completed
from host.windows.fake.stack import ALREADY_EXISTS, INVALID_PARAMETER, IPV6, NOT_FOUND, OK, Stack

TEXTS = {
    OK: "OK.",
    INVALID_PARAMETER: "Falscher Parameter.",
    NOT_FOUND: "Element nicht gefunden.",
    ALREADY_EXISTS: "Das Objekt ist bereits vorhanden.",
}


def netsh(stack: Stack, command: Sequence[str]) -> Completed:
    """One command line, carried out on the stack."""
    if tuple(command[:3]) != ("netsh", "interface", "ipv6"):
        return Completed(1, "", "Der folgende Befehl wurde nicht gefunden.")
    verb, noun, *pairs = command[3:]
    tags = dict(pair.split("=", 1) for pair in pairs)
    if tags.get("store") != "active" or not tags["interface"].isdigit():
        return Completed(1, "Die Syntax ist falsch.", "")
    code = _do(stack, f"{verb} {noun}", tags) if stack.elevated else 5
    return Completed(int(code != OK), TEXTS.get(code, "Zugriff verweigert."), "")


def _do(stack: Stack, task: str, tags: dict[str, str]) -> int:
    adapter = stack.indexed(int(tags["interface"]))
    if adapter is None:
        return NOT_FOUND
    match task:
        case "add address":
            address = IPv6Interface(tags["address"])
            return stack.put_address(adapter.luid, address.ip.packed, address.network.prefixlen)
        case "delete address":
            return stack.drop_address(adapter.luid, IPv6Address(tags["address"]).packed)
        case "set subinterface":
            mtu = int(tags["mtu"])
            return INVALID_PARAMETER if mtu > 1500 else stack.set_mtu(adapter, IPV6, mtu)
    if tags["nexthop"] != "::":
        return INVALID_PARAMETER
    net = IPv6Network(tags["prefix"])
    change = stack.put_route if task == "add route" else stack.drop_route
    return change(adapter.luid, net.network_address.packed, net.prefixlen)
