"""The number to call back on, as it is spoken digit by digit. Personal: it goes to no log and to no unit."""

from __future__ import annotations

import re

from cases.catalogue.fields import DetailWords
from cases.drafting.details.found import found
from cases.drafting.model import FieldCandidate, FieldName
from cases.drafting.spans import Passage
from core.digits import DigitRun, runs

SHORTEST, LONGEST = 7, 12
NEAR = 24
"""Characters around the digits in which a word says whose number it is."""
_MOBILE = re.compile(r"1[3-9]\d{9}")
_CUT_SHORT = re.compile(r"1[3-9](?:\d{6,8}|\d{10})")
"""It begins like a mobile number and is none: a digit was missed or said twice."""
SURE, IN_DOUBT = 0.85, 0.55


class CallbackReader:
    def __init__(self, words: DetailWords) -> None:
        self._phone = words.phone
        self._none = words.no_phone

    def find(self, passage: Passage, asked: str = "") -> list[FieldCandidate]:
        """Numbers that the speaker gives; `asked` is what the other one said right before."""
        out: list[FieldCandidate] = []
        for run in runs(passage.text, passage.language):
            if self._is_number(passage, run, asked):
                detail = {"digits": len(run.digits)}
                sure = IN_DOUBT if _CUT_SHORT.fullmatch(run.digits) else SURE
                out += found(passage, FieldName.CALLBACK, (run.start, run.end), run.digits, sure, detail)
        return out

    def _is_number(self, passage: Passage, run: DigitRun, asked: str) -> bool:
        if not SHORTEST <= len(run.digits) <= LONGEST:
            return False
        before = passage.text[max(0, run.start - NEAR) : run.start].casefold()
        after = passage.text[run.end : run.end + NEAR].casefold()
        wanted, none = self._phone.of(passage.language), self._none.of(passage.language)
        last = max((before.rfind(word) for word in wanted), default=-1)
        if max((before.rfind(word) for word in none), default=-1) > last:
            return False
        if _MOBILE.fullmatch(run.digits) or last >= 0 or any(word in after for word in wanted):
            return True
        heard = asked.casefold()
        return any(word in heard for word in (*self._phone.zh, *self._phone.en))
