"""Drafts on the command line: turns text or a transcript into segments, and the draft into a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, TypeVar

from cases.drafting.expectation import Answer
from cases.drafting.model import Alternative, Draft, Evidence, FieldName, FieldValue, SpokenSegment
from cases.errors import NoSuchCategory
from cases.room import Knowledge
from core.errors import Invalid
from core.ids import uuid7
from gateway.recorded.documents import (
    TEXT_FIELDS,
    DocumentAdditionalProblem,
    DocumentAddress,
    DocumentAlarm,
    DocumentAlternative,
    DocumentCategory,
    DocumentDistrict,
    DocumentEvidence,
    DocumentGap,
    DocumentText,
    DraftDocument,
    Segment,
    Urgent,
)

T = TypeVar("T", DocumentCategory, DocumentDistrict, DocumentAddress, DocumentText)
MOST_TEXT: Final = 200_000
_LONGEST: Final = 2000  # characters of one segment; a longer line becomes several
_SPEAKER: Final = re.compile(
    r"^\s*(?P<who>c|citizen|caller|市民|来电人|a|agent|坐席|座席|客服)\s*[:：]\s*", re.IGNORECASE
)
_AGENT: Final = frozenset({"a", "agent", "坐席", "座席", "客服"})
_ENDS: Final = "。！？；.!?; "


def segments_of_text(text: str) -> list[Segment]:
    """One segment for each line; `a:` or `坐席：` before it is the agent, anything else the citizen.

    Raises `Invalid` when nothing is said, or too much.
    """
    if len(text) > MOST_TEXT:
        raise Invalid(f"more than {MOST_TEXT} characters", remedy="give one call at a time")
    found = [
        Segment(segment=f"s{number}", speaker=speaker, text=words)
        for number, (speaker, words) in enumerate(_lines(text), 1)
    ]
    if not found:
        raise Invalid("the text is empty", remedy='give what was said: --text "…", or - to read it')
    return found


def _lines(text: str) -> Iterator[tuple[Literal["citizen", "agent"], str]]:
    for line in text.splitlines():
        match = _SPEAKER.match(line)
        speaker: Literal["citizen", "agent"] = (
            "agent" if match and match["who"].lower() in _AGENT else "citizen"
        )
        rest = line[match.end() :].strip() if match else line.strip()
        while rest:
            end = _cut(rest)
            yield speaker, rest[:end].strip()
            rest = rest[end:].strip()


def _cut(text: str) -> int:
    """Where a text that is too long for one segment is cut: behind a sentence, if there is one."""
    if len(text) <= _LONGEST:
        return len(text)
    return next((at + 1 for at in range(_LONGEST - 1, _LONGEST // 2, -1) if text[at] in _ENDS), _LONGEST)


def drafted(known: Knowledge, segments: Sequence[Segment], gaps: Sequence[DocumentGap] = ()) -> DraftDocument:
    """What the desk would show after these words."""
    draft = Draft(draft_id=uuid7())
    for one in segments:
        spoken = SpokenSegment(
            segment_id=one.segment,
            speaker=one.speaker,
            text=one.text[:4000],
            start=one.start_s or 0.0,
            end=one.end_s or 0.0,
            confidence=one.confidence,
            certainty=tuple(one.certainty),
        )
        draft, _ = known.drafter.apply(draft, spoken)
    return _Shown(known, draft, {one.segment: one for one in segments}).document(segments, gaps)


class _Shown:
    def __init__(self, known: Knowledge, draft: Draft, segments: dict[str, Segment]) -> None:
        self._known = known
        self._draft = draft
        self._segments = segments
        self._answers = known.comparison.view(draft)

    def document(self, segments: Sequence[Segment], gaps: Sequence[DocumentGap]) -> DraftDocument:
        return DraftDocument(
            category=self._category(),
            district=self._district(),
            address=self._address(),
            urgent=self._urgent(),
            **{name: self._text(FieldName(name)) for name in TEXT_FIELDS},
            additional_problems=[
                DocumentAdditionalProblem(
                    value=one.category,
                    name=self._class_name(one.category),
                    confidence=round(one.confidence, 3),
                    evidence=[self._words(piece) for piece in one.evidence],
                )
                for one in self._draft.additional_problems
            ],
            alarms=[
                DocumentAlarm(number=one.number, rule=one.rule, evidence=self._words(one.evidence))
                for one in self._draft.alarms
            ],
            segments=list(segments),
            gaps=list(gaps),
        )

    def _category(self) -> DocumentCategory:
        held = self._draft.fields[FieldName.CATEGORY]
        shown = DocumentCategory(
            value=None,
            confidence=_sure(held),
            shown=held.shown.value,
            evidence=self._evidence(held),
            others=self._others(held, self._class_name),
            detail=dict(held.detail),
        )
        if held.value is not None:
            row = self._known.catalogues.by_ref(held.value)
            shown.value = shown.name = row.name_zh
            shown.scheme, shown.version, shown.code = row.scheme, row.version, row.code
            shown.name_en = row.name_en
        return _with_runner_up(shown)

    def _district(self) -> DocumentDistrict:
        held = self._draft.fields[FieldName.DISTRICT]
        return _with_runner_up(
            DocumentDistrict(
                value=_str(self._answers["district"]),
                code=held.value,
                confidence=_sure(held),
                shown=held.shown.value,
                evidence=self._evidence(held),
                others=self._others(held, self._district_name),
                detail=dict(held.detail),
            )
        )

    def _address(self) -> DocumentAddress:
        value = _str(self._answers["address"])
        is_crossing = value is not None and value == self._draft.value(FieldName.CROSSING)
        held = self._draft.fields[FieldName.CROSSING if is_crossing else FieldName.ADDRESS]
        kind: Literal["address", "crossing"] = "crossing" if is_crossing else "address"
        return _with_runner_up(
            DocumentAddress(
                value=value,
                kind=kind if value else None,
                confidence=_sure(held) if value else 0.0,
                shown=held.shown.value if value else "offered",
                evidence=self._evidence(held) if value else [],
                others=self._others(held),
                detail=dict(held.detail) if value else {},
            )
        )

    def _urgent(self) -> Urgent:
        held = self._draft.fields[FieldName.URGENCY]
        level = held.value if held.value in {"normal", "urgent", "danger"} else None
        return Urgent.model_validate(
            {
                "value": bool(self._answers["urgent"]),
                "level": level,
                "confidence": _sure(held),
                "shown": held.shown.value,
                "evidence": self._evidence(held),
                "detail": dict(held.detail),
            }
        )

    def _text(self, name: FieldName) -> DocumentText:
        held = self._draft.fields[name]
        return _with_runner_up(
            DocumentText(
                value=held.value,
                confidence=_sure(held),
                shown=held.shown.value,
                evidence=self._evidence(held),
                others=self._others(held),
                detail=dict(held.detail),
            )
        )

    def _evidence(self, held: FieldValue) -> list[DocumentEvidence]:
        return [self._words(piece) for piece in held.evidence]

    def _words(self, piece: Evidence) -> DocumentEvidence:
        said = self._segments[piece.segment_id]
        return DocumentEvidence(
            segment=piece.segment_id,
            start=piece.start,
            end=piece.end,
            words=said.text[piece.start : piece.end],
            speaker=said.speaker,
        )

    def _others(
        self, held: FieldValue, name: Callable[[str], str | None] = lambda _: None
    ) -> list[DocumentAlternative]:
        offered: Sequence[Alternative] = held.others or ([held.runner_up] if held.runner_up else [])
        return [
            DocumentAlternative(value=one.value, name=name(one.value), confidence=round(one.confidence, 3))
            for one in offered
        ]

    def _class_name(self, ref: str) -> str | None:
        try:
            return self._known.catalogues.by_ref(ref).name_zh
        except NoSuchCategory:
            return None

    def _district_name(self, code: str) -> str | None:
        found = self._known.gazetteer.district(code)
        return found.name_zh if found else None


def _sure(held: FieldValue) -> float:
    return round(held.confidence, 3) if held.value is not None else 0.0


def _str(answer: Answer) -> str | None:
    return answer if isinstance(answer, str) else None


def _with_runner_up(shown: T) -> T:
    shown.runner_up = shown.others[0] if shown.others else None
    return shown
