"""Recognises a caller's answer and returns it to the dialogue; nothing of it is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from speech.events import AnswerHeard, TranscriptEnded, TranscriptSegment
from speech.model import TapInfo
from speech.ports import DurableEvent

DIGITS: Final = {
    "zh": ("八位查询码是三五零七九二一八", "四六零零七一八五"),
    "en": ("eight digit code: three five oh seven, nine two one eight", "four six oh double seven one eight"),
}
"""Shown to the recogniser as what was said before: it then writes digits, not words that sound like them."""


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
        self._texts: list[str] = []

    def partial(self, event: TranscriptSegment) -> None:
        """What may still change is of no use."""

    def durable(self, event: DurableEvent) -> None:
        if isinstance(event, TranscriptSegment) and event.text:
            self._texts.append(event.text)
        over = isinstance(event, TranscriptEnded)
        self._tell(AnswerHeard(tap_id=self._info.tap_id, text=" ".join(self._texts), over=over))
