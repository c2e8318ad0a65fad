"""When a word, a sentence and a draft are on the desk, and where a piece of sound was said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.speech import voices
from tests.bench.speech.delays import (
    Draft,
    Sentence,
    Shown,
    Text,
    Word,
    draft_complete,
    place,
    sentences_shown,
    words_shown,
)

STORY = voices.caller("zh")


@pytest.mark.parametrize("begins", [5.5, 13.9, 20.7])
def test_a_piece_of_what_was_said_is_found_again_through_the_coder(begins: float) -> None:
    piece = voices.looped(STORY, 3.0, begin_s=begins)
    coded = (np.frombuffer(piece, "<i2") // 64 * 64).astype("<i2").tobytes()
    found = place(coded, STORY)
    assert found == pytest.approx(begins, abs=0.001)


def test_a_piece_that_begins_in_the_silence_before_is_found_too() -> None:
    silence = bytes(2 * 8000)
    lamp = voices.caller("lamp_zh")
    found = place(silence + lamp[:32_000], lamp)
    assert found == pytest.approx(-1.0, abs=0.001)


def test_what_was_not_said_is_nowhere() -> None:
    assert place(voices.caller("en")[100_000:148_000], STORY) is None
    assert place(bytes(48_000), STORY) is None
    assert place(b"", STORY) is None


WORDS = [Word("가나", 1.0), Word("다", 1.5), Word("라마", 2.5)]


def test_a_word_is_shown_as_soon_as_the_text_is_long_enough_for_it() -> None:
    shown = [Shown(1.3, "가나"), Shown(1.9, "가나다"), Shown(3.4, "가나다라마")]
    assert words_shown(WORDS, shown) == pytest.approx([0.3, 0.4, 0.9])


def test_text_that_is_taken_back_has_shown_nothing() -> None:
    shown = [Shown(1.3, "가나다"), Shown(1.4, "바"), Shown(3.4, "가나다라마")]
    assert words_shown(WORDS, shown) == pytest.approx([2.4, 1.9, 0.9])


def test_the_final_shows_what_no_partial_did() -> None:
    assert words_shown(WORDS, [Shown(4.0, "가나 다 라마")]) == pytest.approx([3.0, 2.5, 1.5])
    assert words_shown(WORDS, []) == []


@given(st.lists(st.tuples(st.floats(0, 100), st.text("ab", max_size=6)), max_size=20))
def test_no_word_is_shown_before_the_first_text_came(texts: list[tuple[float, str]]) -> None:
    shown = [Shown(at, text) for at, text in sorted(texts)]
    found = words_shown(WORDS, shown)
    assert len(found) <= len(WORDS)
    assert all(late + word.end >= shown[0].at - 1e-6 for late, word in zip(found, WORDS, strict=False))


SAID = [Sentence(1, 4), Sentence(5, 8), Sentence(10, 12)]


def test_each_final_is_timed_from_the_end_of_its_sentence() -> None:
    finals = [Text(0.8, 4.7, 6.0), Text(4.8, 8.7, 9.5), Text(9.8, 12.7, 14.2)]
    late, missed = sentences_shown(SAID, finals)
    assert late == pytest.approx([2.0, 1.5, 2.2])
    assert missed == 0


def test_a_final_of_two_sentences_is_timed_from_the_second_and_a_missing_one_is_counted() -> None:
    late, missed = sentences_shown(SAID, [Text(0.8, 8.7, 9.5)])
    assert late == pytest.approx([1.5])
    assert missed == 1


def test_a_draft_is_complete_with_its_last_change() -> None:
    finals = [Text(0.8, 4.7, 4.9), Text(4.8, 8.7, 8.9), Text(9.8, 12.7, 13.9)]
    drafts = [Draft(5.0, {"a": 1}), Draft(9.0, {"a": 1, "b": 2}), Draft(9.5, {"a": 1, "b": 2})]
    assert draft_complete(SAID, finals, drafts) == pytest.approx(1.0)
    assert draft_complete(SAID, finals, [*drafts, Draft(14.0, {})]) == pytest.approx(2.0)
    assert draft_complete(SAID, finals, []) is None
    assert draft_complete(SAID, [], drafts) is None


def test_a_change_that_is_so_late_that_more_was_said_meanwhile_is_late() -> None:
    finals = [Text(0.8, 4.7, 6.0), Text(4.8, 8.7, 12.4)]
    assert draft_complete(SAID, finals, [Draft(12.5, {})]) == pytest.approx(4.5)


def test_a_change_by_half_a_sentence_is_timed_from_the_word_that_was_heard_last() -> None:
    texts = [Text(0.8, 4.7, 6.0), Text(4.8, 6.5, 7.1)]
    assert draft_complete(SAID, texts, [Draft(7.2, {})]) == pytest.approx(0.7)
