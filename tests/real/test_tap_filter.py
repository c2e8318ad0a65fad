"""A tap brings one party's audio to its server, and the AMI user hears next to nothing of its channel."""

from __future__ import annotations

import socket
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from core.sound.audiosocket import AudioSocketDecoder, FrameKind
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.running import running
from tests.peers.sipp import SippCaller
from tests.real.ami_link import AmiLink
from tests.waiting import wait_for

pytestmark = pytest.mark.real

VOICE = 1000.0
TAPPED_S = 6.0


class ListeningServer(threading.Thread):
    """Takes one AudioSocket connection and keeps what comes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(10)
        self.port = int(self._door.getsockname()[1])
        self.received = bytearray()

    def run(self) -> None:
        link, _ = self._door.accept()
        link.settimeout(10)
        with link:
            while piece := link.recv(65536):
                self.received += piece
        self._door.close()

    def seconds(self) -> float:
        return len(self.received) / (2 * audio.RATE)


@dataclass(frozen=True, slots=True)
class TappedCall:
    """What a tap on a citizen who speaks brought, and what else there was to see and to hear."""

    messages: list[str]
    tapped: audio.Samples
    heard: audio.Samples


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TappedCall]:
    """A citizen who speaks 1 kHz to a switch without a gateway: prompts, then a queue in which nobody is."""
    folder = tmp_path_factory.mktemp("tapped")
    prompts = short_prompts(folder / "prompts")
    switch = AsteriskPeer(private_settings(folder, agents=(agent("agent-1"),), prompts=prompts))
    speech = audio.to_ulaw(audio.tone(folder / "t.wav", VOICE, 5), folder / "t.ulaw")
    with running(switch):
        caller = SippCaller(folder / "caller", switch_port=switch.ports.sip, speech=speech, seconds=60)
        server, link = ListeningServer(), AmiLink(switch)
        server.start()
        try:
            caller.dial()
            wait_for(lambda: "!Up!" in switch.rx("core show channels concise"), "call")
            link.send(
                Action="Originate",
                ActionID="tap",
                Channel=f"AudioSocket/127.0.0.1:{server.port}/{uuid.uuid4()}/c(slin)",
                Application="ChanSpy",
                Data=f"{switch.rx('core show channels concise').split('!')[0]},qoSE",
                Async="true",
                ChannelId="tap-1",
                Variable="CDR_PROP(disable)=1",
            )
            wait_for(lambda: server.seconds() > TAPPED_S, "sound from the tap", 30)
            caller.hang_up()
            switch.wait_idle()
            messages = link.messages(1)
        finally:
            link.close()
            caller.close()
        server.join(10)
        frames = AudioSocketDecoder().feed(bytes(server.received))
        pcm = b"".join(bytes(payload) for kind, payload in frames if kind == FrameKind.SLIN)
        heard = audio.read_alaw(next(switch.recordings.rglob("*-out.alaw")))
        yield TappedCall(messages, np.frombuffer(pcm, "<i2") / 32768, heard)


def test_a_tap_is_heard_by_its_server_and_not_by_the_gateway(call: TappedCall) -> None:
    assert len(call.tapped) > 4 * audio.RATE
    events = [message for message in call.messages if "Event: " in message]
    assert any("Uniqueid" in event and "PJSIP/trunk" in event for event in events)
    about_the_tap = [event for event in events if "Channel: AudioSocket/" in event]
    assert not [event for event in about_the_tap if "Event: VarSet" not in event], about_the_tap
    assert len(about_the_tap) <= 12


def test_what_its_party_hears_is_not_in_a_tap(call: TappedCall) -> None:
    """Prompts, and the music of a queue in which nobody is: the caller hears them, the tap does not."""
    assert _share_of(call.heard, VOICE) < 0.05, "the caller heard something that is not his own voice"
    assert np.sqrt(np.mean(call.heard**2)) > 0.005
    assert _share_of(call.tapped, VOICE) > 0.97


def _share_of(samples: audio.Samples, frequency: float) -> float:
    """How much of the energy lies within 30 Hz of a frequency."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    near = np.abs(np.fft.rfftfreq(len(samples), 1 / 8000) - frequency) < 30
    return float(power[near].sum() / power.sum())
