"""How well a rendered text is understood: Whisper base listens, and the character error rate is the mark."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from lab.prompts.voices import Samples

_ZH_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_EN_DIGITS = dict(
    zip(
        "0123456789",
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        strict=True,
    )
)


_EN_TENS = dict(
    zip(
        "23456789",
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        strict=True,
    )
)
_EN_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip


class PromptRecogniser:
    """Whisper base as the gateway uses it: beam 5, no temperature fallback, no hint of the text."""

    def __init__(self, model: Path) -> None:
        whisper: Any = importlib.import_module("faster_whisper")
        self._model = whisper.WhisperModel(
            str(model), device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True
        )
        self._simplified: Any = importlib.import_module("opencc").OpenCC("t2s")

    def hear(self, samples: Samples, language: str, hint: str | None = None) -> str:
        segments, _ = self._model.transcribe(
            samples, language=language, beam_size=5, temperature=0.0,
            condition_on_previous_text=False, without_timestamps=True, initial_prompt=hint,
        )  # fmt: skip
        text = "".join(segment.text for segment in segments).strip()
        return str(self._simplified.convert(text)) if language == "zh" else text


def plain(text: str, language: str) -> str:
    """Letters only: no punctuation, small letters, numerals as words."""
    if language == "zh":
        text = str(importlib.import_module("cn2an").transform(text, "an2cn"))
        return "".join(_ZH_DIGITS.get(c, c) for c in re.sub(r"\W", "", text).lower())
    tens = re.sub(r"(?<!\d)[1-9]\d(?!\d)", lambda m: f" {_two_digits(m[0])} ", text.lower())
    spelled = re.sub(r"\d", lambda m: f" {_EN_DIGITS[m[0]]} ", tens)
    return " ".join(re.sub(r"[^\w\s]", "", spelled.replace("-", " ")).split())


def _two_digits(number: str) -> str:
    """A whole number from 10 to 99 in words; longer ones are read digit by digit."""
    if number[0] == "1":
        return _EN_TEENS[int(number[1])]
    return f"{_EN_TENS[number[0]]} {_EN_DIGITS[number[1]]}" if number[1] != "0" else _EN_TENS[number[0]]


def error_rate(said: str, heard: str, language: str) -> float:
    """Character edits for each character said; 1.0 when nothing was heard."""
    want, got = plain(said, language), plain(heard, language)
    return float(importlib.import_module("jiwer").cer(want, got)) if got else 1.0


def word_error_rate(said: str, heard: str) -> float:
    want, got = plain(said, "en"), plain(heard, "en")
    return float(importlib.import_module("jiwer").wer(want, got)) if got else 1.0
