"""Recognises what somebody answers us and returns it to who asked; nothing of it is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from speech.events import AnswerHeard, AnswerUtterance, TranscriptEnded, TranscriptGap, TranscriptSegment
from speech.model import TapInfo
from speech.ports import DurableEvent

DIGITS: Final = {
    "zh": ("八位查询码是三五零七九二一八", "四六零零七一八五"),
    "en": ("eight digit code: three five oh seven, nine two one eight", "four six oh double seven one eight"),
}
"""Shown to the recogniser as what was said before: it then writes digits, not words that sound like them."""
MOST_UTTERANCES: Final = 100
"""Who says more answers nothing."""


def expecting(info: TapInfo) -> TapInfo:
    """The same tap with what its answer is made of as hints. Of short words there are none: each would be
    found again in any noise.
    """
    return with_digits(info) if info.asked == "digits" else replace(info, hints=(), hints_by_language={})


def with_digits(info: TapInfo) -> TapInfo:
    """The same tap with the words that a code is made of, in place of a city's."""
    return replace(info, hints=(), hints_by_language=DIGITS)


class AnswerOutlet:
    """Fills `speech.stream.StreamSink`: the text so far is told after each utterance, and that all is
    there.
    """

    def __init__(self, info: TapInfo, tell: Callable[[AnswerHeard], None]) -> None:
        self._info = info
        self._tell = tell
        self._said: list[AnswerUtterance] = []

    def partial(self, event: TranscriptSegment) -> None:
        """What may still change is of no use."""

    def durable(self, event: DurableEvent) -> None:
        if isinstance(event, TranscriptSegment) and event.text:
            self._add(event.text, event, _sure(event))
        elif isinstance(event, TranscriptGap):
            # What was said and not understood may turn round what is said next.
            self._add("", event, 0.0)
        over = isinstance(event, TranscriptEnded)
        text = " ".join(one.text for one in self._said if one.text)
        self._tell(AnswerHeard(tap_id=self._info.tap_id, text=text, over=over, utterances=[*self._said]))

    def _add(self, text: str, event: TranscriptSegment | TranscriptGap, sure: float | None) -> None:
        if len(self._said) < MOST_UTTERANCES:
            self._said.append(AnswerUtterance(text=text, start_s=event.start_s, end_s=event.end_s, sure=sure))


def _sure(event: TranscriptSegment) -> float | None:
    """Of its least sure piece, else of the whole."""
    return min((sure for _, sure in event.certainty), default=event.confidence)
