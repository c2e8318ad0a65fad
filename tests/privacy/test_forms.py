"""A number is found however it is written, and never inside a longer one."""

from __future__ import annotations

import pytest

from core.events import MASK
from privacy.errors import NoNumber
from privacy.forms import forms_of, is_number

MOBILE = "13906180339"


@pytest.mark.parametrize(
    "written",
    [
        MOBILE, f"+86{MOBILE}", f"0086{MOBILE}", f"86{MOBILE}", f"0{MOBILE}",
        "139 0618 0339", "139-0618-0339",
        "１３９０６１８０３３９", "一三九零六一八零三三九", "幺三九零六幺八零三三九",
    ],
)  # fmt: skip
def test_each_way_to_write_a_mobile(written: str) -> None:
    forms = forms_of(MOBILE)
    assert forms.masked(f"打{written}。") == f"打{MASK}。"
    assert any(one in written for one in forms.texts)


@pytest.mark.parametrize("written", ["0451-87654321", "045187654321", "+8645187654321", "0451 8765 4321"])
def test_each_way_to_write_a_landline(written: str) -> None:
    assert forms_of("87654321", area_code="0451").masked(f"a({written})b") == f"a({MASK})b"


def test_a_longer_number_is_another_one() -> None:
    forms = forms_of(MOBILE)
    for other in (f"9{MOBILE}", f"{MOBILE}4", f"1{MOBILE}1"):
        assert forms.masked(other) == other
        assert not forms.found_in(other)


def test_json_is_searched_inside_and_keeps_its_form() -> None:
    forms = forms_of(MOBILE)
    value = {"a": [MOBILE, 1, None, {"b": f"x{MOBILE}"}], MOBILE: True}
    assert forms.without(value) == {"a": [MASK, 1, None, {"b": f"x{MASK}"}], MOBILE: True}


@pytest.mark.parametrize("text", ["", "12345", "110", "95598", "Wang", "7", "87654321"])
def test_what_is_no_citizens_number_is_refused(text: str) -> None:
    with pytest.raises(NoNumber):
        forms_of(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13904510001", True), ("+86 139 0451 0001", True), ("87654321", True), ("0451-87654321", True),
        ("1795612161.0", False), ("songhua-1795612161.0", False), ("230103-20261125-0001", False),
        ("wang@example.org", True),
        ("c52a583b-6dca-55df-aaa9-194a422cbd7a", False), ("case:1", False), ("", False),
    ],
)  # fmt: skip
def test_an_id_is_not_taken_for_a_number(text: str, number: bool) -> None:
    assert is_number(text, area_code="0451") is number


@pytest.mark.parametrize("written", ["wang@example.org", "Wang@Example.org", "WANG@EXAMPLE.ORG"])
def test_an_email_address_is_found_however_it_is_written(written: str) -> None:
    forms = forms_of("Wang@example.org")
    assert forms.number == "wang@example.org"
    assert forms.masked(f"邮箱{written}，谢谢") == f"邮箱{MASK}，谢谢"


@pytest.mark.parametrize("other", ["xwang@example.org", "li.wang@example.org", "wang@example.org.cn"])
def test_a_longer_address_is_another_one(other: str) -> None:
    assert not forms_of("wang@example.org").found_in(f"a {other} b")


def test_an_address_ends_with_its_sentence() -> None:
    assert forms_of("wang@example.org").found_in("write to wang@example.org.")


@pytest.mark.parametrize("text", ["wang@", "@example.org", "wang@host", "a b@example.org", "a@b.c, d@e.f"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(NoNumber):
        forms_of(text)
