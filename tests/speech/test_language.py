"""Which language a leg speaks: the call's language to begin with, then what was heard."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.engines.port import Expected
from speech.language import HELD, LanguageEstimate

CHINESE = {"zh": 0.999, "en": 0.001}
ENGLISH = {"zh": 0.001, "en": 0.999}
UNSURE = {"zh": 0.4, "en": 0.6}


def understood(belief: LanguageEstimate, heard: dict[str, float]) -> str:
    """As an engine decides."""
    return Expected(belief.shares()).language(heard)


def test_before_anything_is_heard_the_calls_language_is_likelier() -> None:
    assert LanguageEstimate(["zh", "en"], "zh").shares() == pytest.approx({"zh": 0.75, "en": 0.25})
    assert LanguageEstimate(["zh", "en"]).shares() == pytest.approx({"zh": 0.5, "en": 0.5})
    assert LanguageEstimate(["en"], "zh").shares() == {"en": 1.0}


def test_a_plain_first_utterance_is_understood_against_the_calls_language() -> None:
    assert understood(LanguageEstimate(["zh", "en"], "zh"), ENGLISH) == "en"
    assert understood(LanguageEstimate(["zh", "en"], "en"), CHINESE) == "zh"


def test_a_short_doubtful_utterance_stays_in_the_language_of_the_leg() -> None:
    belief = LanguageEstimate(["zh", "en"], "zh")
    belief.heard(CHINESE, 3)
    assert understood(belief, UNSURE) == "zh"
    assert understood(belief, {"zh": 0.05, "en": 0.95}) == "zh"


def test_an_agent_who_greets_in_one_language_may_go_on_in_another() -> None:
    belief = LanguageEstimate(["zh", "en"], "zh")
    for _ in range(20):
        belief.heard(CHINESE, 5)
    assert belief.shares()["zh"] == pytest.approx(HELD)
    assert understood(belief, ENGLISH) == "en"
    for _ in range(3):
        belief.heard(ENGLISH, 5)
    assert understood(belief, {"zh": 0.9, "en": 0.1}) == "en"


def test_a_short_utterance_tells_less_than_a_long_one() -> None:
    short, long = LanguageEstimate(["zh", "en"], "zh"), LanguageEstimate(["zh", "en"], "zh")
    short.heard(ENGLISH, 0.5)
    long.heard(ENGLISH, 2)
    assert short.shares()["en"] < 0.6 < long.shares()["en"]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 30)), max_size=20))
def test_shares_stay_shares_whatever_is_heard(heard: list[tuple[float, float, float]]) -> None:
    belief = LanguageEstimate(["zh", "en"], "zh")
    for zh, en, seconds in heard:
        belief.heard({"zh": zh, "en": en}, seconds)
    shares = belief.shares()
    assert sum(shares.values()) == pytest.approx(1)
    assert all(0 < share <= HELD + 1e-9 for share in shares.values())
