"""Limits graded by class of area: a place has the class of its beat, else the city's default, and the clock
says whose limit it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from unittest.mock import patch

import pytest

from cases.area_class import AREA_CLASSES, AreaClass
from cases.assignments.clocks import current
from cases.assignments.following import CaseAssignments
from cases.assignments.record import AssignmentRecord
from cases.beats.area_check import check_area_classes
from cases.beats.importer import merge_beats, read_beats
from cases.beats.model import Beat
from cases.catalogue import load_catalogues
from cases.catalogue.model import Catalogues, Limit, LimitAmount, parse_limit
from cases.deadlines.recompute import CaseRecompute, RecomputedCase
from cases.dispatch.record import DispatchRecord
from cases.drafting.model import FieldName
from cases.events import CaseView
from cases.life.model import CaseAction
from cases.paper.service import PaperCase
from cases.responsibility.store import DepartmentPart
from cases.room import Knowledge
from cases.settings import CasesSettings
from cases.views import CaseViews
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage
from tests.cases.deadlines.test_clocks_of_cases import NINE, NO_LIMIT, WASTE, act
from tests.cases.rooms import AGENT, DISPATCHER, Stage, known, stage
from tests.cases.web import desk_of

FIRST = 230110000000000
CENTRE, EDGE, PLAIN = (FIRST + number for number in (1, 2, 3))
AREAS: Mapping[AreaClass, LimitAmount] = {"A": parse_limit("2工作时"), "C": parse_limit("8工作时")}


def beat(name: str, cell: int, area_class: str = "", line: int = 0) -> Beat:
    return Beat.model_validate(
        {"beat_id": name, "name_zh": name, "cells": [str(cell)], "people": ["wang"], "line": line,
         "area_class": area_class}
    )  # fmt: skip


BEATS = (beat("centre", CENTRE, "A"), beat("edge", EDGE, "C"), beat("plain", PLAIN))


@cache
def graded() -> Knowledge:
    """Exposed waste: two working hours in class A, eight in C, four elsewhere."""
    default = known().catalogues.default
    limits = tuple(replace(one, areas=AREAS) if one.code == "E0110" else one for one in default.limits)
    catalogues = Catalogues(replace(default, limits=limits), known().catalogues.others)
    return replace(known(), catalogues=catalogues)


def on_stage(storage: Storage, default: AreaClass | None = None) -> tuple[Stage, ManualClock]:
    storage.clock = clock = ManualClock(NINE)
    on = stage(storage, knows=graded, settings=CasesSettings(area_class=default))
    on.room.grid.use(BEATS)
    return on, clock


async def filed(on: Stage, cell: int | None, category: str = WASTE, urgency: str | None = None) -> CaseView:
    fields = {
        FieldName.CATEGORY: category, FieldName.ADDRESS: "公滨路5号", FieldName.DISTRICT: "230110",
        FieldName.CELL: None if cell is None else str(cell), FieldName.URGENCY: urgency,
    }  # fmt: skip
    paper = PaperCase(fields, on.storage.clock.now(), "王")
    return await on.room.paper.enter(paper, op_id=uuid7(), actor=AGENT)


def told(case: CaseView) -> tuple[str | None, str | None, str]:
    """The class of the place, that of the limit, and the limit."""
    assert case.deadline is not None
    return case.area_class, case.deadline.area_class, case.deadline.limit


async def assigned(on: Stage, case: CaseView) -> tuple[str, str | None]:
    """The limit of its host's clock, and the class of area that it is of."""
    found = await on.room.assignments.of_case(DISPATCHER, case.case_id)
    host = next(one for one in found if one.assignment.part is DepartmentPart.HOST)
    clock = current(host.clocks)
    assert clock is not None
    return clock.limit_text, clock.area_class


async def test_the_beat_of_its_place_grades_a_case(any_storage: Storage) -> None:
    on, _ = on_stage(any_storage)
    centre = await filed(on, CENTRE)
    assert told(centre) == ("A", "A", "2工作时")
    assert centre.deadline is not None
    assert centre.deadline.due_at == NINE + timedelta(hours=2)
    assert told(await filed(on, EDGE)) == ("C", "C", "8工作时")
    assert told(await filed(on, PLAIN)) == (None, None, "4工作时")
    assert told(await filed(on, None)) == (None, None, "4工作时")
    assert told(await on.room.cases.get(centre.case_id)) == ("A", "A", "2工作时"), "kept with the case"
    ungraded = await filed(on, CENTRE, NO_LIMIT, urgency="urgent")
    assert told(ungraded) == ("A", None, "1紧急工作时"), "the row for urgent cases is not graded"


async def test_the_form_learns_which_area_decides_and_that_another_may(storage: Storage) -> None:
    async with desk_of(storage, (AGENT,)) as desk:
        with patch.object(desk.on.room.deadlines, "_catalogues", graded().catalogues):
            desk.on.room.grid.use(BEATS)

            async def expected(category: str, beat_id: str = "") -> tuple[str | None, bool]:
                query = f"/cases/expected?category={category}&beat={beat_id}"
                found = (await desk(AGENT, "GET", query)).json()
                return found["deadline"]["area_class"], found["area_open"]

            assert await expected(WASTE, "centre") == ("A", False)
            assert await expected(WASTE) == (None, True)
            assert await expected("gbt30428.2@2013/P0101") == (None, False), "a class without graded limits"


async def test_its_department_counts_the_same_and_says_so(any_storage: Storage) -> None:
    on, _ = on_stage(any_storage)
    case = await filed(on, CENTRE)
    assert await assigned(on, case) == ("2工作时", "A")
    done = await act(on, case.case_id, CaseAction.DONE)
    again = await act(on, done.case_id, CaseAction.REOPEN)
    assert told(again) == ("A", "A", "2工作时"), "a reopened case counts by its area too"


async def test_a_place_without_a_class_has_the_citys_default(any_storage: Storage) -> None:
    on, _ = on_stage(any_storage, default="C")
    assert told(await filed(on, PLAIN)) == ("C", "C", "8工作时")
    assert told(await filed(on, None)) == ("C", "C", "8工作时")
    on, _ = on_stage(any_storage, default="B")
    assert told(await filed(on, PLAIN)) == ("B", None, "4工作时"), "no limit of its own: the general one"


def recompute(on: Stage) -> CaseRecompute:
    room = on.room
    dispatches = DispatchRecord(
        on.storage.clock, room.search, CaseViews(room.knowledge.catalogues, room.knowledge.gazetteer)
    )
    kept = AssignmentRecord(room.deadlines, room.record, dispatches, on.audited)
    assignments = CaseAssignments(room.knowledge.workflow, room.deadlines, kept)
    return CaseRecompute(
        on.storage, room.deadlines, room.departments, room.record, assignments, room.grid.area_class_now
    )


async def ran(on: Stage, *, write: bool) -> list[RecomputedCase]:
    return [one async for one in recompute(on).run(AGENT, write=write)]


async def test_a_change_of_the_class_reaches_open_cases_by_recompute(any_storage: Storage) -> None:
    on, clock = on_stage(any_storage)
    moved, stays, done = await filed(on, CENTRE), await filed(on, EDGE), await filed(on, CENTRE)
    await act(on, done.case_id, CaseAction.DONE)
    on.room.grid.use((beat("centre", CENTRE, "C"), *BEATS[1:]))
    assert told(await on.room.cases.get(moved.case_id)) == ("A", "A", "2工作时"), "nothing moves by itself"
    (tried,) = await ran(on, write=False)
    assert (tried.case_id, tried.area_before, tried.area_after) == (moved.case_id, "A", "C")
    assert told(await on.room.cases.get(moved.case_id)) == ("A", "A", "2工作时")
    clock.advance(60)
    (change,) = await ran(on, write=True)
    assert "管理区域 area A → C" in change.words
    now = await on.room.cases.get(moved.case_id)
    assert told(now) == ("C", "C", "8工作时")
    assert now.deadline is not None
    assert now.deadline.started_at == NINE
    assert await assigned(on, moved) == ("8工作时", "C")
    assert told(await on.room.cases.get(stays.case_id)) == ("C", "C", "8工作时")
    assert told(await on.room.cases.get(done.case_id)) == ("A", "A", "2工作时"), "what is done stays"
    assert await ran(on, write=True) == []


@pytest.mark.parametrize("area", AREA_CLASSES)
def test_a_row_counts_its_own_amount_or_the_general_one(area: AreaClass) -> None:
    row = Limit("E0110", "发现", "found", parse_limit("4工作时"), "own", AREAS)
    found = row.in_area(area)
    assert found.text == {"A": "2工作时", "C": "8工作时"}.get(area, "4工作时")
    assert found.area == (area if area in AREAS else None)
    assert row.in_area(None) is row


def test_the_class_is_a_column_of_the_table_of_beats() -> None:
    table = f"责任网格编号,名称,单元网格,人员,管理区域类别\nb1,一,{CENTRE},wang,A\nb1,一,{EDGE},li,\n"
    lines, beats = merge_beats(read_beats(table.encode()), ())
    assert [line.act for line in lines] == ["add", "add"]
    assert [one.area_class for one in beats] == ["A"]
    wrong, _ = merge_beats(read_beats(table.replace(",A", ",D").encode()), beats)
    assert wrong[0].act == "refused"
    assert "area_class" in str(wrong[0].problems)
    changed, _ = merge_beats(read_beats(table.replace(",A", ",B").encode()), beats)
    assert changed[-1].act == "change"


def test_gaps_and_limits_that_never_count_are_named() -> None:
    limits = graded().catalogues.default.limits
    found = check_area_classes(limits, [beat("b1", CENTRE, "A", 2), beat("b2", EDGE, "", 3)], None)
    assert [(one.line, one.what) for one in found] == [
        (3, "b2: its area has no class"),
        (0, "places of no beat have no class of area"),
        (0, "E0110 发现暴露垃圾: 8工作时 never counts, no place is of class C"),
    ]
    assert all(one.remedy for one in found)
    assert check_area_classes(limits, [beat("b1", CENTRE, "A", 2), beat("b2", EDGE, "", 3)], "C") == []
    assert check_area_classes(load_catalogues().default.limits, [], None) == [], "nothing is graded"
