"""A caller's answer: told after each utterance to who asked, with the words that a code is made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from speech.answers import DIGITS, MOST_UTTERANCES, AnswerOutlet, expecting, with_digits
from speech.events import AnswerHeard, TranscriptEnded, TranscriptGap, TranscriptSegment
from speech.model import TapInfo

INFO = TapInfo(uuid4(), uuid4(), uuid4(), "citizen", language="auto", hints_by_language={"zh": ("井盖",)})
WHERE: dict[str, Any] = {
    "call_id": INFO.call_id, "leg_id": INFO.leg_id, "segment_id": uuid4(), "speaker": "citizen",
    "start_s": 0.5, "end_s": 1.5, "started_at": datetime(2026, 11, 25, tzinfo=UTC),
}  # fmt: skip


def said(text: str, *, final: bool = True) -> TranscriptSegment:
    return TranscriptSegment(**WHERE, text=text, final=final, language="zh", engine="simulated")


def ended() -> TranscriptEnded:
    return TranscriptEnded(call_id=INFO.call_id, leg_id=INFO.leg_id, tap_id=INFO.tap_id, segments=2, gaps=1)


def test_the_answer_grows_with_each_utterance_and_is_over_when_all_are_done() -> None:
    told: list[AnswerHeard] = []
    sink = AnswerOutlet(INFO, told.append)
    sink.partial(said("三", final=False))
    sink.durable(said("三五零七"))
    sink.durable(TranscriptGap(**WHERE, reason="engine"))
    sink.durable(said("九二一八"))
    sink.durable(ended())
    assert [(one.text, one.over) for one in told] == [
        ("三五零七", False), ("三五零七", False), ("三五零七 九二一八", False), ("三五零七 九二一八", True),
    ]  # fmt: skip
    assert {one.tap_id for one in told} == {INFO.tap_id}


def test_who_says_nothing_has_an_empty_answer() -> None:
    told: list[AnswerHeard] = []
    AnswerOutlet(INFO, told.append).durable(ended())
    assert [(one.text, one.over) for one in told] == [("", True)]


def test_a_code_is_expected_and_not_a_street() -> None:
    info = with_digits(INFO)
    assert (info.words("zh"), info.words("en")) == (DIGITS["zh"], DIGITS["en"])
    assert info.tap_id == INFO.tap_id


def test_words_come_by_utterances_with_how_sure_they_are_and_what_was_not_understood() -> None:
    told: list[AnswerHeard] = []
    sink = AnswerOutlet(INFO, told.append)
    sink.durable(TranscriptGap(**WHERE, reason="engine"))
    sink.durable(said("不满意").model_copy(update={"certainty": ((1, 0.9), (3, 0.6))}))
    sink.durable(said("嗯").model_copy(update={"confidence": 0.8}))
    sink.durable(said("啊"))
    assert [(one.text, one.sure) for one in told[-1].utterances] == [
        ("", 0.0), ("不满意", 0.6), ("嗯", 0.8), ("啊", None),
    ]  # fmt: skip
    assert (told[-1].utterances[1].start_s, told[-1].utterances[1].end_s) == (0.5, 1.5)
    for _ in range(MOST_UTTERANCES):
        sink.durable(said("啊"))
    assert len(told[-1].utterances) == MOST_UTTERANCES


def test_short_words_are_expected_without_hints() -> None:
    words = expecting(replace(INFO, asked="words"))
    assert (words.words("zh"), words.words("en")) == ((), ())
    assert expecting(replace(INFO, asked="digits")).words("en") == DIGITS["en"]
