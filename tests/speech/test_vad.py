"""The voice gate: nothing but speech gets through, and speech gets through whole."""

from __future__ import annotations

import numpy as np
import pytest

from speech.resample import Samples, floats
from speech.vad import (
    FRAME,
    FRAME_BYTES,
    SETTLED_FRAMES,
    Began,
    GateRules,
    Silero,
    UtteranceFinished,
    Voiced,
    VoiceGate,
)
from tests.speech.fakes import silence, spoken

SECONDS = 4
T = np.arange(8000 * SECONDS) / 8000
RANDOM = np.random.default_rng(7)


def pcm(samples: np.ndarray) -> bytes:
    return bytes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def melody() -> np.ndarray:
    t = np.arange(3200) / 8000
    notes = RANDOM.choice([262, 294, 330, 349, 392, 440, 523], len(T) // len(t))
    return np.concatenate(
        [0.3 * np.exp(-3 * t) * sum(np.sin(2 * np.pi * n * k * t) / k for k in (1, 2, 3)) for n in notes]
    )


NO_SPEECH = {
    "digital silence": np.zeros(len(T)),
    "line noise": 0.02 * RANDOM.normal(size=len(T)),
    "loud noise": 0.3 * RANDOM.normal(size=len(T)),
    "mains hum": 0.1 * np.sin(2 * np.pi * 50 * T) + 0.05 * np.sin(2 * np.pi * 150 * T),
    "ringback": 0.3 * np.sin(2 * np.pi * 450 * T) * ((T % 5) < 1),
    "busy tone": 0.3 * np.sin(2 * np.pi * 450 * T) * ((T % 0.7) < 0.35),
    "touch tones": 0.2 * (np.sin(2 * np.pi * 697 * T) + np.sin(2 * np.pi * 1209 * T)) * ((T % 0.3) < 0.15),
    "melody": melody(),
    "chords": 0.2 * sum(np.sin(2 * np.pi * f * T + 3 * np.sin(10 * np.pi * T)) for f in (220, 277, 330)),
    "clicks": np.where(RANDOM.random(len(T)) < 0.0005, 0.8, 0.0) + 0.002 * RANDOM.normal(size=len(T)),
}


@pytest.mark.parametrize("name", NO_SPEECH)
def test_what_is_no_speech_opens_nothing(name: str) -> None:
    gate = VoiceGate()
    assert [*gate.feed(pcm(NO_SPEECH[name])), *gate.flush()] == []


@pytest.mark.parametrize("name", ["zh/transferring", "en/transferring", "zh/invalid"])
def test_a_spoken_sentence_opens_the_gate_and_a_pause_closes_it(name: str) -> None:
    gate = VoiceGate()
    outcomes = list(gate.feed(silence(1) + spoken(name) + silence(1)))
    marks = [type(outcome) for outcome in outcomes if not isinstance(outcome, Voiced)]
    assert marks
    assert marks == [Began, UtteranceFinished] * (len(marks) // 2)
    assert not gate.is_open


def test_an_utterance_is_handed_on_without_holes_from_before_its_onset() -> None:
    audio = silence(1) + spoken() + silence(1)
    gate = VoiceGate(GateRules(pause_s=0.9))
    begin = end = 0
    heard = b""
    for at in range(0, len(audio), 322):  # pieces that fit no frame
        for outcome in gate.feed(audio[at : at + 322]):
            match outcome:
                case Began(sample):
                    begin = sample
                case Voiced(piece):
                    heard += piece
                case UtteranceFinished(sample):
                    end = sample
    assert heard == audio[2 * begin : 2 * end]
    assert 0.5 < begin / 8000 < 1.1


def test_speech_without_a_pause_is_cut_at_the_limit() -> None:
    gate = VoiceGate(GateRules(utterance_max_s=3.0))
    outcomes = [*gate.feed(spoken("zh/out-of-hours") * 3), *gate.flush()]
    begun = [o.sample for o in outcomes if isinstance(o, Began)]
    ended = [o.sample for o in outcomes if isinstance(o, UtteranceFinished)]
    assert len(begun) == len(ended) >= 3
    assert all(end - begin <= 3.1 * 8000 for begin, end in zip(begun, ended, strict=True))


def test_flush_ends_an_open_utterance_and_forgets_it() -> None:
    gate = VoiceGate()
    list(gate.feed(spoken()[:16000]))
    assert gate.is_open
    assert isinstance(list(gate.flush())[-1], UtteranceFinished)
    assert list(gate.flush()) == []


def test_several_frames_at_once_are_judged_as_one_after_the_other() -> None:
    frames = floats((silence(0.5) + spoken())[: FRAME_BYTES * 66]).reshape(-1, FRAME)
    one, many = Silero(), Silero()
    each = [one.probabilities(frames[at : at + 1])[0] for at in range(len(frames))]
    together = [
        chance for at in range(0, len(frames), 7) for chance in many.probabilities(frames[at : at + 7])
    ]
    assert together == pytest.approx(each, abs=1e-4)
    assert max(each) > 0.9
    assert min(each) < 0.1


def test_a_model_that_has_settled_on_silence_sees_no_more_of_it() -> None:
    class Counting:
        seen = 0

        def probabilities(self, frames: Samples) -> list[float]:
            self.seen += len(frames)
            return [0.0] * len(frames)

        def reset(self) -> None: ...

    model = Counting()
    gate = VoiceGate(model=model)
    list(gate.feed(silence(10)))
    assert model.seen == SETTLED_FRAMES
    list(gate.feed(spoken()[: 512 * 10]))
    assert model.seen > SETTLED_FRAMES
