"""Figures are what a plain count of the tables gives, by every dimension, whatever happens to the cases."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from cases.assignments.service import AskedAct
from cases.beats.model import Beat
from cases.errors import (
    BadEvaluation,
    CaseMerged,
    CaseNotMerged,
    CaseReasonMissing,
    FourEyesRequired,
    WrongStep,
)
from cases.evaluation import rollup
from cases.evaluation.figures import FIGURES
from cases.evaluation.model import COUNTS, DIMENSIONS, SUMS, rates, score
from cases.evaluation.service import EvaluationRequest, EvaluationResult
from cases.evaluation.store import EvaluationFilter, counted, split
from cases.evaluation.tables import facts, months
from cases.events import AssignmentAction, CrewStep, DispatchStep
from cases.life.model import CaseAction
from cases.ports import UnitReport
from cases.tables import cases
from core.actor import Actor, Role
from core.clock import ManualClock
from core.errors import Forbidden
from core.ids import uuid7
from core.scopes import Scopes
from core.storage import Storage
from tests.cases.deadlines.test_clocks_of_cases import COVER, WASTE, act, filed
from tests.cases.evaluation.naive import naive
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, Stage, stage
from tests.peers.checkout import CHECKOUT
from tests.storage import empty_sqlite

BEGAN = datetime(2026, 10, 30, 1, tzinfo=UTC)
CHEN = Actor("chen", "陈班长", frozenset({Role.SUPERVISOR}))
WHOLE = EvaluationRequest(date(2026, 9, 1), date(2027, 4, 1))


def on_a_friday(storage: Storage) -> tuple[Stage, ManualClock]:
    storage.clock = clock = ManualClock(BEGAN)
    return stage(storage), clock


def counts_of(found: EvaluationResult) -> dict[str, dict[str, int]]:
    return {row.key: dict(row.counts) for row in found.rows}


_OF_DEPARTMENTS = {
    AssignmentAction.SIGN, AssignmentAction.ANSWER, AssignmentAction.RETURN, AssignmentAction.OBJECT,
}  # fmt: skip
_CENTRE = (DISPATCHER, Actor("qian", "钱调度", frozenset({Role.DISPATCHER, Role.SUPERVISOR})))


class Played:
    """A city in which anything may happen to a case."""

    def __init__(self, on: Stage, clock: ManualClock) -> None:
        self.on, self.clock = on, clock
        self.cases: list[UUID] = []
        self.sent: list[UUID] = []

    async def play(self, step: str, number: int) -> None:
        room, clock = self.on.room, self.clock
        if step == "file":
            district = ("230103", "230110", None)[number % 3]
            case = await filed(self.on, (COVER, WASTE)[number % 2], district=district)
            self.cases.append(case.case_id)
            await on_beat(self.on, case.case_id, ("west", "east", None)[number % 3])
        elif step == "wait":
            clock.advance(number * 3_600)
            await room.watch.look()
        elif step == "look":
            await room.evaluations.follow()
        elif not self.cases:
            return
        else:
            await self.happen(step, self.cases[number % len(self.cases)], number)

    async def happen(self, step: str, case_id: UUID, number: int) -> None:
        room = self.on.room
        try:
            if step == "send":
                self.clock.advance(number * 30)
                sent = await room.dispatches.send(
                    case_id, op_id=uuid7(), unit_id=f"u{number % 4}", actor=DISPATCHER
                )
                self.sent.append(sent.dispatch_id)
            elif step in {"decline", "finish"}:
                if self.sent:
                    await self.report(step, number)
            elif step == "merge":
                await self.merge(case_id, self.cases[number % 3 % len(self.cases)])
            elif step == "unmerge":
                await self.unmerge(case_id)
            elif step.startswith("department_"):
                await self.answer_for(case_id, AssignmentAction(step.removeprefix("department_")), number)
            else:
                await act(self.on, case_id, CaseAction(step))
        except (WrongStep, CaseReasonMissing, CaseMerged, CaseNotMerged):
            pass  # it does not fit: nothing happens

    async def merge(self, case_id: UUID, into_id: UUID) -> None:
        read = self.on.room.cases.get
        one, other = await read(case_id), await read(into_id)
        await self.on.room.merging.merge(
            case_id, into_id, version=one.version, into_version=other.version, reason="同一处",
            op_id=uuid7(), actor=DISPATCHER,
        )  # fmt: skip

    async def unmerge(self, case_id: UUID) -> None:
        version = (await self.on.room.cases.get(case_id)).version
        await self.on.room.merging.unmerge(
            case_id, version=version, reason="不是一处", op_id=uuid7(), actor=DISPATCHER
        )

    async def answer_for(self, case_id: UUID, action: AssignmentAction, number: int) -> None:
        """One of the case's departments, or the centre about it, does this if it can."""
        service = self.on.room.assignments
        held = await service.of_case(DISPATCHER, case_id)
        if not held:
            return
        one = held[number % len(held)].assignment
        theirs = Scopes(departments=frozenset({one.department_id}))
        by_department = Actor("ma", "马科长", frozenset({Role.DEPARTMENT}), theirs)
        who = by_department if action in _OF_DEPARTMENTS else _CENTRE[number // 2 % 2]
        with contextlib.suppress(FourEyesRequired, Forbidden):
            await service.act(one.assignment_id, AskedAct(action, one.rev, "如此"), op_id=uuid7(), actor=who)

    async def report(self, step: str, number: int) -> None:
        dispatch_id = self.sent[number % len(self.sent)]
        said: CrewStep = DispatchStep.DECLINED if step == "decline" else DispatchStep.DONE
        for unit in ("u0", "u1", "u2", "u3"):
            word = UnitReport(unit, dispatch_id, said, str(uuid7()), self.clock.now(), "车坏了")
            await self.on.room.dispatches.hear(word)


async def on_beat(on: Stage, case_id: UUID, beat_id: str | None) -> None:
    """As if there were a grid with beats."""
    async with on.storage.write() as transaction:
        there = update(cases).where(cases.c.case_id == case_id).values(beat=beat_id)
        await transaction.connection.execute(there)


_STEP = st.sampled_from([
    "file", "file", "file", "wait", "look", "send", "decline", "finish", "done", "verify", "close",
    "reopen", "cancel", "merge", "unmerge", "department_sign", "department_sign", "department_answer",
    "department_answer", "department_return", "department_refuse_return", "department_object",
    "department_uphold", "department_rework",
])  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(_STEP, st.integers(0, 100)), max_size=25))
async def test_sums_are_those_of_a_plain_count_and_can_be_made_anew(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[tuple[str, int]]
) -> None:
    storage = empty_sqlite(tmp_path_factory.mktemp("evaluation") / "ledger.db")
    try:
        on, clock = on_a_friday(storage)
        city = Played(on, clock)
        for step, number in steps:
            await city.play(step, number)
        for by in DIMENSIONS:
            found = await on.room.evaluation.evaluate(CHEN, WHOLE, by)
            assert counts_of(found) == await naive(storage, by), by
        kept = await sums(storage)
        await on.room.evaluations.rebuild()
        assert await sums(storage) == kept
    finally:
        await storage.close()


async def sums(storage: Storage) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """The months without rows of zeros, which a case leaves behind that has moved on."""
    async with storage.read() as connection:
        rows = (await connection.execute(select(months))).mappings()
        found = {
            (row["dimension"], row["month"], row["key"], row["district"]): tuple(
                int(row[one]) for one in COUNTS
            )
            for row in rows
        }
    return {key: values for key, values in found.items() if any(values)}


async def test_a_closed_case_that_is_reopened_was_not_handled_well(any_storage: Storage) -> None:
    on, _ = on_a_friday(any_storage)
    case = await filed(on, COVER)
    for what in (CaseAction.DONE, CaseAction.VERIFY, CaseAction.CLOSE):
        await act(on, case.case_id, what)
    before = await on.room.evaluation.evaluate(CHEN, WHOLE, "class")
    await on.room.cases.take_step(
        case.case_id, CaseAction.REOPEN_CLOSED, op_id=uuid7(), actor=CHEN, reason="又坏了"
    )
    after = await on.room.evaluation.evaluate(CHEN, WHOLE, "class")
    names = ("reworked", "reworks", "checked", "passed", "ever_done")
    assert [before.total.counts[name] for name in names] == [0, 0, 1, 1, 1]
    assert [after.total.counts[name] for name in names] == [1, 1, 1, 0, 1]
    assert counts_of(after) == await naive(any_storage, "class")


async def test_each_rate_of_a_known_day(any_storage: Storage) -> None:
    on, clock = on_a_friday(any_storage)
    first, second = await filed(on, COVER), await filed(on, WASTE, district="230103")
    await on.room.dispatches.send(first.case_id, op_id=uuid7(), unit_id="u1", actor=DISPATCHER)
    clock.advance(3_600)
    for what in (CaseAction.DONE, CaseAction.VERIFY, CaseAction.CLOSE):
        await act(on, first.case_id, what)
    await act(on, second.case_id, CaseAction.DONE)
    await act(on, second.case_id, CaseAction.REOPEN)
    clock.advance(9 * 86_400)
    await on.room.watch.look()
    await filed(on, COVER)
    found = await on.room.evaluation.evaluate(CHEN, WHOLE, "district")
    assert counts_of(found) == await naive(any_storage, "district")
    assert {name: value for name, value in found.total.rates.items() if value is not None} == {
        "registration_rate": 1.0, "timely_dispatch_rate": 1.0, "handling_rate": 1 / 2,
        "timely_handling_rate": 1 / 2, "closing_rate": 1 / 2, "timely_closing_rate": 1 / 2,
        "rework_rate": 1 / 2, "return_rate": 0.0, "repeat_rate": 1 / 3, "check_pass_rate": 1 / 2,
        "average_handling": 3_600.0,
    }  # fmt: skip
    named = {row.key: (row.name_zh, row.counts["filed"]) for row in found.rows}
    assert named == {"230110": ("香坊区", 2), "230103": ("南岗区", 1)}
    by_class = await on.room.evaluation.evaluate(CHEN, WHOLE, "class")
    assert {row.name_zh for row in by_class.rows} == {"上水井盖", "暴露(生活)垃圾"}


async def test_figures_by_beat_name_the_beat(any_storage: Storage) -> None:
    on, _ = on_a_friday(any_storage)
    for beat_id in ("west", "west", "gone", None):
        await on_beat(on, (await filed(on, WASTE)).case_id, beat_id)
    on.room.grid.use([Beat(beat_id="west", name_zh="西段", cells=("230110000000001",))])
    found = await on.room.evaluation.evaluate(CHEN, WHOLE, "beat")
    assert {row.key: (row.name_zh, row.counts["filed"]) for row in found.rows} == {
        "west": ("西段", 2), "gone": ("gone", 1), "": ("", 1),
    }  # fmt: skip


async def test_a_return_counts_unless_it_was_refused(any_storage: Storage) -> None:
    on, clock = on_a_friday(any_storage)
    city = Played(on, clock)
    back, refused, upheld = [(await filed(on, WASTE)).case_id for _ in range(3)]
    for case_id, acts in (
        (back, ("return",)), (refused, ("return", "refuse_return")),
        (upheld, ("return", "refuse_return", "object", "uphold")),
    ):  # fmt: skip
        for act_name in acts:
            # A colleague of the one who refused decides about the objection.
            await city.answer_for(case_id, AssignmentAction(act_name), 2 if act_name == "uphold" else 0)
    counts = (await on.room.evaluation.evaluate(CHEN, WHOLE, "class")).total.counts
    assert (counts["returned"], counts["dispatched"]) == (2, 3)


async def test_a_merged_case_stands_no_more_until_that_is_undone(any_storage: Storage) -> None:
    on, clock = on_a_friday(any_storage)
    city = Played(on, clock)
    case, into = [(await filed(on, WASTE)).case_id for _ in range(2)]

    async def total() -> tuple[int, int, int]:
        counts = (await on.room.evaluation.evaluate(CHEN, WHOLE, "class")).total.counts
        return counts["filed"], counts["standing"], counts["overdue"]

    clock.advance(9 * 86_400)
    await on.room.watch.look()
    await city.merge(case, into)
    assert await total() == (2, 1, 1)
    await city.unmerge(case)
    assert await total() == (2, 2, 2)


async def test_days_are_the_citys_and_any_part_of_months_adds_up(any_storage: Storage) -> None:
    on, clock = on_a_friday(any_storage)
    for _ in range(40):
        await filed(on, WASTE)
        clock.advance(20 * 3_600)
    by_day = counts_of(await on.room.evaluation.evaluate(CHEN, WHOLE, "day"))
    assert by_day == await naive(any_storage, "day")
    for since, until in ((date(2026, 10, 30), date(2026, 11, 2)), (date(2026, 10, 31), date(2026, 12, 5))):
        part = await on.room.evaluation.evaluate(CHEN, EvaluationRequest(since, until), "person")
        want = sum(
            counts["filed"] for day, counts in by_day.items() if f"{since:%Y%m%d}" <= day < f"{until:%Y%m%d}"
        )
        assert part.total.counts["filed"] == want


async def test_of_many_keys_the_largest_are_shown_and_the_total_is_of_all(any_storage: Storage) -> None:
    on, clock = on_a_friday(any_storage)
    for district in ("230103", "230110", "230110", None, None, None):
        await filed(on, WASTE, district=district)
        clock.advance(3 * 86_400)
    await on.room.evaluations.catch_up()
    async with any_storage.write() as transaction:
        # As if cells were known: each district has one.
        await transaction.connection.execute(update(facts).values(cell=facts.c.district))
        await transaction.connection.execute(delete(months))
        await rollup.from_facts(transaction.connection)
    wanted = EvaluationFilter(date(2026, 10, 31), date(2026, 12, 20))
    async with any_storage.read() as connection:
        for by in ("cell", "district"):
            whole, none = await counted(connection, wanted, by, most=9)
            assert ({key: one["filed"] for key, one in whole.items()}, none) == (
                {"230110": 2, "": 3}, 0,
            )  # fmt: skip
            largest, left_out = await counted(connection, wanted, by, most=1)
            assert (largest, left_out) == ({"": whole[""]}, 1)


async def test_who_is_limited_to_a_district_or_a_department_sees_its_figures(any_storage: Storage) -> None:
    on, _ = on_a_friday(any_storage)
    for district in ("230103", "230110", None):
        await filed(on, WASTE, district=district)
    nangang = Actor("q", "", frozenset({Role.SUPERVISOR}), Scopes(districts=frozenset({"230103"})))
    seen = counts_of(await on.room.evaluation.evaluate(nangang, WHOLE, "district"))
    assert set(seen) == {"230103", ""}
    theirs = Actor("q", "", frozenset({Role.SUPERVISOR}), Scopes(departments=frozenset({"district-230110"})))
    seen = counts_of(await on.room.evaluation.evaluate(theirs, WHOLE, "department"))
    assert {key: counts["filed"] for key, counts in seen.items()} == {"district-230110": 1}
    asked = EvaluationRequest(WHOLE.since, WHOLE.until, districts=("230110",), classes=("E0110",))
    both = await on.room.evaluation.evaluate(nangang, asked, "class")
    assert both.total.counts["filed"] == 0
    for person in (AGENT, ACCEPTOR, DISPATCHER):
        with pytest.raises(Forbidden):
            await on.room.evaluation.evaluate(person, WHOLE, "class")


async def test_what_cannot_be_asked_is_refused(storage: Storage) -> None:
    on, _ = on_a_friday(storage)
    for asked, by in (
        (EvaluationRequest(date(2026, 1, 2), date(2026, 1, 2)), "class"),
        (EvaluationRequest(date(2000, 1, 1), date(2026, 1, 2)), "class"),
        (WHOLE, "confidential"),
    ):
        with pytest.raises(BadEvaluation):
            await on.room.evaluation.evaluate(CHEN, asked, by)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 800))
def test_whole_months_and_the_days_beside_them_are_the_time(since: date, days: int) -> None:
    until = since + timedelta(days=days)
    whole, rest = split(since, until)
    covered = [one + timedelta(days=n) for one, two in rest for n in range((two - one).days)]
    if whole is not None:
        day = date(whole.first // 100, whole.first % 100, 1)
        while day.year * 100 + day.month <= whole.last:
            covered.append(day)
            day += timedelta(days=1)
    assert sorted(covered) == [since + timedelta(days=n) for n in range(days)]
    assert sum((two - one).days for one, two in rest) <= 60 or whole is None


@given(st.fixed_dictionaries({name: st.integers(0, 50) for name in COUNTS}))
def test_rates_have_the_counts_that_they_name_and_a_score_stays_within_its_scale(
    counts: dict[str, int],
) -> None:
    for name, value in rates(counts).items():
        formula = FIGURES[name]
        assert (value is None) is (counts[formula.denominator] == 0)
    shares = {
        name: value if value is None else min(1.0, value)
        for name, value in rates(counts).items()
        if FIGURES[name].numerator not in SUMS
    }
    found = score(shares, {"closing_rate": 2.0, "rework_rate": 1.0})
    assert found is None or 0.0 <= found <= 100.0


def test_the_page_defines_every_count_and_every_figure() -> None:
    page = (CHECKOUT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for name in COUNTS:
        assert f"`{name}`" in page
    for name, formula in FIGURES.items():
        (line,) = [one for one in page.splitlines() if one.startswith(f"| `{name}` |")]
        assert line.split("|")[3:5] == [f" `{formula.numerator}` ", f" `{formula.denominator}` "]
