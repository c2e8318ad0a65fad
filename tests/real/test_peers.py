"""The peers themselves: what a test may do to them, and that they come back as they were."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.chromium import ChromiumPeer
from tests.peers.ports import free_port, free_port_range
from tests.peers.running import running
from tests.peers.sipp import SippCaller
from tests.waiting import wait_for

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskPeer]:
    folder = tmp_path_factory.mktemp("switch")
    prompts = short_prompts(folder / "prompts")
    with running(AsteriskPeer(private_settings(folder, agents=(agent("agent-1"),), prompts=prompts))) as peer:
        yield peer


def test_a_killed_asterisk_comes_back_with_its_agents(switch: AsteriskPeer) -> None:
    switch.rx("queue add member PJSIP/agent-1 to hotline")
    time.sleep(1.5)  # Asterisk writes its database once a second
    switch.kill()
    switch.restart()
    assert "PJSIP/agent-1" in switch.rx("queue show hotline")
    switch.rx("queue remove member PJSIP/agent-1 from hotline")


def test_asterisk_can_restart_itself(switch: AsteriskPeer) -> None:
    before = switch.rx("core show settings")
    switch.rx("core restart now")
    wait_for(lambda: "fully booted" in switch.rx("core waitfullybooted").lower(), "a booted switch")
    assert "Startup time" in before
    wait_for(lambda: "strategy" in switch.rx("queue show hotline"), "its queue")


def test_two_asterisks_side_by_side(switch: AsteriskPeer, tmp_path: Path) -> None:
    other = AsteriskPeer(private_settings(tmp_path / "other", system_name="other"))
    other.start()
    try:
        assert {other.ports.sip, other.ports.ami}.isdisjoint({switch.ports.sip, switch.ports.ami})
        assert "other" in other.rx("core show settings")
        assert "other" not in switch.rx("core show settings")
    finally:
        other.close()


def test_a_phone_that_is_told_when_to_answer(switch: AsteriskPeer, tmp_path: Path) -> None:
    phone = BaresipPhone(
        tmp_path / "phone",
        name="agent-1",
        secret=switch.settings.agents[0].secret.get_secret_value(),
        switch_port=switch.ports.sip,
        answer="manual",
    )
    caller = SippCaller(tmp_path / "caller", switch_port=switch.ports.sip, seconds=60)
    switch.rx("queue add member PJSIP/agent-1 to hotline")
    try:
        phone.start()
        caller.dial()
        wait_for(lambda: "Ring" in switch.rx("core show channels concise"), "a ringing phone")

        def hum() -> bool:
            # The switch knows that it rings before the phone does, which then has nothing to accept.
            if "Ring" in switch.rx("core show channels concise"):
                phone.command("accept")
            return audio.tone_seconds(caller.heard(), 440) > 2

        wait_for(hum, "the phone's hum")
        assert "Ring" not in switch.rx("core show channels concise")
        caller.hang_up()
    finally:
        caller.close()
        phone.close()
        switch.rx("queue remove member PJSIP/agent-1 from hotline")


def test_a_browser_answers_on_its_devtools_port(tmp_path: Path) -> None:
    browser = ChromiumPeer(tmp_path, speech=audio.tone(tmp_path / "microphone.wav", 700, 1))
    browser.start()
    try:
        assert browser.version()["webSocketDebuggerUrl"].startswith("ws://127.0.0.1:")
    finally:
        browser.close()


def test_nobody_gets_a_port_twice() -> None:
    taken = [free_port() for _ in range(50)]
    first = free_port_range(20)
    assert first % 2 == 0
    assert len(set(taken)) == 50
    assert not set(taken) & set(range(first, first + 20))


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    peer = AsteriskPeer(private_settings(tmp_path))
    peer.start()
    number = peer.program.pid
    peer.close()
    assert not os.path.exists(f"/proc/{number}")  # noqa: PTH110 - a process, not a file
