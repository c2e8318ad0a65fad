"""Judges one draft by the right answer of its report. Pure; uses none of the rules that it judges.

Every mark is one thing counted in one row; in the rows of faults (`Row.fault`) a hit is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases.drafting import Draft, FieldName, FieldValue
from cases.shown import Shown
from lab.corpora.calls import Report
from lab.judging.answer import JUDGED, Answer, code_of
from lab.judging.place import spot

BEST = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """`what` names the field where a row has several; `expected` and `drafted` only explain."""

    row: str
    hit: bool
    what: str = ""
    expected: object = None
    drafted: object = None


def judge(report: Report, draft: Draft, *, proofs: bool = True) -> list[Mark]:
    """Every mark of one report. Without `proofs` (recognised text) no evidence is judged."""
    answer = Answer.of(report)
    marks = [
        *_category(answer, draft),
        *_place(answer, draft),
        *_danger(answer, draft, near=report["danger"] == "near-miss"),
        *_wrong_but_sure(answer, draft),
        *_empty(answer, draft),
        _same("intent", answer.intent, draft.value(FieldName.INTENT)),
        *(Mark("further", bool(found_further(draft) & codes), "", sorted(codes)) for codes in answer.more),
    ]
    return [*marks, *_evidence(report, answer, draft)] if proofs else marks


def place_of(draft: Draft) -> FieldName:
    """The field that says best where it is: an address with its number, else a crossing, else a name."""
    address = draft.value(FieldName.ADDRESS)
    numbered = address is not None and address.endswith("号")
    crossing = draft.value(FieldName.CROSSING) is not None
    return FieldName.CROSSING if crossing and not numbered else FieldName.ADDRESS


def found_further(draft: Draft) -> frozenset[str]:
    """Codes of the problems that a draft offers a further draft for."""
    return frozenset(filter(None, (code_of(one.category) for one in draft.additional_problems)))


def _same(row: str, expected: object, drafted: object, what: str = "") -> Mark:
    return Mark(row, expected == drafted, what, expected, drafted)


def _category(answer: Answer, draft: Draft) -> list[Mark]:
    if not answer.category:
        return []
    field = draft.fields[FieldName.CATEGORY]
    codes = [code_of(value) for value in (field.value, *(other.value for other in field.others)) if value]
    wanted = sorted(answer.category)
    return [
        Mark("category_in_three", bool(answer.category & set(codes[:BEST])), "", wanted, codes[:BEST]),
        Mark("category_first", code_of(field.value) in answer.category, "", wanted, codes[:1]),
    ]


def _place(answer: Answer, draft: Draft) -> list[Mark]:
    marks = []
    if answer.district is not None:
        marks.append(_same("district", answer.district, draft.value(FieldName.DISTRICT)))
    if answer.has_place:
        value = draft.value(place_of(draft))
        given = spot(value or "")
        named = bool(given.names) and given.names <= answer.names
        marks += [
            Mark("street", named, "", answer.written, value),
            Mark("place", given in answer.places, "", answer.written, value),
        ]
    return marks


def _danger(answer: Answer, draft: Draft, *, near: bool) -> list[Mark]:
    urgency = draft.value(FieldName.URGENCY) or "normal"
    number = draft.value(FieldName.HANDOFF)
    heard = {alarm.number for alarm in draft.alarms} | ({number} if number else set())
    marks = [_same("urgency", answer.urgency, urgency)]
    right = number in answer.numbers if answer.numbers else number is None
    marks.append(Mark("handoff", right, "", sorted(answer.numbers), number))
    wanted, shown = sorted(answer.numbers), sorted(heard)
    if answer.is_danger:
        found = bool(heard & answer.numbers) if answer.numbers else bool(heard)
        marks.append(Mark("danger_found", found, "", wanted, shown))
        marks.append(Mark("danger_alarmed", bool(heard) or urgency == "danger", "", wanted, shown))
    else:
        # A crime may have to be handed over without a danger to life: its own number is no false alarm.
        false = bool(heard - answer.numbers) or (urgency == "danger" and not answer.numbers)
        marks.append(Mark("false_alarms", false, "", wanted, shown))
        if near:
            marks.append(Mark("false_alarms_near", false, "", wanted, shown))
    return marks


def _wrong_but_sure(answer: Answer, draft: Draft) -> list[Mark]:
    out = []
    for name in JUDGED:
        field = draft.fields[name]
        if field.value is None or not _is_sure(field):
            continue
        wrong = not answer.right(name, field.value)
        out.append(Mark("wrong_but_sure", wrong, name.value, _wanted(answer, name), field.value))
    return out


def _is_sure(field: FieldValue) -> bool:
    return field.by == "draft" and field.shown is Shown.SURE


def _wanted(answer: Answer, name: FieldName) -> object:
    return {
        FieldName.CATEGORY: sorted(answer.category),
        FieldName.DISTRICT: answer.district,
        FieldName.URGENCY: answer.urgency,
        FieldName.HANDOFF: sorted(answer.numbers),
        FieldName.INTENT: answer.intent,
    }.get(name, answer.written)


def _empty(answer: Answer, draft: Draft) -> list[Mark]:
    """A call that is no report fills no category, no urgency and no hand-over."""
    values = {name.value: draft.value(name) for name in JUDGED if draft.value(name) is not None}
    marks = []
    if answer.intent != "report":
        filled = {key: values[key] for key in ("category", "urgency", "handoff") if key in values}
        marks.append(Mark("no_report_empty", not filled, "", None, filled))
    nothing = {
        "category": not answer.category,
        "district": answer.district is None,
        "address": not answer.has_place,
        "crossing": not answer.has_place,
    }
    return marks + [
        Mark("nothing_filled", key not in values, key, None, values.get(key))
        for key, empty in nothing.items()
        if empty
    ]


def _evidence(report: Report, answer: Answer, draft: Draft) -> list[Mark]:
    """Of every field that is right and whose proof is known: does what it came from touch the proof?"""
    asked = {
        "category": FieldName.CATEGORY,
        "district": FieldName.DISTRICT,
        "place": place_of(draft),
        "danger": FieldName.URGENCY,
        "intent": FieldName.INTENT,
    }
    out = []
    for key, name in asked.items():
        proofs = report["proof"].get(key) or ()
        field = draft.fields[name]
        if not proofs or field.value is None or not answer.right(name, field.value):
            continue
        hit = any(_touches(report, proof, draft, field) for proof in proofs)
        out.append(Mark("evidence", hit, key, [proof["words"] for proof in proofs], _words(draft, field)))
    return out


def _touches(report: Report, proof: Mapping[str, Any], draft: Draft, field: FieldValue) -> bool:
    texts = {heard.segment.segment_id: heard.segment.text for heard in draft.heard}
    segment = f"{report['id']}-{proof['turn']}"
    found = [m.span() for m in re.finditer(re.escape(proof["words"]), texts.get(segment, ""))]
    return any(
        piece.segment_id == segment and piece.start < end and start < piece.end
        for piece in field.evidence
        for start, end in found
    )


def _words(draft: Draft, field: FieldValue) -> list[str]:
    texts = {heard.segment.segment_id: heard.segment.text for heard in draft.heard}
    return [texts.get(piece.segment_id, "")[piece.start : piece.end] for piece in field.evidence]
