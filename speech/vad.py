"""The voice gate before every engine: only what is speech goes on, cut into utterances.

Recognisers invent text for silence, tones and noise; none of these may reach one.
A quiet frame is never speech; the others are judged by the Silero voice model
(MIT; its file comes with the faster-whisper wheel), with its state kept for each stream.
"""

from __future__ import annotations

import importlib.resources
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.lib.stride_tricks import sliding_window_view

from speech.model import SAMPLE_RATE
from speech.resample import Doubler, Samples, floats

# It begins to tell its maker about itself as soon as it is imported.
onnxruntime.disable_telemetry_events()

FRAME = 256  # samples at 8 kHz: 32 ms, the step of the voice model
FRAME_BYTES = 2 * FRAME
FRAME_S = FRAME / SAMPLE_RATE
SETTLED_FRAMES = 32  # about a second; a model that sees less silence is late for the word after it
_CONTEXT = 64  # samples at 16 kHz that the model sees before each frame


@dataclass(frozen=True, slots=True)
class GateRules:
    """Times in seconds, levels as probabilities and as RMS of full scale."""

    speaks: float = 0.5
    quiet: float = 0.35
    floor_rms: float = 0.0015  # -56 dBFS: below this nobody is understood on a telephone
    onset_s: float = 0.16  # so much speech, within twice this time, opens the gate
    pause_s: float = 0.7  # so much quiet closes it
    lead_s: float = 0.4  # audio kept from before the onset
    utterance_max_s: float = 15.0

    def frames(self, seconds: float) -> int:
        """Seconds as frames of the voice model, one at least."""
        return max(1, round(seconds / FRAME_S))


@dataclass(frozen=True, slots=True)
class Began:
    """An utterance; `sample` counts from the first sample that the gate was given."""

    sample: int


@dataclass(frozen=True, slots=True)
class Voiced:
    """Audio of the open utterance, in order and without holes; s16le, 8 kHz."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class UtteranceFinished:
    """The utterance is over; `sample` is the one after its last."""

    sample: int


GateOutcome = Began | Voiced | UtteranceFinished


class VoiceModel(Protocol):
    def probabilities(self, frames: Samples) -> list[float]:
        """How surely each of the next frames (n, 256) of this stream holds speech; 8 kHz."""
        ...

    def reset(self) -> None:
        """Forget the stream so far."""
        ...


class Silero:
    """The Silero voice model with the state of one stream."""

    def __init__(self) -> None:
        self._session = _session()
        self.reset()

    def reset(self) -> None:
        self._doubler = Doubler()
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT, np.float32)

    def probabilities(self, frames: Samples) -> list[float]:
        """Several at once cost less than one after the other, and say the same."""
        wide = np.concatenate([self._context, self._doubler.feed(frames.reshape(-1))])
        heard = np.ascontiguousarray(sliding_window_view(wide, _CONTEXT + 2 * FRAME)[:: 2 * FRAME])
        self._context = wide[-_CONTEXT:]
        chances, self._h, self._c = self._session.run(None, {"input": heard, "h": self._h, "c": self._c})
        return [float(chance) for chance in chances]


@cache
def _session() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    asset = importlib.resources.files("faster_whisper") / "assets" / "silero_vad_v6.onnx"
    return onnxruntime.InferenceSession(
        asset.read_bytes(), sess_options=options, providers=["CPUExecutionProvider"]
    )


class VoiceGate:
    """Cuts one stream of s16le into utterances. Holds at most `lead_s` and the onset while closed."""

    def __init__(self, rules: GateRules | None = None, model: VoiceModel | None = None) -> None:
        self._rules = rules or GateRules()
        self._model = model or Silero()
        self._rest = b""
        self._taken = 0  # samples in whole frames so far
        rules = self._rules
        self._onset = rules.frames(rules.onset_s)
        self._recent: deque[bool] = deque(maxlen=2 * self._onset)
        self._lead: deque[bytes] = deque(maxlen=rules.frames(rules.lead_s) + 2 * self._onset)
        self._open = 0  # frames of the open utterance, 0 while closed
        self._quiet = 0
        self._quiet_run = 0

    @property
    def is_open(self) -> bool:
        return self._open > 0

    def feed(self, pcm: bytes) -> Iterator[GateOutcome]:
        data = self._rest + pcm
        whole = len(data) // FRAME_BYTES * FRAME_BYTES
        self._rest = data[whole:]
        if not whole:
            return
        chances = self._judge(floats(data[:whole]).reshape(-1, FRAME))
        for at, chance in zip(range(0, whole, FRAME_BYTES), chances, strict=True):
            yield from self._frame(data[at : at + FRAME_BYTES], chance)

    def flush(self) -> Iterator[GateOutcome]:
        """End the open utterance, if there is one, and forget what was heard: the audio jumps here."""
        samples = len(self._rest) // 2
        if self._open:
            if samples:
                yield Voiced(self._rest[: 2 * samples])
            yield UtteranceFinished(self._taken + samples)
        self._taken += samples
        self._rest = b""
        self._close()
        self._lead.clear()
        self._model.reset()

    def _frame(self, frame: bytes, chance: float) -> Iterator[GateOutcome]:
        self._taken += FRAME
        if not self._open:
            yield from self._closed_frame(frame, speaks=chance >= self._rules.speaks)
            return
        yield Voiced(frame)
        self._open += 1
        self._quiet = self._quiet + 1 if chance < self._rules.quiet else 0
        if self._is_over():
            yield UtteranceFinished(self._taken)
            self._close()

    def _closed_frame(self, frame: bytes, *, speaks: bool) -> Iterator[GateOutcome]:
        self._lead.append(frame)
        self._recent.append(speaks)
        if sum(self._recent) < self._onset:
            return
        yield Began(self._taken - len(self._lead) * FRAME)
        yield Voiced(b"".join(self._lead))
        self._open = len(self._lead)
        self._lead.clear()

    def _is_over(self) -> bool:
        rules = self._rules
        if self._quiet >= rules.frames(rules.pause_s):
            return True
        full = rules.frames(rules.utterance_max_s)
        # In the last quarter any short pause will do as a place to cut.
        return self._open >= full or (self._open >= full * 3 // 4 and self._quiet > 1)

    def _judge(self, frames: Samples) -> list[float]:
        """How surely each frame is speech. A quiet one is none; the model sees it all the same, until it has
        settled on silence.
        """
        loud = np.einsum("ij,ij->i", frames, frames) >= FRAME * self._rules.floor_rms**2
        seen: list[int] = []
        for number, is_loud in enumerate(loud.tolist()):
            self._quiet_run = 0 if is_loud else self._quiet_run + 1
            if self._quiet_run <= SETTLED_FRAMES:
                seen.append(number)
        chances = [0.0] * len(frames)
        if seen:
            judged = self._model.probabilities(frames if len(seen) == len(frames) else frames[seen])
            for number, chance in zip(seen, judged, strict=True):
                chances[number] = chance if loud[number] else 0.0
        return chances

    def _close(self) -> None:
        self._open = self._quiet = 0
        self._recent.clear()
