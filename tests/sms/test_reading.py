"""What a citizen's text message is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen.channels.text_message.reading import (
    TextContent,
    TextQuestion,
    TextRating,
    TextReport,
    TextStart,
    TextStop,
    read,
)
from citizen.contract import TextWords
from citizen.messages.model import MessageRules

RULES = MessageRules()
WORDS = TextWords(RULES.stop_words, RULES.start_words, RULES.query_words)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("退订", TextStop()), (" td ", TextStop()), ("ＴＤ", TextStop()), ("Stop.", TextStop()),
        ("“退订”", TextStop()), ("HF", TextStart()),
        ("查 12345678", TextQuestion(code="12345678")), ("查12345678", TextQuestion(code="12345678")),
        ("查询：1234 5678", TextQuestion(code="12345678")),
        ("status 12345678", TextQuestion(code="12345678")),
        ("１２３４５６７８", TextQuestion(code="12345678")),
        ("查 r20261130-00012 abcdefghjk", TextQuestion(code="abcdefghjk", number="R20261130-00012")),
        ("查", TextQuestion()), ("查 1234", TextQuestion()),
        ("1", TextRating("1")), ("３", TextRating("3")),
        ("112", TextRating("112")), ("不满意", TextRating("3")),
        ("查一下公滨路5号门口的井盖", TextReport("查一下公滨路5号门口的井盖")),
        ("我要退订这个垃圾短信", TextReport("我要退订这个垃圾短信")),
        ("4", TextReport("4")), ("路灯坏了", TextReport("路灯坏了")),
    ],
)  # fmt: skip
def test_what_it_is(text: str, content: TextContent) -> None:
    assert read(text, WORDS) == content


@given(st.text(max_size=200))
def test_any_text_is_something(text: str) -> None:
    assert isinstance(read(text, WORDS), TextContent)
