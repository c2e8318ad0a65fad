"""Numbers and addresses of people leave no text; ids, times and sizes stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events import MASK
from gateway.masking import masked_text, masked_value
from gateway.support.scrubbing import Scrubber


@pytest.mark.parametrize(
    "number",
    [
        "13904510001", "139 0451 0001", "+8613904510001", "0086 139 0451 0001", "0451-87654321",
        "045187654321",
        "0451 8765 4321", "+49 30 1234567", "87654321", "１３９０４５１０００１", "一三九零四五一零零零一",
        "幺三九零四五幺零零零幺", "wang.fang@example.org", "sip:13904510001@10.0.0.7",
    ],
)  # fmt: skip
def test_a_number_is_hidden_wherever_it_stands(number: str) -> None:
    for text in (number, f"call from {number}.", f"号码{number}，请回电", f'{{"caller": "{number}"}}'):
        hidden = masked_text(text)
        assert MASK in hidden
        assert number not in hidden


@pytest.mark.parametrize(
    "text",
    [
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "13904510-0000-5000-8000-013904510001",
        "2026-12-01T20:06:42.158180Z", "2026-12-01 20:06:42+08:00", "1764619158.1201",
        "PJSIP/agent-1-0000012f",
        "harbin-20261201T020000Z.songhua-backup", "2301022026120100001", "songhua.toml:120",
        "0.1.0", "4096 MB",
        "127.0.0.1:8080", "",
    ],
)  # fmt: skip
def test_ids_times_and_sizes_stay(text: str) -> None:
    assert masked_text(text) == text


@given(st.text(alphabet="0123456789 +-一二三abc@.:", max_size=60))
def test_a_second_masking_changes_nothing(text: str) -> None:
    once = masked_text(text)
    assert masked_text(once) == once


def test_values_are_masked_through_and_through() -> None:
    given_value = {"a": ["13904510001", 7], "b": {"c": "ok"}, "d": None}
    assert masked_value(given_value) == {"a": [MASK, 7], "b": {"c": "ok"}, "d": None}


def test_secrets_and_names_go_and_other_words_stay() -> None:
    scrubber = Scrubber(["hunter2-hunter2"], ["wang.fang", "王芳", "li", "x", "12"])
    text = scrubber.text("wang.fang (王芳, li) with hunter2-hunter2 in the listing of li.")
    assert text == "[name] ([name], [name]) with [secret] in the listing of [name]."
    assert scrubber.text("2026-12-01") == "2026-12-01"
    assert scrubber.value({"王芳": [1, "li"]}) == {"[name]": [1, "[name]"]}
