"""Numbers that are read back: the agent repeats, the citizen says yes, or says what is wrong with it.

不是一，末尾是七，四零二七 · no, two one five: the digits that he gives take the place of the last ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cases.drafting.details.found import found
from cases.drafting.model import Evidence, FieldCandidate, FieldName, SegmentFindings
from cases.drafting.spans import Passage
from core.digits import runs

AMENDS = "~"
"""Begins the value of a candidate that only says what the last digits are."""
CONFIRMED, CORRECTED, ONLY_READ_BACK = 0.95, 0.9, 0.4
_WRONG = re.compile(
    r"不对|不是|错了|说错|更正|应该是|^\W*(?:no|nope|wrong|sorry|not)\b|\b(?:wrong|i said)\b", re.IGNORECASE
)
_TAIL = re.compile(r"末尾|尾号|最后|后[两三四二]位|\b(?:ends?|last|ending)\b", re.IGNORECASE)
_YES = re.compile(r"^\W*(?:嗯+[\s，,]*)?(?:对|是的|没错|是|yes|yeah|right|correct|exactly)", re.IGNORECASE)
_SPLIT = re.compile(r"^(.*?)(\d+)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class HeardNumber:
    """A number as it stands after everything that was said about it."""

    value: str
    sure: float
    evidence: tuple[Evidence, ...]
    earlier: tuple[str, ...] = ()


def amendments(passage: Passage, asked: str, field: FieldName) -> list[FieldCandidate]:
    """What a speaker says of the number that was read back to him, where he says that it is wrong."""
    own = passage.text[passage.cut :]
    if not asked or not (_WRONG.search(own) or _TAIL.search(own)):
        return []
    said = [
        run for run in runs(own, passage.language) if not own[run.end : run.end + 1].startswith(("号", "號"))
    ]
    rows = [run for run in said if len(run.digits) > 1]
    tail = _TAIL.search(own)
    if not rows and tail is not None:
        rows = [run for run in said if run.start >= tail.end()]
    if not rows:
        return []
    last = rows[-1]
    span = (passage.cut + last.start, passage.cut + last.end)
    return found(passage, field, span, AMENDS + last.digits, 0.8, corrects=True)


def settled(heard: Sequence[SegmentFindings], field: FieldName) -> list[HeardNumber]:
    """The number, and others that were given and not taken back; empty when nobody said one."""
    numbers: list[HeardNumber] = []
    read_back: FieldCandidate | None = None
    for item in heard:
        citizen = item.segment.speaker == "citizen"
        mine = item.of(field)
        if not citizen:
            read_back = mine[-1] if mine else read_back
            continue
        if read_back is not None and _YES.match(item.segment.text):
            numbers = _confirmed(numbers, read_back)
        for candidate in mine:
            numbers = _told(numbers, candidate, read_back)
        read_back = None if read_back is not None and mine else read_back
    if not numbers and read_back is not None:
        numbers = [HeardNumber(read_back.value, ONLY_READ_BACK, read_back.evidence)]
    return numbers


def _told(
    numbers: list[HeardNumber], candidate: FieldCandidate, read_back: FieldCandidate | None
) -> list[HeardNumber]:
    if candidate.value.startswith(AMENDS):
        base = numbers[0].value if numbers else (read_back.value if read_back else "")
        value = amended(base, candidate.value.removeprefix(AMENDS))
        if value is None:
            return numbers
        pieces = (numbers[0].evidence if numbers else ()) + candidate.evidence
        dropped = tuple(n.value for n in numbers[:1] if n.value != value)
        return [HeardNumber(value, CORRECTED, pieces, dropped), *numbers[1:]]
    same = next((n for n in numbers if n.value == candidate.value), None)
    if same is not None:
        sure = round(1 - (1 - same.sure) * (1 - candidate.weight), 3)
        surer = replace(same, sure=min(sure, 0.98))
        return [surer if n is same else n for n in numbers]
    number = HeardNumber(candidate.value, candidate.weight, candidate.evidence)
    if numbers and (candidate.value.startswith(numbers[0].value) or candidate.corrects):
        return [number, *numbers[1:]]  # the rest of a number that was cut by a pause
    return [*numbers, number]


def _confirmed(numbers: list[HeardNumber], read_back: FieldCandidate) -> list[HeardNumber]:
    """The citizen says yes: what was read back is the number, also where it was heard otherwise before."""
    if read_back.value.startswith(AMENDS):
        return numbers
    same = next((n for n in numbers if n.value == read_back.value), None)
    if same is not None:
        return [replace(same, sure=CONFIRMED), *(n for n in numbers if n is not same)]
    return [HeardNumber(read_back.value, CONFIRMED, read_back.evidence), *numbers]


def amended(number: str, tail: str) -> str | None:
    """`N14021` with the tail `4027` → `N14027`; None when the tail is longer than the number's digits."""
    match = _SPLIT.match(number)
    if match is None or not tail or len(tail) > len(match[2]):
        return None
    return match[1] + match[2][: len(match[2]) - len(tail)] + tail
