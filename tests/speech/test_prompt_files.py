"""The committed prompts are those of the texts, in telephone form, and understood well enough."""

from __future__ import annotations

import hashlib
import json
import wave
from statistics import mean
from typing import Any

import pytest
import yaml

from tests.speech.fakes import PROMPTS

TEXTS: dict[str, Any] = yaml.safe_load((PROMPTS / "texts.yaml").read_text(encoding="utf-8"))["prompts"]
RENDERED: dict[str, Any] = json.loads((PROMPTS / "rendered.json").read_text(encoding="utf-8"))
WORDS = ("digit-", "number-", "count-")
LONGEST_S = 18
"""A question with four keys; who presses one need not hear the rest."""
DOCS = PROMPTS.parents[1] / "docs" / "prompts.md"


def test_every_text_is_rendered_in_both_languages_and_nothing_else_lies_there() -> None:
    wanted = {f"{language}/{name}" for name in TEXTS for language in ("zh", "en")}
    assert set(RENDERED) == wanted
    assert {str(file.relative_to(PROMPTS))[:-4] for file in PROMPTS.glob("*/*.wav")} == wanted


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sentences_are_understood_within_a_quarter(language: str) -> None:
    """Single number words are measured apart (docs/prompts.md): one syllable tells too little."""
    rates = [
        row["cer"]
        for key, row in RENDERED.items()
        if key.startswith(f"{language}/") and not key.split("/")[1].startswith(WORDS)
    ]
    assert mean(rates) <= 0.25


def test_each_file_is_what_was_marked_and_says_what_its_text_says() -> None:
    for key, row in RENDERED.items():
        language, name = key.split("/")
        content = (PROMPTS / f"{key}.wav").read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"], key
        assert row["text"] == TEXTS[name][language], key


def test_each_file_is_short_8_khz_mono() -> None:
    for key in RENDERED:
        with wave.open(str(PROMPTS / f"{key}.wav")) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2), key
            assert 0.4 < file.getnframes() / 8000 < LONGEST_S, key


def test_outliers_are_named_in_the_table() -> None:
    table = DOCS.read_text(encoding="utf-8")
    for key, row in RENDERED.items():
        if row["cer"] > 0.25:
            assert f"`{key}`" in table
