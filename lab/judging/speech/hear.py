"""Recognises one call as the speech room does: a gate and a belief for each leg, then the engine's port.

One utterance after the other in this process instead of a worker's: the text is the same, and so is the work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from cases.catalogue import load_words
from cases.catalogue.words import Language
from cases.drafting.prompt import domain_words
from cases.gazetteer import load_gazetteer
from lab.judging.speech.line import Pcm
from speech.engines import EngineOptions, Expected, SpeechEngine, load
from speech.language import LanguageEstimate
from speech.model import BYTES_PER_SECOND, SAMPLE_RATE
from speech.settings import SpeechSettings
from speech.vad import Began, GateRules, UtteranceFinished, Voiced, VoiceGate

PIECE = 320  # bytes: 20 ms, as a tap sends them
HINTS = 200
"""As many words for each language as the centre announces with a tap."""
SPEAKERS = {"c": "citizen", "a": "agent"}
KEPT = ("speaker", "text", "language", "confidence", "certainty", "start", "end")
"""What is kept of a segment; what was heard when it was less is heard again."""


@dataclass(frozen=True, slots=True)
class Utterance:
    start_s: float
    end_s: float
    pcm: bytes


class LoadedEngine:
    """The engine of the settings, loaded once."""

    def __init__(self, settings: SpeechSettings | None = None) -> None:
        self._settings = settings or SpeechSettings()
        self._rules = GateRules(utterance_max_s=self._settings.utterance_max)
        words, gazetteer = load_words(), load_gazetteer()
        self._hints = {
            name: tuple(domain_words(words, gazetteer, cast("Language", name), HINTS))
            for name in self._settings.languages
        }
        self._engine: SpeechEngine | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What the text depends on beside the audio."""
        mine = self._settings
        size = (mine.model / "model.bin").stat().st_size
        return {
            "engine": mine.engine, "model": mine.model.name, "model_bytes": size, "beam": mine.beam,
            "gate": asdict(self._rules),
            "hints": self._hints, "kept": KEPT,
        }  # fmt: skip

    def digest(self, *legs: Pcm) -> str:
        whole = hashlib.sha256(json.dumps(self.settings, ensure_ascii=False, sort_keys=True).encode())
        for leg in legs:
            whole.update(leg.tobytes())
        return whole.hexdigest()

    def call(self, legs: Mapping[str, Pcm], likely: str) -> list[dict[str, Any]]:
        """Segments of both legs in the order in which they ended."""
        found = [segment for who, leg in legs.items() for segment in self._leg(who, leg, likely)]
        return sorted(found, key=lambda segment: float(segment["end"]))

    def _leg(self, who: str, pcm: Pcm, likely: str) -> Iterator[dict[str, Any]]:
        belief = LanguageEstimate(self._settings.languages, likely)
        for utterance in self._utterances(pcm.astype("<i2").tobytes()):
            recogniser = self._loaded().recogniser(Expected(belief.shares(), self._hints))
            recogniser.accept(utterance.pcm)
            for hypothesis in recogniser.finish():
                if hypothesis.likelihoods is not None:
                    belief.heard(hypothesis.likelihoods, len(utterance.pcm) / BYTES_PER_SECOND)
                yield {
                    "speaker": SPEAKERS[who], "text": hypothesis.text, "language": hypothesis.language,
                    "confidence": None if hypothesis.confidence is None else round(hypothesis.confidence, 4),
                    "certainty": hypothesis.certainty,
                    "start": round(utterance.start_s, 3), "end": round(utterance.end_s, 3),
                }  # fmt: skip

    def _utterances(self, pcm: bytes) -> Iterator[Utterance]:
        gate = VoiceGate(self._rules)
        voiced, began = bytearray(), 0
        outcomes = (one for at in range(0, len(pcm), PIECE) for one in gate.feed(pcm[at : at + PIECE]))
        for outcome in (*outcomes, *gate.flush()):
            match outcome:
                case Began(sample):
                    voiced, began = bytearray(), sample
                case Voiced(piece):
                    voiced += piece
                case UtteranceFinished(sample):
                    yield Utterance(began / SAMPLE_RATE, sample / SAMPLE_RATE, bytes(voiced))

    def _loaded(self) -> SpeechEngine:
        if self._engine is None:
            mine = self._settings
            options = EngineOptions(model=mine.model, threads=mine.threads_per_worker, beam=mine.beam)
            self._engine = load(mine.engine, options)
        return self._engine
