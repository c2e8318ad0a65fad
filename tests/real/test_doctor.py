"""The doctor at the bedside of a real Asterisk: silent on a sound one, and right about a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.asterisk import LocalConsole, examine
from tests.peers.asterisk import AsteriskPeer, private_settings, short_prompts
from tests.peers.checkout import ASTERISK

pytestmark = pytest.mark.real


@pytest.fixture
def switch(tmp_path: Path) -> AsteriskPeer:
    return AsteriskPeer(private_settings(tmp_path, prompts=short_prompts(tmp_path / "prompts")))


async def test_nothing_to_say_about_what_we_render(switch: AsteriskPeer) -> None:
    switch.start()
    console = LocalConsole(ASTERISK, switch.settings.directories.etc)
    try:
        assert await examine(switch.settings, console) == []
    finally:
        switch.close()


async def test_a_module_and_a_prompt_that_went_missing(switch: AsteriskPeer) -> None:
    switch.start()
    console = LocalConsole(ASTERISK, switch.settings.directories.etc)
    try:
        await console.run("module unload cel_custom.so")
        (switch.settings.directories.prompts / "zh" / "greeting.wav").unlink()
        found = await examine(switch.settings, console)
    finally:
        switch.close()
    assert {finding.check for finding in found} == {"modules", "cel", "prompts"}


async def test_a_rendered_dialplan_uses_no_application_that_is_missing(switch: AsteriskPeer) -> None:
    switch.start()
    try:
        assert "WARNING" not in switch.messages.read_text()
        assert "ERROR" not in switch.messages.read_text()
    finally:
        switch.close()
