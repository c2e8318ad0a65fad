"""Telephone numbers: one form for one line, and no short code is ever taken for a subscriber."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numbers import dialled, read, shown, withheld

HARBIN = "0451"


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
    "text",
    ["", "anonymous", "+", "*67", "1", "+110;", "139\n", "0" * 41, "911", "agent-1", "sip:@x", "1" * 600],
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


@pytest.mark.parametrize(
    "text",
    [
        "１３９０４５１０００１",
        "8613904510001",
        "sip:13904510001@192.0.2.1:5060;user=phone",
        '"李 <x>" <sip:+8613904510001@192.0.2.1>',
        "<sips:8613904510001@192.0.2.1;transport=tls>",
        "tel:13904510001;phone-context=+86",
        "tel:+86-139-0451-0001",
    ],
)
def test_as_trunks_and_keyboards_send_it(text: str) -> None:
    number = read(text, area_code=HARBIN)
    assert number is not None
    assert number.key == "+8613904510001"


@pytest.mark.parametrize(
    "text", ["", "anonymous", "Anonymous", '"x" <sip:anonymous@anonymous.invalid>', "<unknown>", "sip:@x"]
)
def test_who_hides_his_number(text: str) -> None:
    assert withheld(text)
    assert read(text) is None


@pytest.mark.parametrize("text", ["13904510001", "agent-1", "nobody", "sip:12345@x"])
def test_who_does_not_hide_it(text: str) -> None:
    assert not withheld(text)


@pytest.mark.parametrize(
    ("text", "as_dialled", "as_written"),
    [
        ("+8613904510001", "13904510001", "139 0451 0001"),
        ("+8645182345678", "82345678", "0451-82345678"),
        ("82345678", "82345678", "0451-82345678"),
        ("01062345678", "01062345678", "010-62345678"),
        ("+442079460000", "00442079460000", "+442079460000"),
        ("12345", "12345", "12345"),
    ],
)
def test_as_it_is_dialled_and_written_here(text: str, as_dialled: str, as_written: str) -> None:
    number = read(text, area_code=HARBIN)
    assert number is not None
    assert dialled(number, area_code=HARBIN) == as_dialled
    assert shown(number) == as_written
    assert read(as_dialled, area_code=HARBIN) == number
    assert read(as_written, area_code=HARBIN) == number


DIGITS = st.text("0123456789", max_size=16)


@given(
    text=st.text()
    | DIGITS
    | DIGITS.map("+{}".format)
    | DIGITS.map("0086{}".format)
    | DIGITS.map("86{}".format)
    | DIGITS.map("sip:{}@x".format)
)
def test_each_form_gives_the_same_number_again(text: str) -> None:
    withheld(text)
    number = read(text, area_code=HARBIN)
    if number is None:
        return
    for form in (number.national, number.e164, dialled(number, area_code=HARBIN), shown(number)):
        assert not form or read(form, area_code=HARBIN) == number
