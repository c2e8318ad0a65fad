"""Telephone numbers: one form for one line, and no short code is ever taken for a subscriber."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numbers import read


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("13904510001", "mobile", "+8613904510001"),
        ("0086 139 0451 0001", "mobile", "+8613904510001"),
        ("013904510001", "mobile", "+8613904510001"),
        ("16645678901", "mobile", "+8616645678901"),
        ("82345678", "fixed", "+8645182345678"),
        ("(0451) 8234-5678", "fixed", "+8645182345678"),
        ("+86 10 62345678", "fixed", "+861062345678"),
        ("110", "emergency", "110"),
        ("+86110", "emergency", "110"),
        ("12110", "emergency", "12110"),
        ("95598", "service", "95598"),
        ("4008123123", "service", "4008123123"),
        ("16812345678", "premium", "16812345678"),
        ("13490000000", "premium", "+8613490000000"),
        ("+447911123456", "international", "+447911123456"),
    ],
)
def test_a_number_has_one_form_however_it_is_written(text: str, kind: str, key: str) -> None:
    number = read(text, area_code="0451")
    assert number is not None
    assert (number.kind, number.key) == (kind, key)


@pytest.mark.parametrize(
    "text", ["", "anonymous", "+", "*67", "１３９", "1", "+110;", "139\n", "0" * 41, "911"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert read(text, area_code="0451") is None


def test_a_local_number_needs_to_know_its_city() -> None:
    assert read("82345678") is None


@given(st.text(max_size=60), st.text(max_size=8))
def test_any_text_gives_a_number_or_none(text: str, area: str) -> None:
    number = read(text, area_code=area)
    assert number is None or (number.national.isdigit() and number.key.lstrip("+").isdigit())


@given(st.from_regex(r"(?:\+|00)?(?:86)?0?1[0-9]{2,11}", fullmatch=True))
def test_reading_what_was_read_changes_nothing(text: str) -> None:
    number = read(text)
    if number is not None and number.e164:
        again = read(number.e164)
        assert again is not None
        assert again.e164 == number.e164
