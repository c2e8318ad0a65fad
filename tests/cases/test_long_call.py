"""A call that never ends: one more segment costs no more, and nothing in its draft grows without end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import islice
from time import process_time
from types import FrameType
from typing import Any

import pytest

from cases.catalogue import load_catalogues, load_words
from cases.drafting import Draft, FieldName, SpokenSegment
from cases.drafting import drafter as drafting
from cases.drafting.categories import known_of, named
from cases.drafting.drafter import Drafter
from cases.drafting.intents import agreed
from cases.drafting.intents.call import numbers
from cases.drafting.model import MAX_EVIDENCE, DangerAlarm, Evidence, FieldCandidate, SegmentFindings
from cases.gazetteer import load_gazetteer
from lab.judging.conversation import tools
from tests.cases.long_call import turns
from tests.cases.test_drafting import EMPTY, said

REMEMBERED = 24
"""So few segments, that many more than a draft remembers are soon heard."""
CLASSES = [f"gbt30428.2@2013/{code}" for code in ("P0137", "P0123", "E0110")]
STREETS = ("学府路", "公滨路", "中央大街", "靖宇街")


class Flooded(Drafter):
    """Finds something new for every field in every segment, so that whatever could grow does."""

    def _hear(
        self, segment: SpokenSegment, earlier: Sequence[SegmentFindings], began_at: datetime | None
    ) -> SegmentFindings:
        at = int(segment.segment_id)
        proof = (Evidence(segment_id=segment.segment_id, start=0, end=len(segment.text)),)

        def found(field: FieldName, value: str, weight: float, source: str = "") -> FieldCandidate:
            return FieldCandidate(field=field, value=value, weight=weight, evidence=proof, source=source)

        candidates = [
            *(
                found(FieldName.CATEGORY, one, 0.4, source)
                for one in CLASSES
                for source in ("words", "letters")
            ),
            *(found(FieldName.CATEGORY, one, 0.1, "meaning") for one in CLASSES),
            found(FieldName.INTENT, "report", 0.7),
            found(FieldName.INTENT, "status", 0.6, "trained"),
            found(FieldName.ADDRESS, f"{STREETS[at % 4]}{at}号", 0.8),
            found(FieldName.DISTRICT, "230103", 0.6),
            found(FieldName.CALLBACK, f"139{at:08d}", 0.7),
            found(FieldName.TIME, f"since 2026-11-24T{at % 24:02d}", 0.7),
            found(FieldName.URGENCY, "urgent", 0.6),
        ]
        alarm = DangerAlarm(rule="fire", number="119", evidence=proof[0])
        return SegmentFindings(segment=segment, candidates=tuple(candidates), alarms=(alarm,))


def calls(work: Callable[[], object]) -> int:
    """How many functions it calls: the work of it, however busy the machine is."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "segments",
    [
        600,
        pytest.param(
            10_000,
            marks=pytest.mark.soak(
                rule="Of ten thousand segments the last costs what the first did",
                short="tests/cases/test_long_call.py"
                "::test_one_more_segment_costs_what_it_did_and_nothing_grows",
            ),
        ),
    ],
)
def test_one_more_segment_costs_what_it_did_and_nothing_grows(
    monkeypatch: pytest.MonkeyPatch, segments: int
) -> None:
    monkeypatch.setattr(drafting, "MAX_SEGMENTS", REMEMBERED)
    drafter = Flooded(
        words=load_words(), catalogue=load_catalogues().default, gazetteer=load_gazetteer(), classifiers=()
    )
    draft = EMPTY
    early = early_size = 0
    for at in range(segments):
        draft, _ = drafter.apply(draft, said("着火了路灯也不亮", str(at)))
        if at == 2 * REMEMBERED:
            early = calls(lambda: drafter.apply(draft, said("好", "88888888")))  # noqa: B023
            early_size = len(draft.model_dump_json())
    assert (len(draft.heard), draft.dropped) == (REMEMBERED, segments - REMEMBERED)
    assert calls(lambda: drafter.apply(draft, said("好", "88888888"))) < early * 1.2
    assert len(draft.model_dump_json()) < early_size * 1.2
    for name, value in draft.fields.items():
        assert len(value.others) <= 3, name
        assert len(value.evidence) <= max(MAX_EVIDENCE + 2, REMEMBERED * (name is FieldName.DESCRIPTION)), (
            name
        )
    assert draft.value(FieldName.HANDOFF) == "119"
    category = draft.fields[FieldName.CATEGORY]
    assert {category.value, *(other.value for other in category.others)} - {None} <= set(CLASSES)
    assert category.value or category.others


def test_a_call_as_it_is_told_costs_no_more_once_the_draft_remembers_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drafting, "MAX_SEGMENTS", REMEMBERED)
    drafter, _ = tools()

    def cost(draft: Draft) -> int:
        return calls(lambda: drafter.apply(draft, said("学府路路灯不亮", "last")))

    draft, costs = EMPTY, []
    for at, segment in enumerate(islice(turns(), 6 * REMEMBERED)):
        draft, _ = drafter.apply(draft, segment)
        if (at + 1) % REMEMBERED == 0:
            costs.append(cost(draft))
    assert len(draft.heard) == REMEMBERED
    assert max(costs[2:]) < 1.5 * max(costs[:2])


def operations(work: Callable[[], object]) -> int:
    """How many instructions of Python it carries out: loops count, too, and the machine may be busy."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return counted

    before = sys.gettrace()
    sys.settrace(counted)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def told(field: FieldName, source: str, times: int) -> list[SegmentFindings]:
    """The same guess of so many segments."""
    value = CLASSES[0] if field is FieldName.CATEGORY else "report"
    return [
        SegmentFindings(
            segment=said("路灯不亮", str(at)),
            candidates=(
                FieldCandidate(
                    field=field,
                    value=value,
                    weight=0.4,
                    evidence=(Evidence(segment_id=str(at), start=0, end=4),),
                    source=source,
                ),
            ),
        )
        for at in range(times)
    ]


WEIGHED = pytest.mark.parametrize(
    ("field", "source", "weighed"),
    [
        (FieldName.CATEGORY, "words", lambda heard: named(known_of(heard))),
        (FieldName.CATEGORY, "letters", lambda heard: named(known_of(heard))),
        (FieldName.INTENT, "", lambda heard: agreed(heard, numbers(heard))),
        (FieldName.INTENT, "trained", lambda heard: agreed(heard, numbers(heard))),
    ],
    ids=["words", "letters", "said", "trained"],
)


@WEIGHED
def test_what_is_told_again_and_again_is_weighed_in_one_pass(
    field: FieldName, source: str, weighed: Callable[[Sequence[SegmentFindings]], object]
) -> None:
    """Four times as many segments are four times the work; each weighed with all before it, sixteen."""

    def work(times: int) -> int:
        heard = told(field, source, times)
        return operations(lambda: weighed(heard))

    work(1)
    assert work(400) < 5 * work(100)


@pytest.mark.soak(
    rule="Thousands of segments are weighed in a time that grows as they do",
    short="tests/cases/test_long_call.py::test_what_is_told_again_and_again_is_weighed_in_one_pass",
)
@WEIGHED
def test_of_thousands_of_segments_each_takes_as_long_as_of_few(
    field: FieldName, source: str, weighed: Callable[[Sequence[SegmentFindings]], object]
) -> None:
    """As above by the clock, for what is done outside of Python."""

    def took(times: int) -> float:
        runs = []
        for _ in range(15):
            fresh = told(field, source, times)
            began = process_time()
            weighed(fresh)
            runs.append(process_time() - began)
        return min(runs)

    assert took(8000) < 11 * took(2000)  # more memory is touched, and others use the caches too
