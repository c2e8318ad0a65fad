"""What a reporter says: taken when it is plain, never as satisfied when a word of negation governs it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.outbound.follow_ups.answers import (
    ASKS,
    ECHOES,
    LONGEST,
    PHRASES,
    SAYS_NOTHING,
    SHORT,
    SURE,
    TURN_S,
    SpokenKey,
    SpokenReading,
    SpokenUtterance,
    read,
    turns,
)

NEGATIONS = re.compile(
    r"[不没未无别勿]|\b(?:not|no|never|nope|nobody|nothing|none|without|hardly|cannot)\b|n't\b"
)
HARMLESS = sorted(
    {"很不错", "挺不错", "还不错", "不错", "not too bad", "not bad", "差不多"}
    | {one for one in SAYS_NOTHING if NEGATIONS.search(one)},
    key=len,
    reverse=True,
)
"""Words with a negation in them that negate nothing."""
PLEASED = ("1", "2", "y")


def said(*texts: str, sure: float | None = 0.9, pause_s: float = 0.8) -> list[SpokenUtterance]:
    long_s = 1.0
    return [
        SpokenUtterance(text, at * (long_s + pause_s), at * (long_s + pause_s) + long_s, sure)
        for at, text in enumerate(texts)
    ]


def reading(*texts: str, asked: bool = True, sure: float | None = 0.9) -> SpokenReading:
    return read(said(*texts, sure=sure), asked=asked)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("满意", "1"), ("嗯，非常满意，谢谢。", "1"), ("对结果我很满意", "1"), ("是的", "1"),
        ("挺好的", "1"), ("一", "1"), ("Yes.", "1"), ("I'm very satisfied, thank you.", "1"), ("不错", "1"),
        ("一般吧", "2"), ("基本满意", "2"), ("还可以", "2"), ("Fairly satisfied.", "2"), ("Not bad.", "2"),
        ("不满意", "3"), ("我对处理结果不太满意", "3"), ("一点都不满意", "3"), ("不是很满意", "3"),
        ("三", "3"), ("没有满意", "3"), ("不，不满意，没解决", "3"), ("No, I am not satisfied.", "3"),
        ("I’m not happy", "3"), ("解决了", "y"), ("好了", "y"), ("我的问题已经解决了", "y"),
        ("It is fixed.", "y"), ("没有", "n"), ("还没有", "n"), ("问题没有解决", "n"), ("根本没人管", "n"),
        ("It's still not fixed.", "n"), ("人工", "0"), ("请转人工服务", "0"), ("零", "0"),
        ("operator, please", "0"), ("不满意，我要人工", "0"), ("不要再打了", "x"),
        ("请不要再打电话了", "x"), ("Please don't call again!", "x"), ("喂，你好", "nothing"),
        ("谁啊", "nothing"), ("好的好的", "nothing"), ("Hello?", "nothing"), ("", "nothing"),
        ("没听清楚", "nothing"), ("满意请按一", "nothing"), ("For yes, press one.", "nothing"),
        ("满意吗", "unclear"), ("是不是", "unclear"), ("满意个鬼", "unclear"), ("满意，不满意", "unclear"),
        ("解决了，但是不满意", "unclear"), ("不是不满意", "unclear"), ("不知道", "unclear"),
        ("没问题", "unclear"), ("不要人工", "unclear"), ("在开车", "unclear"), ("Not a person", "unclear"),
        ("yes and no", "unclear"), ("no more calls, yes", "unclear"), ("12", "unclear"),
        ("我说" * LONGEST + "满意", "unclear"),
    ],
)  # fmt: skip
def test_what_is_plain_is_taken_and_nothing_else(text: str, meant: str) -> None:
    assert reading(text) == meant


def test_what_a_pause_parts_belongs_together() -> None:
    assert reading("不", "满意") == "3"
    assert reading("问题没有", "解决") == "n"
    parts = turns(said("不", "满意", pause_s=TURN_S - 0.1))
    assert [len(turn) for turn in parts] == [2]
    assert [len(turn) for turn in turns(said("不", "满意", pause_s=TURN_S + 0.1))] == [1, 1]
    assert turns([]) == []


def test_an_answer_of_which_the_recogniser_is_not_sure_is_unclear() -> None:
    assert reading("满意", sure=SURE) == "1"
    for sure in (SURE - 0.01, None):
        assert reading("满意", sure=sure) == "unclear"
        assert reading("喂", sure=sure) == "nothing", "nobody needs to be sure of a greeting"
    not_understood = SpokenUtterance("", 0.0, 0.4, 0.0)
    assert read([not_understood, SpokenUtterance("满意", 1.0, 1.6, 0.9)]) == "unclear", "it may have been 不"


def test_before_he_was_asked_a_short_word_is_no_answer() -> None:
    for one in SHORT:
        assert reading(one) != "nothing"
        assert reading(f"{one} {one}", asked=False) == "nothing"
    assert reading("不满意", asked=False) == "3"
    assert reading("不", "满意", asked=False) == "3"
    assert reading("不是", "满意", asked=False) not in PLEASED


@pytest.mark.parametrize("key", PHRASES)
def test_each_phrase_of_the_tables_means_what_it_stands_for(key: SpokenKey) -> None:
    for phrase in PHRASES[key]:
        assert reading(phrase) == key, phrase
    for phrase in SAYS_NOTHING:
        assert reading(phrase) == "nothing", phrase
    for phrase in ASKS:
        assert reading(phrase) == "unclear", phrase


PIECES = sorted(
    {one for key in PHRASES for one in PHRASES[key][:40]} | {*SAYS_NOTHING, *ASKS, *ECHOES}
    | {"不", "没有", "别", "not", "never", "didn't", "井盖", "street", "，", "。", " ", "吗", "1", "满"}
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join))


def negated(text: str) -> bool:
    plain = text.replace("\u2019", "'").casefold()
    for one in HARMLESS:
        plain = plain.replace(one, " ")
    return NEGATIONS.search(plain) is not None


@given(st.lists(TEXTS, max_size=4), st.booleans(), st.none() | st.floats(0, 1))
def test_any_text_is_read_and_no_negation_becomes_its_contrary(
    texts: list[str], asked: bool, sure: float | None
) -> None:
    meant = reading(*texts, asked=asked, sure=sure)
    assert meant in {*PHRASES, "nothing", "unclear"}
    if meant in PLEASED:
        assert not any(negated(text) for text in texts)
        assert sure is not None
        assert sure >= SURE


@given(
    st.sampled_from(["不", "没", "没有", "不是", "别", "并不", "never ", "not ", "isn't ", "no "]),
    st.sampled_from(["", "太", "很", "怎么", "说", "really ", "quite ", "very "]),
    st.sampled_from([one for key in ("1", "2", "y") for one in PHRASES[key]]),
    st.sampled_from(["", "嗯，", "我", "i think ", "well, "]),
)
def test_a_negation_before_an_affirmation_is_none(neg: str, adverb: str, phrase: str, before: str) -> None:
    text = f"{before}{neg}{adverb}{phrase}"
    if negated(text):
        assert reading(text) not in PLEASED
        assert reading(text, asked=False) not in PLEASED


@given(st.lists(TEXTS, max_size=6), st.floats(0, 6))
def test_turns_hold_every_utterance_in_order(texts: list[str], pause_s: float) -> None:
    spoken = said(*texts, pause_s=pause_s)
    assert [one for turn in turns(spoken) for one in turn] == spoken
