"""What HUP changes while links stay up. The reference ends when it is told to read its configuration again."""

import asyncio
import contextlib
import io
import os
import signal

import pytest

from everleaf import _core, config
from everleaf.daemon.daemon import Daemon
from everleaf.errors import ConfigError
from everleaf.log import Log

HUB, LEAF = (_core.Identity(name.ljust(32)) for name in (b"hub", b"leaf"))
ALONE = '[interface]\nkind = "none"\n[admin]\nlisten = "none"\n'


def daemon_of(identity, file, text):
    file.write_text(ALONE + text)
    settings = config.load(file)
    return Daemon(file, settings, identity, Log(io.StringIO(), settings.log.level, settings.log.format))


def story(daemon):
    return daemon.log._stream.getvalue()


@contextlib.asynccontextmanager
async def running(daemon):
    task = asyncio.ensure_future(daemon.run())
    try:
        yield daemon
    finally:
        daemon.stop()
        await task


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


def links_up(daemon):
    return [(view.link, view.inbound) for view in daemon.plane.links.view() if view.up]


def scenario(tmp_path, steps):
    """Two nodes, the leaf linked to the hub; `steps` gets both and the text of the leaf's configuration."""

    async def life():
        hub = daemon_of(HUB, tmp_path / "hub.toml", '[peering]\nlisten = ["tcp://127.0.0.1:0"]\n')
        async with running(hub):
            await until(hub.listeners.names)
            peers = f'[peering]\npeers = ["{hub.listeners.names()[0]}"]\n'
            async with running(daemon_of(LEAF, tmp_path / "leaf.toml", peers)) as leaf:
                await until(lambda: links_up(leaf) and links_up(hub))
                return await steps(hub, leaf, peers)

    return asyncio.run(life())


def test_reload_applies_what_can_change_and_keeps_the_link(tmp_path):
    async def steps(_hub, leaf, peers):
        before = links_up(leaf)
        leaf.config_file.write_text(ALONE + peers + '[nodeinfo]\nname = "new"\n[log]\nlevel = "debug"\n')
        fixed = await leaf.reload()
        return before, links_up(leaf), fixed, leaf.config.nodeinfo.data, leaf.config.log.level

    before, after, fixed, data, level = scenario(tmp_path, steps)
    assert before == after
    assert (fixed, data, level) == ([], {"name": "new"}, "debug")


def test_reload_names_what_needs_a_restart_and_leaves_it(tmp_path):
    async def steps(_hub, leaf, peers):
        key = HUB.public.hex()
        leaf.config_file.write_text(ALONE.replace("none", "tun", 1) + peers + f'[overlay]\nallowed_keys = ["{key}"]\n')
        return await leaf.reload(), leaf.config.interface.kind, leaf.config.overlay.allowed_keys, links_up(leaf)

    fixed, kind, allowed, up = scenario(tmp_path, steps)
    assert (fixed, kind, allowed) == (["interface", "overlay"], "none", ())
    assert len(up) == 1


def test_reload_follows_peers_and_listeners(tmp_path):
    async def steps(hub, leaf, _peers):
        listening = hub.listeners.names()
        hub.config_file.write_text(ALONE)
        await hub.reload()
        leaf.config_file.write_text(ALONE)
        await leaf.reload()
        await until(lambda: not links_up(hub))
        return listening, hub.listeners.names(), leaf.plane.links.view()

    listening, then, view = scenario(tmp_path, steps)
    assert (len(listening), then, view) == (1, [], [])


def test_reload_of_another_pin_keeps_the_link_that_has_it(tmp_path):
    async def steps(hub, leaf, _peers):
        before = links_up(leaf)
        seen = []
        for key in (HUB.public.hex(), LEAF.public.hex()):
            pinned = f'[peering]\npeers = ["{hub.listeners.names()[0]}?key={key}"]\n'
            leaf.config_file.write_text(ALONE + pinned)
            await leaf.reload()
            seen.append(links_up(leaf))
        return before, *seen

    before, right, wrong = scenario(tmp_path, steps)
    assert (right, wrong) == (before, [])


def test_reload_of_keys_that_are_no_longer_allowed_closes_their_links(tmp_path):
    async def steps(hub, leaf, _peers):
        hub.config_file.write_text(hub.config_file.read_text() + f'allowed_keys = ["{HUB.public.hex()}"]\n')
        await hub.reload()
        await until(lambda: not links_up(leaf))
        return links_up(hub)

    assert scenario(tmp_path, steps) == []


def test_reload_of_a_mistake_changes_nothing(tmp_path):
    async def steps(_hub, leaf, _peers):
        before = leaf.config
        leaf.config_file.write_text(ALONE + "[peering]\npears = []\n")
        with pytest.raises(ConfigError, match="did you mean peers"):
            await leaf.reload()
        return before is leaf.config, len(links_up(leaf))

    assert scenario(tmp_path, steps) == (True, 1)


def test_reloads_at_once_follow_one_another(tmp_path):
    """Both would compare their file with the one before the first, and its peers would stay for ever."""

    async def steps(_hub, leaf, _peers):
        leaf.config_file.write_text(
            ALONE + '[peering]\npeers = ["tcp://192.0.2.1:9"]\nlisten = ["tcp://127.0.0.1:0"]\n'
        )
        first = asyncio.ensure_future(leaf.reload())
        await asyncio.sleep(0)  # it has read the file and opens the listener
        leaf.config_file.write_text(ALONE)
        await asyncio.gather(first, leaf.reload())
        return leaf.plane.links.view(), leaf.listeners.names()

    assert scenario(tmp_path, steps) == ([], [])


def test_reload_on_hangup_that_fails_is_told_and_one_at_the_end_is_ignored(tmp_path):
    async def steps(_hub, leaf, _peers):
        leaf.config_file.unlink()
        os.kill(os.getpid(), signal.SIGHUP)  # the leaf started last, so it has the signal
        await until(lambda: "config.refused" in story(leaf))
        leaf.stop()
        os.kill(os.getpid(), signal.SIGHUP)
        return leaf

    assert story(scenario(tmp_path, steps)).count("config.refused") == 1
