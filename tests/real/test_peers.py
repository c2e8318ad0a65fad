"""The peers themselves: what a test may do to them, and that they come back as they were."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.chromium import ChromiumPeer
from tests.peers.ports import free_port, free_port_range
from tests.peers.sipp import SippCaller

pytestmark = pytest.mark.real


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[AsteriskPeer]:
    prompts = short_prompts(tmp_path / "prompts")
    peer = AsteriskPeer(private_settings(tmp_path, agents=(agent("agent-1"),), prompts=prompts))
    peer.start()
    yield peer
    peer.close()


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_a_killed_asterisk_comes_back_with_its_agents(switch: AsteriskPeer) -> None:
    switch.rx("queue add member PJSIP/agent-1 to hotline")
    time.sleep(1.5)  # Asterisk writes its database once a second
    switch.kill()
    switch.restart()
    assert "PJSIP/agent-1" in switch.rx("queue show hotline")


def test_asterisk_can_restart_itself(switch: AsteriskPeer) -> None:
    before = switch.rx("core show settings")
    switch.rx("core restart now")
    assert eventually(lambda: "fully booted" in switch.rx("core waitfullybooted").lower())
    assert "Startup time" in before
    assert eventually(lambda: "No such queue" not in switch.rx("queue show hotline"))


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
        secret=switch.settings.agents[0].secret,
        switch_port=switch.ports.sip,
        answer="manual",
    )
    caller = SippCaller(tmp_path / "caller", switch_port=switch.ports.sip, seconds=8)
    switch.rx("queue add member PJSIP/agent-1 to hotline")
    try:
        phone.start()
        caller.dial()
        assert eventually(lambda: "Ring" in switch.rx("core show channels concise"))
        phone.command("accept")
        assert eventually(lambda: "Ring" not in switch.rx("core show channels concise"))
        assert caller.wait(20) == 0
        heard = caller.heard()
    finally:
        caller.close()
        phone.close()
    assert audio.tone_seconds(heard, 440) > 2


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
