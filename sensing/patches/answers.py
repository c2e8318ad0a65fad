"""What an inspector's answer says of each place of his list. Pure."""

from __future__ import annotations

import re
from typing import Final

from cases.events import VerificationFinding
from sensing.patches.model import PatchResult

_PIECE: Final = re.compile(r"[；;。\n]+")
_NOT: Final = re.compile(r"不属实|不是|没有|not real|not", re.IGNORECASE)
_REAL: Final = re.compile(r"属实|real", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?<!\d)\d{1,2}(?!\d)", re.ASCII)


def results_of(finding: VerificationFinding, text: str, places: int) -> dict[int, PatchResult]:
    """By number of the place, from 1. As reported: all are real; nothing found: none is; something else:
    those that the words name (`属实 1 3；不属实 2`), and the others stay for a person to decide.
    """
    if finding is not VerificationFinding.DIFFERS:
        real = finding is VerificationFinding.CONFIRMED
        return dict.fromkeys(range(1, places + 1), PatchResult.REAL if real else PatchResult.NOT_REAL)
    found: dict[int, PatchResult] = {}
    twice: set[int] = set()
    for piece in _PIECE.split(text):
        rest, negated = _NOT.subn("", piece)
        if bool(negated) is bool(_REAL.search(rest)):
            continue  # neither, or both: a person reads it
        result = PatchResult.NOT_REAL if negated else PatchResult.REAL
        for number in map(int, _NUMBER.findall(piece)):
            if found.setdefault(number, result) is not result:
                twice.add(number)
    return {number: one for number, one in found.items() if 1 <= number <= places and number not in twice}
