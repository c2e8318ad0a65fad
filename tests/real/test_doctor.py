"""The doctor at the bedside of a real Asterisk: silent on a sound one, and right about a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.asterisk.doctor import LocalConsole, examine
from tests.peers.asterisk import AsteriskPeer, alarm_prompts, private_settings, short_prompts
from tests.peers.checkout import ASTERISK
from tests.real.trunk_world import TrunkWorld
from tests.waiting import wait_for

pytestmark = pytest.mark.real


@pytest.fixture
def switch(tmp_path: Path) -> AsteriskPeer:
    return AsteriskPeer(
        private_settings(tmp_path, prompts=alarm_prompts(short_prompts(tmp_path / "prompts")))
    )


async def test_nothing_to_say_about_what_we_render(switch: AsteriskPeer) -> None:
    switch.start()
    console = LocalConsole(ASTERISK, switch.settings.directories.etc)
    try:
        found = await examine(switch.settings, console)
    finally:
        switch.close()
    # This switch has a trunk that calls come in on, and none to call out on.
    assert {finding.check for finding in found} == {"emergency"}


async def test_nothing_at_all_about_two_trunks_and_everything_when_they_are_broken(tmp_path: Path) -> None:
    with TrunkWorld(tmp_path) as world:
        console = LocalConsole(ASTERISK, world.settings.directories.etc)
        assert await examine(world.settings, console) == []
        await console.run('dialplan add extension 5,1,"Dial(PJSIP/1@second)" into desk')
        await console.run("dialplan remove extension 119@emergency")
        world.first.stop()
        wait_for(lambda: not world.up("first"), "loss of the first trunk")
        found = await examine(world.settings, console)
    assert sorted(finding.check for finding in found) == ["emergency", "limits", "trunk"]


async def test_a_module_and_a_prompt_that_went_missing(switch: AsteriskPeer) -> None:
    switch.start()
    console = LocalConsole(ASTERISK, switch.settings.directories.etc)
    try:
        await console.run("module unload cel_custom.so")
        (switch.settings.directories.prompts / "zh" / "greeting.wav").unlink()
        found = await examine(switch.settings, console)
    finally:
        switch.close()
    assert {finding.check for finding in found} == {"modules", "cel", "prompts", "emergency"}


async def test_a_rendered_dialplan_uses_no_application_that_is_missing(switch: AsteriskPeer) -> None:
    switch.start()
    try:
        assert "WARNING" not in switch.messages.read_text()
        assert "ERROR" not in switch.messages.read_text()
    finally:
        switch.close()
