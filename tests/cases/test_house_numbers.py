"""House numbers that are tried, taken back, or told away from their street."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting.places import numbers_en, numbers_zh

SPOKEN_ZH = st.text(alphabet="学府路一二十百号楼不对是，。我家那个几门牌 ", max_size=60)
SPOKEN_EN = st.text(alphabet="number 0123-something, one hundred and twelve. outside", max_size=60)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("九号，不是九号是十九号", "19"),
        ("三十四号，不是，三十六号，三十四是前楼", "36"),
        ("十九号，不是九号", "19"),
        ("一百八十几号来着，一百八十三号", "183"),
        ("二十号线", None),
        ("三号口", None),
    ],
)
def test_of_numbers_that_are_tried_the_one_that_he_means_is_taken(said: str, number: str | None) -> None:
    found = numbers_zh.tried(said, 0)
    assert (None if found is None else found.number) == number


@pytest.mark.parametrize("said", ["number 5 bus", "my phone number 5512", "flat number 7", "exit number 2"])
def test_what_else_has_a_number_is_no_house(said: str) -> None:
    assert numbers_en.apart(said, []) == []


@given(st.one_of(st.text(max_size=60), SPOKEN_ZH))
def test_a_number_that_stands_apart_lies_in_the_text_and_in_no_name(text: str) -> None:
    taken = [(3, 9)]
    for one in numbers_zh.apart(text, taken):
        assert 0 <= one.start < one.end <= len(text)
        assert not any(one.start < end and start < one.end for start, end in taken)
        assert one.number.isdigit()


@given(st.one_of(st.text(max_size=60), SPOKEN_EN))
def test_english_numbers_that_stand_apart_lie_in_the_text(text: str) -> None:
    for start, end, number in numbers_en.apart(text, []):
        assert 0 <= start < end <= len(text)
        assert number.isdigit()
        assert len(number) <= numbers_en.LONGEST


def test_a_speaker_who_stutters_costs_no_more() -> None:
    numbers_zh.apart("我家" * 2_000 + "号", [])
    numbers_en.after_street("x " + "one hundred and " * 400, 1)
