"""The committed test speech as the bench needs it: without an end, as a conversation, cut up."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from speech.model import BYTES_PER_SECOND
from speech.vad import Began, Voiced, VoiceGate
from tests.peers.checkout import CHECKOUT
from tests.peers.handset import encode

AUDIO: Final = CHECKOUT / "tests" / "audio"
TALKS: Final = ("zh", "danger_zh", "lamp_zh", "status_zh")
"""Stories whose citizens talk in `talk`."""
PAUSE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """What is said from when to when in its file, in seconds."""

    who: str
    start: float
    end: float
    text: str


def lines(story: str, who: str = "citizen") -> list[Line]:
    told = json.loads((AUDIO / "timeline.json").read_text(encoding="utf-8"))[story]["lines"]
    return [Line(who, one["start_s"], one["end_s"], one["text"]) for one in told if one["who"] == who]


def pcm(file: Path) -> bytes:
    """s16le at 8 kHz of a file of `tests/audio`."""
    with wave.open(str(file)) as opened:
        return bytes(opened.readframes(opened.getnframes()))


def ulaw(sound: bytes) -> bytes:
    """s16le as G.711 µ-law."""
    return encode(np.frombuffer(sound, "<i2").astype(np.float64) / 32768)


def caller(story: str) -> bytes:
    """The citizen's side of a story, s16le."""
    return pcm(AUDIO / f"caller_{story}.wav")


def talk() -> bytes:
    """Citizens' sentences one after the other with a pause between: somebody who does not stop."""
    pause = bytes(int(PAUSE_S * BYTES_PER_SECOND))
    sound = b""
    for story in TALKS:
        said = caller(story)
        for line in lines(story):
            sound += said[_octet(line.start) : _octet(line.end)] + pause
    return sound


def conversation() -> bytes:
    """One leg of a talk in which two people take turns: two fifths of it is speech."""
    return caller("zh")


def looped(sound: bytes, seconds: float, *, begin_s: float = 0.0) -> bytes:
    """So much of a sound that is played again and again, from this place of it on."""
    wanted, at = _octet(seconds), _octet(begin_s) % len(sound)
    again = sound * ((at + wanted) // len(sound) + 1)
    return again[at : at + wanted]


def utterances(sound: bytes) -> list[bytes]:
    """As the gate of the service cuts them."""
    gate = VoiceGate()
    found: list[list[bytes]] = []
    for outcome in _outcomes(gate, sound):
        match outcome:
            case Began():
                found.append([])
            case Voiced(piece):
                found[-1].append(piece)
            case _:
                continue
    return [b"".join(one) for one in found]


def _outcomes(gate: VoiceGate, sound: bytes) -> Iterator[object]:
    yield from gate.feed(sound)
    yield from gate.flush()


def seconds(pieces: Iterable[bytes]) -> float:
    return sum(map(len, pieces)) / BYTES_PER_SECOND


def _octet(at: float) -> int:
    """Where a second begins in s16le."""
    return 2 * int(at * BYTES_PER_SECOND / 2)
