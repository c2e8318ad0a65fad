"""Which take of a prompt is kept: the one that is understood best, in the house voice where that will do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from lab.prompts import choose as choosing
from lab.prompts.choose import FAIR, WORTH_A_CHANGE, Casting, Chosen, choose
from lab.prompts.listener import PromptRecogniser, error_rate, plain, word_error_rate
from lab.prompts.voices import Samples, Speech, Take

SLOW, USUAL, FAST, OTHER = Take("house", 0.9), Take("house", 1.0), Take("house", 1.1), Take("other", 1.0)
# So many letters that each wrong one is a twentieth.
TEXT = "abcdefghijklmnopqrst"


class Voice:
    """Says a take by its number of wrong letters."""

    def __init__(self, wrong: dict[Take, int]) -> None:
        self.wrong = wrong
        self.said: list[Take] = []

    def say(self, text: str, take: Take) -> Speech:
        self.said.append(take)
        return Speech(np.full(1, self.wrong[take], np.float32), 8_000)


class Ear:
    def hear(self, samples: Samples, language: str) -> str:
        wrong = int(samples[0])
        return "z" * wrong + TEXT[wrong:]


@pytest.fixture(autouse=True)
def _no_telephone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "telephone", lambda speech, take: speech.samples)
    monkeypatch.setattr(choosing, "over_the_line", lambda pcm: pcm)


def chosen(voice: Voice, house: Sequence[Take], others: Sequence[Take] = ()) -> Chosen:
    ear = cast("PromptRecogniser", Ear())
    return choose(voice, ear, Casting(house, others), spoken=TEXT, text=TEXT, language="en")


def test_the_best_take_wins_and_of_equal_ones_the_first() -> None:
    found = chosen(Voice({USUAL: 2, SLOW: 1, FAST: 1}), [USUAL, SLOW, FAST])
    assert (found.take, found.cer, found.tried) == (SLOW, 0.05, 3)


def test_after_a_perfect_take_none_is_tried() -> None:
    voice = Voice({USUAL: 0, SLOW: 0})
    found = chosen(voice, [USUAL, SLOW], [OTHER])
    assert (found.take, found.heard, found.tried, voice.said) == (USUAL, TEXT, 1, [USUAL])


def test_another_speaker_is_tried_only_where_the_house_voice_is_hard_to_understand() -> None:
    fair = round(FAIR * len(TEXT))
    assert chosen(Voice({USUAL: fair, OTHER: 0}), [USUAL], [OTHER]).take == USUAL
    assert chosen(Voice({USUAL: fair + 1, OTHER: 0}), [USUAL], [OTHER]).take == OTHER


def test_another_speaker_must_be_much_better() -> None:
    worth = round(WORTH_A_CHANGE * len(TEXT))
    assert chosen(Voice({USUAL: 10, OTHER: 10 - worth}), [USUAL], [OTHER]).take == OTHER
    assert chosen(Voice({USUAL: 10, OTHER: 11 - worth}), [USUAL], [OTHER]).take == USUAL


def test_without_a_take_it_is_an_error() -> None:
    with pytest.raises(ValueError, match="no take"):
        chosen(Voice({}), [])


@pytest.mark.parametrize(
    ("said", "heard", "language", "rate"),
    [
        ("请稍候。", "请稍候", "zh", 0.0),
        ("请按2。", "请按二", "zh", 0.0),
        ("请稍候", "请稍后", "zh", 1 / 3),
        ("请稍候", "", "zh", 1.0),
        ("Press 12, please!", "press twelve please", "en", 0.0),
    ],
)
def test_errors_count_letters_without_punctuation(said: str, heard: str, language: str, rate: float) -> None:
    assert error_rate(said, heard, language) == pytest.approx(rate)


def test_words_are_counted_likewise() -> None:
    assert word_error_rate("press one or two", "press one or too") == 0.25
    assert word_error_rate("press one", "") == 1.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Case 10, 19 and 40", "case ten nineteen and forty"),
        ("thirty-one or 31", "thirty one or thirty one"),
        ("code 407", "code four zero seven"),
    ],
)
def test_numerals_are_words(text: str, words: str) -> None:
    assert plain(text, "en") == words
