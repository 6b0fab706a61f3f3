"""Answers of the admin API as tables for people. A request without a table is shown as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from everleaf.cli.units import duration, rate, round_trip, size

_NS = 1_000_000_000
_SELF = (
    ("Build name", "build_name"),
    ("Build version", "build_version"),
    ("IPv6 address", "address"),
    ("IPv6 subnet", "subnet"),
    ("Routing table size", "routing_entries"),
    ("Public key", "key"),
)
_PEERS = (
    *("URI", "State", "Dir", "IP Address", "Uptime", "RTT", "RX", "TX", "Down", "Up", "Pr", "Cost"),
    "Last Error",
)


def answer(request: str, response: Any) -> str:
    """What to print for the answer to `request`; nothing for an empty one."""
    show = _TABLES.get(request.lower())
    if show:
        return show(response)
    return json.dumps(response, indent=2, ensure_ascii=False) if response else ""


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as their widest cell; cells in one line each."""
    cells = [[*map(_cell, row)] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)


def peers(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table of getPeers."""
    return table(_PEERS, [_peer(row) for row in rows])


def ports(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table of getPorts."""
    cells = [
        (
            *(row[field] for field in ("protocol", "port", "address")),
            *(row[field] or "-" for field in ("process", "pid")),
            "Yes" if row["overlay"] else "-",
        )
        for row in rows
    ]
    return table(("Protocol", "Port", "Address", "Process", "PID", "Overlay"), cells)


def checks(rows: Sequence[Mapping[str, str]]) -> str:
    """The checks of getHealth, each complaint with what to do under it."""
    lines = []
    for row in rows:
        lines.append((row["level"], row["name"], row["sentence"]))
        if row["remedy"]:
            lines.append(("", "", f"-> {row['remedy']}"))
    return "\n".join(f"  {_cell(level):<9}{_cell(name):<9}{_cell(text)}" for level, name, text in lines)


def _cell(value: object) -> str:
    """One line of printable text: what remote nodes say must not move the cursor."""
    return "".join(char if char.isprintable() else "?" for char in str(value))


def _peer(row: Mapping[str, Any]) -> list[object]:
    return [
        row.get("remote", "-"),
        "Up" if row["up"] else "Down",
        "In" if row["inbound"] else "Out",
        row.get("address", "-"),
        duration(row["uptime"]) if "uptime" in row else "-",
        round_trip(row.get("latency", 0)),
        size(row["bytes_recvd"]) if "bytes_recvd" in row else "-",
        size(row["bytes_sent"]) if "bytes_sent" in row else "-",
        rate(row.get("rate_recvd", 0)),
        rate(row.get("rate_sent", 0)),
        row["priority"],
        row["cost"],
        _last_error(row),
    ]


def _last_error(row: Mapping[str, Any]) -> str:
    if row["up"] or "last_error" not in row:
        return "-"
    return f"{duration(round(row.get('last_error_time', 0) / _NS))} ago: {row['last_error']}"


def _list(response: Any) -> str:
    rows = [
        (row["command"], ", ".join(f"{name}=..." for name in row.get("fields", ())), row["description"])
        for row in response["list"]
    ]
    return table(("Command", "Arguments", "Description"), rows)


def _self(response: Any) -> str:
    return _pairs([(name, response[field]) for name, field in _SELF])


def _pairs(rows: Sequence[tuple[str, object]]) -> str:
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name + ':':<{width}}{_cell(value)}" for name, value in rows)


def _tree(response: Any) -> str:
    rows = [(row["key"], row["address"], row["parent"], row["sequence"]) for row in response["tree"]]
    return table(("Public Key", "IP Address", "Parent", "Sequence"), rows)


def _paths(response: Any) -> str:
    rows = [
        (row["key"], row["address"], f"[{' '.join(map(str, row['path']))}]", row["sequence"])
        for row in response["paths"]
    ]
    return table(("Public Key", "IP Address", "Path", "Seq"), rows)


def _sessions(response: Any) -> str:
    rows = [
        (row["key"], row["address"], duration(row["uptime"]), size(row["bytes_recvd"]), size(row["bytes_sent"]))
        for row in response["sessions"]
    ]
    return table(("Public Key", "IP Address", "Uptime", "RX", "TX"), rows)


def _tun(response: Any) -> str:
    if not response["enabled"]:
        return _pairs([("TUN enabled", "false")])
    return _pairs([("TUN enabled", "true"), ("Interface name", response["name"]), ("Interface MTU", response["mtu"])])


def _multicast(response: Any) -> str:
    rows = [
        (row["name"], row["address"], *("Yes" if row[flag] else "-" for flag in ("beacon", "listen", "password")))
        for row in response["multicast_interfaces"]
    ]
    return table(("Name", "Listen Address", "Beacon", "Listen", "Password"), rows)


def _counters(response: Any) -> str:
    rows = [(part, name, value) for part, counters in response.items() for name, value in counters.items()]
    return table(("Part", "Counter", "Value"), rows)


_TABLES: dict[str, Callable[[Any], str]] = {
    "list": _list,
    "getself": _self,
    "getpeers": lambda response: peers(response["peers"]),
    "gettree": _tree,
    "getpaths": _paths,
    "getsessions": _sessions,
    "gethealth": lambda response: checks(response["checks"]),
    "gettun": _tun,
    "getports": lambda response: ports(response["ports"]),
    "getmulticastinterfaces": _multicast,
    "getcounters": _counters,
}
