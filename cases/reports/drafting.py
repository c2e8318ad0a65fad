"""What drafting makes of a written report."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from cases.drafting.drafter import Drafter
from cases.drafting.model import Draft, FieldName, FieldValue, SpokenSegment
from cases.events import CaseSource
from cases.shown import Shown
from citizen.events import ReportReceived
from core import numbers
from core.place import Position

MOST_SENTENCES: Final = 40
_SENTENCE: Final = re.compile(r"[^。！？!?\n]+[。！？!?\n]*")
_LONGEST: Final = 400
"""Characters that are read in one go: as many as somebody says in one breath."""


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, in their order; a long one in pieces."""
    for found in _SENTENCE.finditer(text):
        sentence = found[0].strip()
        for at in range(0, len(sentence), _LONGEST):
            yield sentence[at : at + _LONGEST]


async def draft_of(drafter: Drafter, report: ReportReceived) -> Draft:
    """The draft of a report, as if a citizen had said it. The description is the citizen's own text; a place
    and a number that were given beside the text stand where drafting found none. Between two sentences other
    tasks run: calls go first.
    """
    draft = Draft(
        draft_id=report.report_id,
        began_at=report.received_at,
        source=report.source,
        position=report.position,
    )
    told = [*sentences(report.text), *sentences(report.place)]
    for number, text in enumerate(told[:MOST_SENTENCES]):
        segment = SpokenSegment(segment_id=f"report:{number}", speaker="citizen", text=text)
        draft, _ = drafter.apply(draft, segment)
        await asyncio.sleep(0)
    fields = dict(draft.fields)
    fields[FieldName.DESCRIPTION] = _given(report.text, Shown.SURE)
    if report.category and draft.value(FieldName.CATEGORY) != report.category:
        # Somebody chose it from a list: the agent looks at it, whatever the words sounded like.
        fields[FieldName.CATEGORY] = _given(report.category, Shown.DOUBTFUL)
    somewhere = draft.value(FieldName.ADDRESS) or draft.value(FieldName.CROSSING)
    if report.place and somewhere is None:
        fields[FieldName.ADDRESS] = _given(report.place, Shown.DOUBTFUL)
    if report.part_id:  # the register's own number finds the part, whatever number the words name
        fields[FieldName.ASSET] = _given(report.part_id, Shown.DOUBTFUL)
    phone = numbers.read(report.phone)
    if phone is not None:
        fields[FieldName.CALLBACK] = _given(phone.national, Shown.SURE)
    return draft.model_copy(update={"fields": fields})


def draft_of_places(draft_id: UUID, at: datetime, place: str, words: str, position: Position) -> Draft:
    """The draft of places that pictures of the ground show: nobody said it, so nothing is drafted of it."""
    draft = Draft(draft_id=draft_id, began_at=at, source=CaseSource.OTHER_SYSTEM, position=position)
    fields = dict(draft.fields)
    fields[FieldName.DESCRIPTION] = _given(words, Shown.SURE)
    fields[FieldName.ADDRESS] = _given(place, Shown.DOUBTFUL)
    return draft.model_copy(update={"fields": fields})


def _given(text: str, shown: Shown) -> FieldValue:
    return FieldValue(value=text, confidence=1.0 if shown is Shown.SURE else 0.5, shown=shown)
