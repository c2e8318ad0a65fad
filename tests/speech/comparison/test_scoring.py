"""Error rates: the measure of the literature, whatever way a number or a name is written."""

from __future__ import annotations

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.comparison.scoring import Score, distance, language_of, score, units

WORDS = st.lists(st.sampled_from(["a", "b", "c", "井", "盖"]), max_size=12)


@given(WORDS.filter(bool), WORDS)
def test_the_distance_is_the_one_that_jiwer_knows(said: list[str], heard: list[str]) -> None:
    found = jiwer.process_words(" ".join(said), " ".join(heard))
    assert distance(said, heard) == found.substitutions + found.deletions + found.insertions


@pytest.mark.parametrize(
    ("said", "heard", "language"),
    [
        ("您好，我要反映一个问题。", "您好我要反映一个问题", "zh"),
        ("學府路74號", "学府路七十四号", "zh"),
        ("电话13812345678", "电话一三八一二三四五六七八", "zh"),
        ("Help! At 15 Zhongshan Road.", "help at fifteen zhongshan road", "en"),
        ("It's 1205 Main St", "it's one thousand two hundred five main st", "en"),
        ("ＡＢＣ", "abc", "en"),
    ],
)
def test_what_only_looks_otherwise_is_no_error(said: str, heard: str, language: str) -> None:
    assert score(said, heard, language).errors == 0


def test_each_wrong_lost_and_invented_unit_counts_once() -> None:
    assert score("井盖不见了", "尽盖不见了", "zh") == Score(1, 5)
    assert score("井盖不见了", "井盖", "zh") == Score(3, 5)
    assert score("the lamp is dark", "the lamp is very dark now", "en") == Score(2, 4)
    assert score("", "嗯", "zh").rate is None
    assert (Score(1, 5) + Score(3, 5)).rate == 0.4


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["zh", "en"]))
def test_any_text_can_be_scored(said: str, heard: str, language: str) -> None:
    one = score(said, heard, language)
    assert 0 <= one.errors <= max(one.said, len(units(heard, language)))
    assert score(said, said, language).errors == 0
    assert language_of(said) in {"zh", "en"}
