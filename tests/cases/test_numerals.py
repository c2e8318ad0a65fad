"""House numbers as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting.numerals import en_number, zh_number


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("七十四", "74"),
        ("七四", "74"),
        ("一百二十", "120"),
        ("三二六", "326"),
        ("幺零八", "108"),
        ("一百零五", "105"),
        ("７４", "74"),
        ("一千二百三十四", "1234"),
        ("十", "10"),
    ],
)
def test_chinese_numbers(said: str, digits: str) -> None:
    assert zh_number(said) == digits


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("seventy-four", "74"),
        ("seven four", "74"),
        ("three two six", "326"),
        ("one hundred and twenty", "120"),
        ("three twenty six", "326"),
        ("two hundred", "200"),
        ("nineteen", "19"),
        ("99", "99"),
    ],
)
def test_english_numbers(said: str, digits: str) -> None:
    assert en_number(said) == digits


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_none(text: str) -> None:
    for number in (zh_number(text), en_number(text)):
        assert number is None or (number.isdigit() and 0 < int(number) <= 99_999)


@given(st.text(alphabet="零一二三四五六七八九十百千万两幺〇", max_size=12))
def test_any_pile_of_numerals_is_a_number_or_none(text: str) -> None:
    number = zh_number(text)
    assert number is None or 0 < int(number) <= 99_999
