"""A code that somebody says: every usual way to say digits, and nothing made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.digits import LONGEST, code

CODE = "35079928"
ZH = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
EN = dict(
    zip(
        "0123456789",
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        strict=True,
    )
)


@pytest.mark.parametrize(
    "said",
    [
        "三五零七九九二八",
        "三五〇七，九九二八。",
        "三五洞拐勾勾二八",
        "我的查询码是三五零七 九九二八，谢谢",
        "嗯，三五零七，呃，九九二八",
        "３５０７９９２８",
        "35079928",
        "3507-9928",
        "3 5 0 7 9 9 2 8.",
        "3507 九九二八",
        "three five zero seven nine nine two eight",
        "Three five oh seven, double nine, two eight.",
        "3-5-0-7, double 9, 2-8",
        "thirty-five oh seven ninety-nine twenty-eight",
        "It is three five o seven and nine nine two eight, thank you",
        "八位查询码：35079928",
        "前一半是三五零七九九二八",
        "三五零七九九二八，三五零七九九二八",
        "三舞灵棋酒久儿吧",
        "我要查三五零七九九二八",
    ],
)
def test_a_code_is_read_in_every_usual_way(said: str) -> None:
    assert code(said, 8) == CODE


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("幺幺幺零幺二三四", "11101234"),
        ("一一幺零一二三四", "11101234"),
        ("triple one oh one two three four", "11101234"),
        ("夭夭要零一二三十", "11101234"),
        ("won one 1 oh one to three for", "11101234"),
        ("eleven ten twelve thirty four", "11101234"),
        ("seventy, twenty, ten, forty", "70201040"),
    ],
)
def test_ones_and_rows_of_the_same_digit(said: str, digits: str) -> None:
    assert code(said, 8) == digits


@pytest.mark.parametrize(
    "said",
    [
        "",
        "我不知道",
        "三五零七九九二",
        "三五零七九九二八四",
        "两三五零七九九二",
        "三五零七是前四位，九九二八是后四位",
        "三五零七九九二八，不对，三五零七九九二九",
        "路上有一个洞，三五个人",
        "three five",
        "double",
        "thirty",
    ],
)
def test_what_is_no_single_code_is_none(said: str) -> None:
    assert code(said, 8) == ""


@given(st.text(alphabet="0123456789", min_size=8, max_size=8), st.sampled_from([ZH, EN]), st.data())
def test_every_code_comes_back(digits: str, words: dict[str, str], data: st.DataObject) -> None:
    between = data.draw(st.sampled_from([" ", ", ", "，", "-", " . "]))
    assert code(between.join(words[one] for one in digits), 8) == digits


@given(st.text(max_size=2 * LONGEST))
def test_any_text_gives_a_code_or_none(text: str) -> None:
    found = code(text, 8)
    assert found == "" or (len(found) == 8 and found.isascii() and found.isdigit())
