"""Leak checks: the check itself can fail, and a run of calls leaves nothing open in Asterisk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.peers import audio, leaks
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.sipp import SippCaller

pytestmark = pytest.mark.real


def test_an_open_file_is_a_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "PATIENCE", 0.2)
    number = -1
    with pytest.raises(leaks.Leaked, match="left-open"), leaks.no_leaks():
        number = os.open(tmp_path / "left-open", os.O_CREAT)
    os.close(number)


def test_calls_leave_nothing_open_in_the_switch(tmp_path: Path) -> None:
    prompts = short_prompts(tmp_path / "prompts")
    switch = AsteriskPeer(private_settings(tmp_path, agents=(agent("agent-1"),), prompts=prompts))
    switch.start()
    speech = audio.to_ulaw(audio.tone(tmp_path / "t.wav", 1000, 2), tmp_path / "t.ulaw")

    def calls(count: int) -> None:
        callers = [
            SippCaller(tmp_path / f"c{number}", switch_port=switch.ports.sip, speech=speech, seconds=1.5)
            for number in range(count)
        ]
        for caller in callers:
            caller.dial()
        for caller in callers:
            assert caller.wait(20) == 0
            caller.close()
        switch.wait_idle()

    try:
        calls(2)  # what is opened once and kept
        with leaks.no_leaks(pid=switch.program.pid, switch=switch):
            calls(6)
    finally:
        switch.close()
