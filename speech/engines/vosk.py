"""Vosk (Kaldi): text while somebody speaks. The operator brings the model.

Kept rules: a recogniser is made new for each utterance (its memory only grows) and used by one thread
(a second one aborts the process), input is `bytes`, only a model path is given (anything else downloads).
"""

from __future__ import annotations

import json
from typing import Any

from speech.engines.certainty import Certainty, Said, joined
from speech.engines.port import EngineOptions, Expected, Hypothesis, Recogniser
from speech.engines.simplified import simplified
from speech.errors import ModelMissing
from speech.model import SAMPLE_RATE

LEAST_BYTES, MOST_BYTES = 1600, 6400
"""What is decoded at a time: 100 ms, since nobody sees a word sooner for less, to 400."""


class VoskEngine:
    """One model, shared by the recognisers of its process."""

    name = "vosk"

    def __init__(self, options: EngineOptions) -> None:
        import vosk  # noqa: PLC0415  # heavy: only in the process that runs this engine

        if not (options.model / "conf").is_dir():
            raise ModelMissing(
                f"{options.model} is not a Vosk model (it has no folder conf)",
                remedy="bring a model for your language: songhua speech models add PATH (docs/speech.md)",
            )
        vosk.SetLogLevel(-1)
        self._vosk: Any = vosk
        self._model: Any = vosk.Model(model_path=str(options.model))

    def recogniser(self, expected: Expected) -> Recogniser:
        """A model knows one language, so the likeliest is taken for it.

        Hints are not used: a grammar would keep every other word from being heard.
        """
        made = self._vosk.KaldiRecognizer(self._model, SAMPLE_RATE)
        made.SetWords(True)
        return _VoskUtterance(made, expected.language())


class _VoskUtterance:
    def __init__(self, recogniser: Any, language: str) -> None:
        self._recogniser = recogniser
        self._language = language
        self._done: list[str] = []
        self._words: list[Said] = []
        self._waiting = bytearray()
        self._shown = ""

    def accept(self, pcm: bytes) -> list[Hypothesis]:
        self._waiting += pcm
        before = self._shown
        while len(self._waiting) >= LEAST_BYTES:
            taken = min(len(self._waiting), MOST_BYTES) // 2 * 2
            self._decode(bytes(self._waiting[:taken]))
            del self._waiting[:taken]
        if self._shown == before:
            return []
        return [Hypothesis(self._shown, final=False, language=self._language)]

    def peek(self) -> list[Hypothesis]:
        return []

    def finish(self) -> list[Hypothesis]:
        if len(self._waiting) >= 2:
            self._decode(bytes(self._waiting[: len(self._waiting) // 2 * 2]))
        self._keep(json.loads(self._recogniser.FinalResult()))
        text = self._joined("")
        if not text:
            return []
        confidences = [sure for _, sure in self._words]
        sure = sum(confidences) / len(confidences) if confidences else None
        return [
            Hypothesis(
                text,
                final=True,
                language=self._language,
                confidence=sure,
                certainty=self._certainty(text),
            )
        ]

    def _decode(self, pcm: bytes) -> None:
        if self._recogniser.AcceptWaveform(pcm):
            self._keep(json.loads(self._recogniser.Result()))
            self._shown = self._joined("")
        else:
            self._shown = self._joined(json.loads(self._recogniser.PartialResult()).get("partial", ""))

    def _keep(self, result: dict[str, Any]) -> None:
        if result.get("text"):
            self._done.append(str(result["text"]))
        words = [(str(word["word"]), min(1.0, float(word["conf"]))) for word in result.get("result", [])]
        self._words += words

    def _certainty(self, text: str) -> Certainty:
        """The certainty of each word; none where the words are not those of the text."""
        chinese = self._language == "zh"
        parts = [self._words] if chinese else [[word] for word in self._words]
        written, certainty = joined(parts, simplified if chinese else str)
        return certainty if written == text else ()

    def _joined(self, partial: str) -> str:
        """Chinese models put a space between words: it is left out."""
        text = " ".join([*self._done, partial]).strip()
        return simplified(text.replace(" ", "")) if self._language == "zh" else text
