"""What a hand-over to the police, the fire brigade and others settles in a draft: pure."""

from __future__ import annotations

from typing import Final

from cases.drafting.model import Draft, FieldName, FieldValue, SegmentFindings
from cases.shown import Shown

_DANGER: Final = "danger"


def handed_over(draft: Draft, number: str) -> Draft:
    """The draft of a call that `number` has taken: its alarms for this number are settled and those for
    others stay. The number and the urgency are decided by the act itself, so drafting does not take them
    back. The same draft when nothing is left to settle.
    """
    open_ = [one for one in draft.alarms if one.number == number and not one.dismissed]
    done = draft.fields[FieldName.HANDOFF]
    if not open_ and done.by == "agent" and done.value == number:
        return draft
    rev = draft.rev + 1
    fields = {**draft.fields, FieldName.HANDOFF: _decided(number, rev)}
    urgency = draft.fields[FieldName.URGENCY]
    if urgency.by != "agent" and urgency.value == _DANGER:
        fields[FieldName.URGENCY] = _decided(_DANGER, rev)
    heard = tuple(_settled(item, number) for item in draft.heard)
    return draft.model_copy(update={"rev": rev, "fields": fields, "heard": heard})


def _decided(value: str, rev: int) -> FieldValue:
    return FieldValue(value=value, confidence=1.0, shown=Shown.SURE, by="agent", rev=rev)


def _settled(item: SegmentFindings, number: str) -> SegmentFindings:
    if not any(one.number == number and not one.dismissed for one in item.alarms):
        return item
    alarms = tuple(
        one.model_copy(update={"dismissed": True}) if one.number == number else one for one in item.alarms
    )
    return item.model_copy(update={"alarms": alarms})
