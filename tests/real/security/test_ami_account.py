"""Whoever has the password of the manager's account, and nothing else, runs no program and writes no file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.peers.ami_listener import AmiListener
from tests.peers.asterisk import AsteriskPeer
from tests.peers.hostile_sip import HostileSip, Invite
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

RECORDING = "Channel: Local/both@record"
HOLD = ("Application: Wait", "Data: 2")


def originate(listener: AmiListener, *lines: str) -> None:
    listener.ask("Action: Originate", RECORDING, *HOLD, "Async: true", *lines)


@pytest.mark.parametrize("name", ["RECORDINGS", "RECORDING", "RECORDING_DAY", "PROMPTS"])
@pytest.mark.parametrize("reach", ["a global variable", "a variable of the channel"])
def test_no_variable_reaches_a_shell(asterisk: AsteriskPeer, tmp_path: Path, name: str, reach: str) -> None:
    mark = tmp_path / "mark"
    value = f"/tmp/x),touch {mark} #"
    with AmiListener(asterisk) as listener:
        if reach == "a global variable":
            listener.ask("Action: Setvar", f"Variable: {name}", f"Value: {value}")
            originate(listener)
        else:
            originate(listener, f"Variable: {name}={value}")
        wait_for(lambda: b"Event: OriginateResponse" in listener.text, "the end of the channel")
    asterisk.wait_idle()
    time.sleep(0.5)  # a program started at the end of a recording would have written by then
    assert not mark.exists()


def test_the_id_of_a_channel_reaches_no_shell_and_no_other_folder(
    asterisk: AsteriskPeer, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    with AmiListener(asterisk) as listener:
        for number, channel_id in enumerate((f"a),touch {mark} #", f"../../../..{tmp_path}/outside")):
            originate(listener, f"ChannelId: {channel_id}", f"OtherChannelId: {channel_id}x")
            wait_for(lambda: listener.text.count(b"Event: OriginateResponse") > number, "its end")  # noqa: B023
    asterisk.wait_idle()
    time.sleep(0.5)
    assert sorted(file.name for file in tmp_path.iterdir()) == []


def test_after_all_that_a_citizens_call_is_recorded_where_it_must(asterisk: AsteriskPeer) -> None:
    with AmiListener(asterisk) as listener:
        listener.ask("Action: Setvar", "Variable: RECORDINGS", "Value: /tmp/elsewhere")
        sip = HostileSip(asterisk.ports.sip)
        try:
            assert sip.invite(Invite()) == 200
        finally:
            sip.close()
    asterisk.wait_idle()
    assert wait_for(lambda: list(asterisk.recordings.rglob("*-in.alaw")), "the recording")
