"""A tap brings one party's audio to its server, and the AMI user hears next to nothing of its channel."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from core.sound.audiosocket import Decoder, Kind
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.sipp import SippCaller

pytestmark = pytest.mark.real


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


class AmiLink:
    """Just enough AMI to place a tap and to see every event that comes."""

    def __init__(self, switch: AsteriskPeer) -> None:
        user = switch.settings.ami
        self._link = socket.create_connection(("127.0.0.1", switch.ports.ami), timeout=5)
        self._text = b""
        self.send(Action="Login", Username=user.name, Secret=user.secret)

    def send(self, **headers: str) -> None:
        self._link.sendall(
            "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"
        )

    def messages(self, seconds: float) -> list[str]:
        """Everything that arrived since the log-in, after listening for a while longer."""
        self._link.settimeout(0.2)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                self._text += self._link.recv(65536)
            except TimeoutError:
                continue
        return self._text.decode(errors="replace").split("\r\n\r\n")

    def close(self) -> None:
        self._link.close()


class TappedCall:
    """A citizen who speaks 1 kHz to a switch without a gateway, and a tap on what he says."""

    def __init__(self, folder: Path, *, seconds: int, **more: str) -> None:
        prompts = short_prompts(folder / "prompts")
        self.switch = AsteriskPeer(private_settings(folder, agents=(agent("agent-1"),), prompts=prompts))
        speech = audio.to_ulaw(audio.tone(folder / "t.wav", 1000, seconds), folder / "t.ulaw")
        self.switch.start()
        self.caller = SippCaller(
            folder / "caller", switch_port=self.switch.ports.sip, speech=speech, seconds=seconds
        )
        self.server = ListeningServer()
        self.link = AmiLink(self.switch)
        self._more = more

    def __enter__(self) -> Self:
        self.server.start()
        self.caller.dial()
        time.sleep(0.5)
        channel = self.switch.rx("core show channels concise").split("!")[0]
        self.link.send(
            Action="Originate",
            ActionID="tap",
            Channel=f"AudioSocket/127.0.0.1:{self.server.port}/{uuid.uuid4()}/c(slin)",
            Application="ChanSpy",
            Data=f"{channel},qoSE",
            Async="true",
            ChannelId="tap-1",
            **self._more,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.link.close()
        self.caller.close()
        self.switch.close()
        self.server.join(10)


def test_a_tap_is_heard_by_its_server_and_not_by_the_gateway(tmp_path: Path) -> None:
    with TappedCall(tmp_path, seconds=5, Variable="CDR_PROP(disable)=1") as call:
        messages = call.link.messages(6)
        assert call.caller.wait(15) == 0
    assert len(call.server.received) > 2 * 16000
    events = [message for message in messages if "Event: " in message]
    assert any("Uniqueid" in event and "PJSIP/trunk" in event for event in events)
    about_the_tap = [event for event in events if "Channel: AudioSocket/" in event]
    assert not [event for event in about_the_tap if "Event: VarSet" not in event], about_the_tap
    assert len(about_the_tap) <= 12


def test_what_its_party_hears_is_not_in_a_tap(tmp_path: Path) -> None:
    """Prompts, and the music of a queue in which nobody is: the caller hears them, the tap does not."""
    with TappedCall(tmp_path, seconds=8) as call:
        assert call.caller.wait(20) == 0
        call.switch.wait_idle()
    frames = Decoder().feed(bytes(call.server.received))
    pcm = b"".join(bytes(payload) for kind, payload in frames if kind == Kind.SLIN)
    tapped = np.frombuffer(pcm, "<i2") / 32768
    heard = audio.read_alaw(next(call.switch.recordings.rglob("*-out.alaw")))
    assert _share_of(heard, 1000) < 0.05, "the caller heard something that is not his own voice"
    assert np.sqrt(np.mean(heard**2)) > 0.005
    assert len(tapped) > 4 * 8000
    assert _share_of(tapped, 1000) > 0.97


def _share_of(samples: audio.Samples, frequency: float) -> float:
    """How much of the energy lies within 30 Hz of a frequency."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    near = np.abs(np.fft.rfftfreq(len(samples), 1 / 8000) - frequency) < 30
    return float(power[near].sum() / power.sum())
