"""Calls are scored by forms of the city, marked, and calibrated by two people who score blind."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import select

from cdr.calls.store import calls
from cdr.errors import UnknownCall
from cdr.quality import store
from cdr.quality.errors import (
    AlreadyScored,
    NotScorable,
    NotYourCalibration,
    ScoringFormMoved,
    ScoringFormRetired,
    UnknownMark,
    UnknownScoringForm,
)
from cdr.quality.forms import ScoringForms
from cdr.quality.model import BadAnswers, ScoringAnswer, ScoringForm, compare, result
from cdr.quality.service import CallScoring, CardWish
from cdr.quality.views import ScoringFormView
from cdr.reports.bulk import BulkLimit
from cdr.reports.formats import csv_of
from cdr.reports.service import ReportRequest, Reports
from core.actor import Actor, OutOfScope, Role
from core.errors import Forbidden
from core.ids import call_id
from core.operations import OperationReused
from core.scopes import Scopes
from tests.cdr.ports import NobodyApproves
from tests.cdr.script import START, answered_call
from tests.cdr.world import AGENT, OTHER_AGENT, SUPERVISOR, World

COLLEAGUE = Actor("qian", "Qian", frozenset({Role.SUPERVISOR}))
THIRD = Actor("zhou", "Zhou", frozenset({Role.SUPERVISOR}))
OF_ANOTHER_QUEUE = Actor("wu", "Wu", frozenset({Role.SUPERVISOR}), Scopes(queues=frozenset({"another"})))


def form(**changes: Any) -> ScoringForm:
    return ScoringForm.model_validate(
        {
            "name": "通话质量",
            "sections": [
                {
                    "title": "开头",
                    "questions": [
                        {"question_id": "greeting", "text": "使用规范问候语"},
                        {"question_id": "listening", "text": "耐心倾听", "points": 5, "weight": 3},
                    ],
                },
                {
                    "title": "处理",
                    "questions": [
                        {"question_id": "danger", "text": "险情立即移交", "fatal": True},
                        {"question_id": "record", "text": "登记准确", "points": 10, "weight": 4},
                    ],
                },
            ],
        }
        | changes
    )


def answers(
    greeting: int | None = 1, listening: int | None = 5, danger: int | None = 1, record: int | None = 10
) -> dict[str, ScoringAnswer]:
    given = {"greeting": greeting, "listening": listening, "danger": danger, "record": record}
    return {name: ScoringAnswer(points=points) for name, points in given.items()}


def test_a_score_weighs_its_questions_and_leaves_out_what_does_not_apply() -> None:
    assert result(form(), answers()).score == 100.0
    # (1·1 + 3·3/5 + 1·1 + 4·5/10) / 9
    assert result(form(), answers(listening=3, record=5)).score == 64.4
    assert result(form(), answers(danger=None, record=None, listening=0)).score == 25.0
    assert result(form(), answers(None, None, None, None)).score is None


def test_a_fatal_question_without_points_makes_the_score_zero() -> None:
    found = result(form(), answers(danger=0))
    assert (found.score, found.fatal) == (0.0, ("danger",))


@pytest.mark.parametrize(
    "wrong",
    [{"danger": None}, {"more": ScoringAnswer(points=1)}, {"greeting": ScoringAnswer(points=2)}],
)
def test_answers_that_do_not_fit_the_form_are_refused(wrong: dict[str, Any]) -> None:
    given = {name: one for name, one in (answers() | wrong).items() if one is not None}
    with pytest.raises(BadAnswers):
        result(form(), given)


def test_a_form_has_questions_and_each_its_own_id() -> None:
    twice = [{"question_id": "a", "text": "x"}] * 2
    wrong: dict[str, Any]
    for wrong in ({"sections": []}, {"sections": [{"title": "x", "questions": twice}]}, {"name": " "}):
        with pytest.raises(ValidationError):
            form(**wrong)


_points = st.none() | st.integers(0, 1)


@given(st.lists(_points, min_size=8, max_size=8))
def test_two_scorers_are_compared_question_by_question(given: list[int | None]) -> None:
    first, second = answers(*given[:4]), answers(*given[4:])
    found, back = compare(form(), first, second), compare(form(), second, first)
    assert found.agreement == back.agreement
    assert (found.agreement == 1.0) == (given[:4] == given[4:])
    for one, other in zip(found.questions, back.questions, strict=True):
        assert one.difference == (None if other.difference is None else -other.difference)
    if found.score_difference is not None:
        assert found.score_difference == -(back.score_difference or 0.0)


def test_the_agreement_is_the_share_of_same_answers() -> None:
    found = compare(form(), answers(), answers(listening=3, danger=None))
    assert found.agreement == 0.5
    assert {one.question_id: one.difference for one in found.questions} == {
        "greeting": 0.0, "listening": 0.4, "danger": None, "record": 0.0
    }  # fmt: skip


class Colleagues:
    async def names(self) -> Mapping[str, str]:
        return {one.id: one.name for one in (SUPERVISOR, COLLEAGUE, THIRD)}


class Desk:
    def __init__(self, world: World) -> None:
        self.world = world
        self.forms = ScoringForms(world.storage, world.trail)
        self.scoring = CallScoring(world.storage, world.trail, Colleagues())

    async def call(self) -> UUID:
        story = answered_call()
        await self.world.take_in(story)
        await self.world.settle()
        return call_id("songhua", story.ids["trunk"])

    async def queue_of(self, on: UUID) -> str:
        async with self.world.storage.read() as connection:
            found = await connection.execute(select(calls.c.queue).where(calls.c.call_id == on))
            return str(found.scalar_one())

    async def form(self) -> ScoringFormView:
        return await self.forms.create(SUPERVISOR, uuid4(), form())

    async def score(self, who: Actor, on: UUID, used: ScoringFormView, **more: Any) -> Any:
        told = {"op_id": uuid4(), "agent": AGENT.id, "answers": answers(), "number": used.number}
        wish: dict[str, Any] = told | more
        return await self.scoring.score(who, CardWish(call_id=on, form_id=used.form_id, **wish))


@pytest.fixture
def desk(any_world: World) -> Desk:
    return Desk(any_world)


async def test_a_form_is_changed_in_versions_and_nobody_overwrites_a_colleague(desk: Desk) -> None:
    op = uuid4()
    made = await desk.forms.create(SUPERVISOR, op, form())
    assert made == await desk.forms.create(SUPERVISOR, op, form())
    changed = await desk.forms.change(COLLEAGUE, made.form_id, uuid4(), form(name="新版"), 1)
    assert (changed.number, changed.content.name, changed.made_by) == (2, "新版", COLLEAGUE.id)
    with pytest.raises(ScoringFormMoved):
        await desk.forms.change(SUPERVISOR, made.form_id, uuid4(), form(name="旧版上改"), 1)
    with pytest.raises(OperationReused):
        await desk.forms.create(SUPERVISOR, op, form(name="别的"))
    with pytest.raises(UnknownScoringForm):
        await desk.forms.change(SUPERVISOR, uuid4(), uuid4(), form(), 1)
    assert [one.number for one in await desk.forms.versions(AGENT, made.form_id)] == [2, 1]
    assert [one.content.name for one in await desk.forms.all(AGENT)] == ["新版"]
    with pytest.raises(Forbidden):
        await desk.forms.create(AGENT, uuid4(), form())
    await desk.forms.retire(SUPERVISOR, made.form_id, retired=True)
    assert await desk.forms.all(SUPERVISOR) == []
    assert len(await desk.forms.all(SUPERVISOR, retired=True)) == 1


async def test_a_call_is_scored_once_by_each_and_the_agent_sees_it(desk: Desk) -> None:
    on, used = await desk.call(), await desk.form()
    op = uuid4()
    card = await desk.score(SUPERVISOR, on, used, op_id=op, answers=answers(danger=0), note="先移交")
    assert (card.score, card.fatal, card.scorer, card.agent) == (0.0, True, SUPERVISOR.id, AGENT.id)
    repeated = await desk.score(SUPERVISOR, on, used, op_id=op, answers=answers(danger=0), note="先移交")
    assert repeated == card
    with pytest.raises(OperationReused):
        await desk.score(SUPERVISOR, on, used, op_id=op)
    again = await desk.score(SUPERVISOR, on, used)
    other = await desk.score(COLLEAGUE, on, used, answers=answers(record=5))
    shown = await desk.scoring.cards(AGENT)
    assert {one.card_id for one in shown.cards} == {again.card_id, other.card_id}
    assert shown.cards[0].form.name == "通话质量"
    assert (await desk.scoring.cards(OTHER_AGENT)).cards == []
    with pytest.raises(Forbidden):
        await desk.scoring.cards(OTHER_AGENT, agent=AGENT.id)
    assert [one.card_id for one in (await desk.scoring.cards(SUPERVISOR, call_id=on, limit=1)).cards] == [
        other.card_id
    ]
    first = await desk.scoring.cards(SUPERVISOR, limit=1)
    second = await desk.scoring.cards(SUPERVISOR, limit=1, after=first.next or "")
    assert ([one.card_id for one in second.cards], second.next) == ([again.card_id], None)
    assert (SUPERVISOR.id, "score-call", f"call:{on}") in desk.world.trail.entries


async def test_who_may_score_what(desk: Desk) -> None:
    on, used = await desk.call(), await desk.form()
    with pytest.raises(Forbidden):
        await desk.score(AGENT, on, used)
    with pytest.raises(OutOfScope):
        await desk.score(OF_ANOTHER_QUEUE, on, used)
    assert (await desk.scoring.cards(OF_ANOTHER_QUEUE)).cards == []
    with pytest.raises(UnknownCall):
        await desk.score(SUPERVISOR, uuid4(), used)
    wrong: dict[str, Any]
    for wrong in ({"agent": "nobody"}, {"answers": {}}, {"number": 7}):
        with pytest.raises(NotScorable):
            await desk.score(SUPERVISOR, on, used, **wrong)
    himself = Actor(AGENT.id, AGENT.name, frozenset({Role.SUPERVISOR}))
    with pytest.raises(NotScorable, match="himself"):
        await desk.score(himself, on, used)
    await desk.forms.retire(SUPERVISOR, used.form_id, retired=True)
    with pytest.raises(ScoringFormRetired):
        await desk.score(SUPERVISOR, on, used)


async def test_of_changes_and_cards_at_the_same_moment_one_counts(desk: Desk) -> None:
    on, used = await desk.call(), await desk.form()
    await asyncio.gather(*(desk.score(SUPERVISOR, on, used) for _ in range(6)))
    assert len((await desk.scoring.cards(SUPERVISOR, call_id=on)).cards) == 1
    edits = (desk.forms.change(COLLEAGUE, used.form_id, uuid4(), form(name=f"新版{n}"), 1) for n in range(6))
    found = await asyncio.gather(*edits, return_exceptions=True)
    moved = [one for one in found if isinstance(one, ScoringFormMoved)]
    assert len(moved) == 5, found


async def test_two_score_blind_and_then_see_where_they_differ(desk: Desk) -> None:
    on, used = await desk.call(), await desk.form()
    opened = await desk.scoring.open_calibration(
        SUPERVISOR, uuid4(), call_id=on, agent=AGENT.id, form_id=used.form_id, second=COLLEAGUE.id
    )
    assert opened.waits_for == [SUPERVISOR.id, COLLEAGUE.id]
    # A form that changes meanwhile changes nothing here: both answer the version of the beginning.
    await desk.forms.change(SUPERVISOR, used.form_id, uuid4(), form(name="新版"), 1)
    blind = {"calibration_id": opened.calibration_id}
    await desk.score(SUPERVISOR, on, used, **blind)
    with pytest.raises(AlreadyScored):
        await desk.score(SUPERVISOR, on, used, answers=answers(record=1), **blind)
    with pytest.raises(NotYourCalibration):
        await desk.score(THIRD, on, used, **blind)
    seen = await desk.scoring.calibration(COLLEAGUE, opened.calibration_id)
    assert (seen.cards, seen.comparison, seen.waits_for) == ([], None, [COLLEAGUE.id])
    own = await desk.scoring.calibration(SUPERVISOR, opened.calibration_id)
    assert [one.scorer for one in own.cards] == [SUPERVISOR.id]
    with pytest.raises(NotScorable):
        await desk.score(COLLEAGUE, on, used, number=2, **blind)
    await desk.score(COLLEAGUE, on, used, answers=answers(listening=3, record=5), **blind)
    found = (await desk.scoring.calibrations(THIRD))[0]
    assert found.comparison is not None
    assert (found.comparison.agreement, found.comparison.score_difference) == (0.5, 35.6)
    assert [(one.question_id, one.difference) for one in found.comparison.questions if not one.agrees] == [
        ("listening", 0.4), ("record", 0.5)
    ]  # fmt: skip
    # It compares two people; it judges no agent.
    assert (await desk.scoring.cards(AGENT)).cards == []
    for second in (SUPERVISOR.id, AGENT.id, "nobody"):
        with pytest.raises(NotScorable):
            await desk.scoring.open_calibration(
                SUPERVISOR, uuid4(), call_id=on, agent=AGENT.id, form_id=used.form_id, second=second
            )


async def test_who_is_limited_to_another_queue_sees_the_calibrations_in_which_he_scores(desk: Desk) -> None:
    on, used = await desk.call(), await desk.form()
    about: dict[str, Any] = {"call_id": on, "agent": AGENT.id, "form_id": used.form_id}
    opened = await desk.scoring.open_calibration(SUPERVISOR, uuid4(), second=COLLEAGUE.id, **about)
    assert await desk.scoring.calibrations(OF_ANOTHER_QUEUE) == []
    with pytest.raises(OutOfScope):
        await desk.scoring.calibration(OF_ANOTHER_QUEUE, opened.calibration_id)
    of_this = replace(THIRD, scopes=Scopes(queues=frozenset({(await desk.queue_of(on))})))
    named = replace(COLLEAGUE, scopes=OF_ANOTHER_QUEUE.scopes)
    for who in (of_this, named):
        assert [one.calibration_id for one in await desk.scoring.calibrations(who)] == [opened.calibration_id]
        assert (await desk.scoring.calibration(who, opened.calibration_id)).call_id == on


async def test_places_of_a_recording_are_marked_for_who_was_in_the_call(desk: Desk) -> None:
    on = await desk.call()
    op = uuid4()
    late = await desk.scoring.mark(SUPERVISOR, op, call_id=on, at_s=4.5, note="没有复述地址")
    assert late == await desk.scoring.mark(SUPERVISOR, op, call_id=on, at_s=4.5, note="没有复述地址")
    early = await desk.scoring.mark(COLLEAGUE, uuid4(), call_id=on, at_s=1.25, note="语速太快")
    assert [one.mark_id for one in await desk.scoring.marks(AGENT, on)] == [early.mark_id, late.mark_id]
    with pytest.raises(Forbidden):
        await desk.scoring.marks(OTHER_AGENT, on)
    with pytest.raises(Forbidden):
        await desk.scoring.mark(AGENT, uuid4(), call_id=on, at_s=1, note="x")
    with pytest.raises(NotScorable):
        await desk.scoring.mark(SUPERVISOR, uuid4(), call_id=on, at_s=9_999, note="x")
    with pytest.raises(Forbidden):
        await desk.scoring.unmark(SUPERVISOR, early.mark_id)
    await desk.scoring.unmark(COLLEAGUE, early.mark_id)
    with pytest.raises(UnknownMark):
        await desk.scoring.unmark(COLLEAGUE, early.mark_id)
    assert [one.note for one in await desk.scoring.marks(SUPERVISOR, on)] == ["没有复述地址"]


async def test_the_report_counts_a_call_where_it_began_by_its_newest_cards(desk: Desk) -> None:
    on, used = await desk.call(), await desk.form()
    await desk.score(SUPERVISOR, on, used, answers=answers(danger=0))
    await desk.score(SUPERVISOR, on, used, answers=answers(listening=3, record=5))
    await desk.score(COLLEAGUE, on, used)
    await desk.score(THIRD, on, used, answers=answers(None, None, None, None))
    reports = Reports(desk.world.storage, desk.world.trail, "UTC", bulk=BulkLimit(1, NobodyApproves()))
    day = START.date()
    asked = ReportRequest(day.isoformat(), (day + timedelta(days=1)).isoformat())
    found = await reports.quality(SUPERVISOR, asked)
    figures = {
        "calls_scored": 1, "scorecards": 2, "score_average": 82.2, "score_lowest": 64.4,
        "score_highest": 100.0, "fatal_scorecards": 0, "fatal_rate": 0.0,
    }  # fmt: skip
    assert found.total == figures
    start = datetime.combine(day, time(), UTC)
    assert found.rows == [{"interval_start": start, "agent": AGENT.id, **figures}]
    assert csv_of(found).decode("utf-8-sig").splitlines()[0].startswith("interval_start,agent,calls_scored")
    for nothing in (replace(asked, agent="nobody"), replace(asked, queue="another")):
        assert (await reports.quality(SUPERVISOR, nothing)).rows == []


async def test_notes_go_when_the_person_of_the_call_is_erased(desk: Desk) -> None:
    on, used = await desk.call(), await desk.form()
    told = {name: one.model_copy(update={"note": "王女士"}) for name, one in answers().items()}
    await desk.score(SUPERVISOR, on, used, answers=told, note="来电人王女士")
    await desk.scoring.mark(SUPERVISOR, uuid4(), call_id=on, at_s=1, note="王女士报了手机号")
    await desk.world.ledger.erase(on, by="root", reason="asked")
    card = (await desk.scoring.cards(SUPERVISOR)).cards[0]
    assert (card.score, card.note, {one.note for one in card.answers.values()}) == (100.0, "", {""})
    assert await desk.scoring.marks(SUPERVISOR, on) == []
    async with desk.world.storage.read() as connection:
        assert (await connection.execute(store.marks.select())).first() is None
        assert (await connection.execute(calls.select())).first() is not None
