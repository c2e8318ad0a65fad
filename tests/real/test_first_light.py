"""First light, no gateway: a citizen speaks, the dialplan records, the queue rings a phone, both hear."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.asterisk.settings import QueueSettings
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.checkout import ASTERISK_ROOT
from tests.peers.sipp import SippCaller
from tests.waiting import wait_for

pytestmark = pytest.mark.real

CITIZEN = 1000.0
AGENT = 700.0


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskPeer]:
    """No gateway has ever run here: the queue knows its agent from the configuration."""
    queue = QueueSettings(name="hotline", fallback_members=("agent-1",))
    folder = tmp_path_factory.mktemp("switch")
    prompts = short_prompts(folder / "prompts")
    peer = AsteriskPeer(
        private_settings(folder, agents=(agent("agent-1"),), queues=(queue,), prompts=prompts)
    )
    peer.start()
    yield peer
    peer.close()


@pytest.fixture
def phone(switch: AsteriskPeer, tmp_path: Path) -> Iterator[BaresipPhone]:
    peer = BaresipPhone(
        tmp_path / "phone",
        name="agent-1",
        secret=switch.settings.agents[0].secret.get_secret_value(),
        switch_port=switch.ports.sip,
        speech=audio.tone(tmp_path / "agent.wav", AGENT, 20),
    )
    peer.start()
    yield peer
    peer.close()


def recordings(switch: AsteriskPeer, direction: str) -> list[Path]:
    return sorted(switch.recordings.rglob(f"*-{direction}.alaw"), key=lambda file: file.stat().st_mtime)


def test_caller_and_agent_talk_and_both_directions_are_recorded(
    switch: AsteriskPeer, phone: BaresipPhone, tmp_path: Path
) -> None:
    speech = audio.to_ulaw(audio.tone(tmp_path / "citizen.wav", CITIZEN, 10), tmp_path / "citizen.ulaw")
    caller = SippCaller(tmp_path / "caller", switch_port=switch.ports.sip, speech=speech, seconds=6)
    caller.dial()
    assert caller.wait(20) == 0
    caller.close()
    switch.wait_idle()

    said = audio.read_alaw(recordings(switch, "in")[-1])
    heard = audio.read_alaw(recordings(switch, "out")[-1])
    agent_heard = audio.read_wav(phone.heard()[-1])
    assert audio.tone_seconds(said, CITIZEN) > 4
    assert audio.tone_seconds(said, AGENT) == 0
    assert audio.tone_seconds(heard, AGENT) > 4
    assert audio.tone_seconds(heard, CITIZEN) == 0
    assert audio.tone_seconds(agent_heard, CITIZEN) > 4
    assert audio.longest_silence(heard) <= 1


def test_the_ledger_line_says_where_the_recording_is(
    switch: AsteriskPeer, phone: BaresipPhone, tmp_path: Path
) -> None:
    prompt = ASTERISK_ROOT / "usr/share/asterisk/sounds/en/demo-congrats.wav"
    speech = (
        audio.to_ulaw(prompt, tmp_path / "speech.alaw", law="a-law")
        if prompt.exists()
        else audio.to_ulaw(audio.tone(tmp_path / "t.wav", CITIZEN, 10), tmp_path / "speech.alaw", law="a-law")
    )
    caller = SippCaller(
        tmp_path / "caller",
        switch_port=switch.ports.sip,
        speech=speech,
        law="a-law",
        seconds=4,
        caller="13904519999",
    )
    caller.dial()
    assert caller.wait(20) == 0
    caller.close()
    switch.wait_idle()
    lines = [line for line in switch.cel.read_text().splitlines() if "13904519999" in line]
    announced = next(line for line in lines if line.startswith('"RECORDING"'))
    spoken = recordings(switch, "in")[-1]
    assert str(spoken).removesuffix("-in.alaw") in announced
    samples = audio.read_alaw(spoken)
    assert audio.loudness(samples).max() > 0.02
    # The closing line carries the number of whichever leg went last: the call's own id tells it.
    linkedid = spoken.name.removesuffix("-in.alaw")
    wait_for(lambda: _has_ended(switch, linkedid), "the closing line")


def _has_ended(switch: AsteriskPeer, linkedid: str) -> bool:
    lines = switch.cel.read_text().splitlines()
    return any(line.startswith('"LINKEDID_END"') and linkedid in line for line in lines)
