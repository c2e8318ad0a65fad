"""How sure each piece of a text is, through whatever is done to the text."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from speech.engines.certainty import is_of, joined, pieces
from speech.engines.simplified import simplified
from speech.engines.whisper import words_with

WORDS = st.lists(st.tuples(st.text("井盖 丢a\ufffd\n學府路", max_size=4), st.floats(0, 1)), max_size=6)


def test_pieces_follow_the_words_through_blanks_and_cut_off_characters() -> None:
    text, certainty = joined([[(" 学府", 0.9), ("路\ufffd", 0.2)], [("七十四", 0.8), (" ", 0.1)]])
    assert text == "学府路 七十四"
    assert certainty == ((2, 0.9), (3, 0.2), (7, 0.8))


def test_another_writing_keeps_them_and_another_length_leaves_them_unknown() -> None:
    assert joined([[("學府路", 0.5)]], simplified) == ("学府路", ((3, 0.5),))
    assert joined([[("井盖", 0.5)]], lambda text: text + "!") == ("井盖!", ())


@given(st.lists(WORDS, max_size=4))
def test_any_words_are_covered_without_a_rest(parts: list[list[tuple[str, float]]]) -> None:
    text, certainty = joined(parts)
    assert text == text.strip()
    assert is_of(certainty, text)
    assert bool(certainty) == bool(text)


@given(st.lists(st.floats(allow_nan=False), max_size=20))
def test_pieces_are_shares_and_no_neighbours_are_alike(letters: list[float]) -> None:
    found = pieces(letters)
    assert is_of(found, "x" * len(letters))
    assert all(one[1] != other[1] for one, other in itertools.pairwise(found))


def test_a_word_of_several_tokens_is_as_sure_as_the_least_of_them() -> None:
    assert words_with([0.9, 0.3, 0.8], ["井", "盖"], [[1, 2], [3]]) == [("井", 0.3), ("盖", 0.8)]
