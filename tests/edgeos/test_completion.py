"""What the router offers for a value, where a template says how to find it."""

from __future__ import annotations

import pytest

from edgeos.grammar import ROOT


def offered(session, router, *names: str) -> list[str]:
    """As the router does: the text becomes the body of a function, and its output the words of an array."""
    text = session.working.root.template.find(*ROOT, *names).definition.allowed
    body = text.replace("'", "'\\''")
    program = f"complete () {{ eval '{body}'; }}; eval \"found=($(complete))\"; printf '%s\\n' \"${{found[@]}}\""
    return router.execute("bash", "-c", program, VYATTA_TEMP_CONFIG_DIR="/x").stdout.split()


def test_log_levels(session, router):
    assert offered(session, router, "log-level") == ["error", "warning", "info", "debug"]


@pytest.mark.parametrize("direction", ["in", "out", "local"])
def test_rulesets_are_those_of_the_running_configuration(direction, session, router):
    session.type("set firewall name LAN\nset firewall name WAN")
    session.commit()
    session.type("set firewall name LATER")
    router.show(session.active, session.working)
    assert offered(session, router, "firewall", direction, "name") == ["LAN", "WAN"]


def test_interfaces_are_those_of_the_system(session, router):
    assert "lo" in offered(session, router, "peer", "interface")


def test_private_keys_are_those_that_root_sees(session, router):
    assert offered(session, router, "private-key-file") == []
    directory = router.root / "config/auth/everleaf"
    directory.mkdir(parents=True, mode=0o700)
    (directory / "mine.key").touch()
    (directory / "mine.key.lock").touch()
    assert offered(session, router, "private-key-file") == ["/config/auth/everleaf/mine.key"]
