"""Figures of verification tasks: each is a list of tasks, as many as it says, and a plain count agrees."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.evaluation.verifications import model, service
from cases.evaluation.verifications import store as figures_store
from cases.evaluation.verifications.model import (
    TASK_COUNTS,
    TASK_FIGURES,
    CountedTask,
    counts_of,
    figures_by,
)
from cases.events import VerificationFinding, VerificationState
from cases.verification import store
from cases.verification.model import (
    Verification,
    VerificationAct,
    VerificationAction,
    VerificationAnswer,
)
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage
from tests.cases.evaluation.test_behind import OF_NANGANG, plant
from tests.cases.evaluation.test_figures import BEGAN, CHEN
from tests.cases.rooms import ADMIN, AGENT, DISPATCHER
from tests.cases.web import Desk, desk_of

S, A = VerificationState, VerificationAction
TIME = "from=2026-10-01&to=2026-12-15"
DUE = timedelta(minutes=30)


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(any_storage, (CHEN, ADMIN, AGENT, DISPATCHER, OF_NANGANG)) as made:
        yield made


async def asked(
    desk: Desk,
    *,
    unit: str = "app:21",
    beat: str = "xf-1",
    case_id: UUID | None = None,
    draft_id: UUID | None = None,
    at: datetime = BEGAN,
    after: timedelta | None = None,
    finding: VerificationFinding = VerificationFinding.CONFIRMED,
    state: VerificationState = S.ANSWERED,
    expired: bool = False,
) -> Verification:
    """A task as it is kept; `after` is how long its answer took."""
    answer = None if after is None else VerificationAnswer(finding, "看过了", at + after)
    acts = [VerificationAct(A.ASK, at, "zhao")]
    if expired:
        acts.append(VerificationAct(A.EXPIRE, at + DUE, "system:verification"))
    task = Verification(
        uuid7(), draft_id, case_id, unit, f"{unit}号", state, "", "zhao", at, at + DUE, beat,
        answer=answer, acts=tuple(acts),
    )  # fmt: skip
    async with desk.on.storage.write() as transaction:
        await store.add(transaction.connection, task)
    return task


async def a_month(desk: Desk) -> None:
    """Of one inspector an answer in time, one late, none and a refusal; of another one of a secret case and
    one of a draft that became no case.
    """
    first, secret = await plant(desk, 1), await plant(desk, 2, confidential=True, district="230103")
    minute = timedelta(minutes=1)
    await asked(desk, case_id=first.case_id, after=10 * minute)
    await asked(
        desk, case_id=first.case_id, after=50 * minute, finding=VerificationFinding.NOT_FOUND, expired=True
    )
    await asked(desk, case_id=first.case_id, state=S.EXPIRED, expired=True)
    await asked(desk, case_id=first.case_id, state=S.DECLINED, beat="xf-2")
    await asked(desk, unit="app:22", case_id=secret.case_id, after=20 * minute, beat="ng-1")
    await asked(
        desk, unit="app:22", draft_id=uuid7(), after=30 * minute, beat="",
        finding=VerificationFinding.DIFFERS,
    )  # fmt: skip
    # The city's day: half past midnight of the fifteenth there is no longer asked for.
    await asked(desk, case_id=first.case_id, at=datetime(2026, 12, 14, 16, 30, tzinfo=UTC), after=minute)
    desk.on.storage.clock = ManualClock(BEGAN + timedelta(hours=50))


async def test_each_inspector_has_his_counts_rates_and_median(desk: Desk) -> None:
    await a_month(desk)
    answer = await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}&by=unit")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    one, two = found["rows"]
    assert (one["key"], one["counts"]["asked"], one["counts"]["due"]) == ("app:21", 4, 3)
    assert [one["counts"][name] for name in ("in_time", "late", "unanswered", "declined")] == [1, 1, 1, 1]
    assert one["rates"]["timely_verification_rate"] == pytest.approx(1 / 3)
    assert one["median_s"] == 1800
    assert [two["counts"][name] for name in ("confirmed", "not_found", "differs")] == [1, 0, 1]
    assert found["total"]["counts"]["asked"] == 6
    beats = (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}&by=beat")).json()["rows"]
    assert {row["key"]: row["counts"]["asked"] for row in beats} == {"xf-1": 3, "xf-2": 1, "ng-1": 1, "": 1}
    drafts = (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}&kind=draft")).json()
    assert drafts["total"]["counts"]["asked"] == 1
    cases = (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}&kind=case")).json()
    assert cases["total"]["counts"]["asked"] == 5


async def test_behind_every_number_are_its_tasks(desk: Desk) -> None:
    await a_month(desk)
    for by in ("unit", "beat"):
        found = (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}&by={by}")).json()
        for row in found["rows"]:
            for count in TASK_COUNTS:
                query = f"{TIME}&by={by}&key={row['key']}&count={count}"
                behind = (await desk(CHEN, "GET", f"/evaluation/verifications/tasks?{query}")).json()
                assert behind["count"] == len(behind["tasks"]) == row["counts"][count], (by, count)
        for figure, formula in TASK_FIGURES.items():
            for part in ("numerator", "denominator"):
                query = f"{TIME}&figure={figure}&part={part}"
                behind = (await desk(CHEN, "GET", f"/evaluation/verifications/tasks?{query}")).json()
                assert behind["count"] == found["total"]["counts"][getattr(formula, part)]
    first = (await desk(CHEN, "GET", f"/evaluation/verifications/tasks?{TIME}&limit=4")).json()
    rest = (await desk(CHEN, "GET", f"/evaluation/verifications/tasks?{TIME}&limit=4&offset=4")).json()
    assert (len(first["tasks"]), len(rest["tasks"]), rest["count"]) == (4, 2, 6)
    assert len({one["task_id"] for one in (*first["tasks"], *rest["tasks"])}) == 6


async def test_a_secret_case_is_counted_and_not_named(desk: Desk) -> None:
    await a_month(desk)
    query = f"{TIME}&by=beat&key=ng-1"
    (task,) = (await desk(ADMIN, "GET", f"/evaluation/verifications/tasks?{query}")).json()["tasks"]
    assert (task["hidden"], task["case_id"], task["case_number"]) == (True, None, None)
    (task,) = (await desk(CHEN, "GET", f"/evaluation/verifications/tasks?{query}")).json()["tasks"]
    assert task["case_number"]


async def test_who_is_limited_to_districts_sees_theirs_and_those_without_one(desk: Desk) -> None:
    await a_month(desk)
    found = (await desk(OF_NANGANG, "GET", f"/evaluation/verifications?{TIME}")).json()
    assert {row["key"]: row["counts"]["asked"] for row in found["rows"]} == {"app:22": 2}
    of_class = (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}&category=P0101")).json()
    assert of_class["total"]["counts"]["asked"] == 5, "a draft's task has no class"


async def test_who_may_not_evaluate_and_what_cannot_be_asked(desk: Desk) -> None:
    for who in (AGENT, DISPATCHER):
        assert (await desk(who, "GET", f"/evaluation/verifications?{TIME}")).status_code == 403
        assert (await desk(who, "GET", f"/evaluation/verifications/tasks?{TIME}")).status_code == 403
    for query in ("from=2026-12-15&to=2026-10-01", f"{TIME}&by=person", f"{TIME}&kind=none"):
        assert (await desk(CHEN, "GET", f"/evaluation/verifications?{query}")).status_code == 422, query
    assert (await desk(CHEN, "GET", f"/evaluation/verifications/tasks?{TIME}&count=no")).status_code == 422
    early = "from=0001-01-01&to=0001-01-03"
    assert (await desk(CHEN, "GET", f"/evaluation/verifications?{early}")).status_code == 422


async def test_each_task_is_counted_once_and_beside_the_event_loop(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_month(desk)
    seen: list[tuple[UUID, int]] = []

    def watched(task: CountedTask, now: datetime) -> frozenset[str]:
        seen.append((task.task_id, threading.get_ident()))
        return counts_of(task, now)

    monkeypatch.setattr(model, "counts_of", watched)
    monkeypatch.setattr(service, "counts_of", watched)
    for path in ("verifications", "verifications/tasks"):
        seen.clear()
        assert (await desk(CHEN, "GET", f"/evaluation/{path}?{TIME}")).status_code == 200
        assert len(seen) == len({task_id for task_id, _thread in seen}) == 6
        assert threading.get_ident() not in {thread for _task_id, thread in seen}


@pytest.mark.parametrize("piece", [1, 2, 3, 6, 7])
async def test_what_is_read_in_pieces_is_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    await a_month(desk)
    path = f"/evaluation/verifications/tasks?{TIME}"
    whole = (await desk(CHEN, "GET", path)).json()
    monkeypatch.setattr(figures_store, "PIECE", piece)
    assert (await desk(CHEN, "GET", path)).json() == whole
    monkeypatch.setattr(service, "MOST_TASKS", 6)
    assert (await desk(CHEN, "GET", path)).json() == whole
    monkeypatch.setattr(service, "MOST_TASKS", 5)
    assert (await desk(CHEN, "GET", path)).status_code == 422


async def test_a_task_that_was_taken_back_after_its_time_is_due_and_before_it_is_not(desk: Desk) -> None:
    case = await plant(desk, 1)
    for expired in (True, False):
        await asked(desk, case_id=case.case_id, state=S.RECALLED, expired=expired)
    await asked(desk, case_id=case.case_id, state=S.EXPIRED, expired=True)
    found = (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}")).json()["total"]["counts"]
    assert (found["asked"], found["due"], found["unanswered"], found["recalled"]) == (3, 2, 2, 2)


_states = st.sampled_from(list(S))
_minutes = st.integers(0, 90)


@st.composite
def _tasks(draw: st.DrawFn) -> CountedTask:
    took = draw(st.none() | _minutes)
    at = BEGAN + timedelta(minutes=draw(_minutes))
    task = CountedTask(
        uuid7(), None, None, draw(st.sampled_from(["app:1", "app:2"])), "", "", draw(_states), at, at + DUE,
        None, None, draw(st.booleans()),
    )  # fmt: skip
    if took is None:
        return task
    finding = draw(st.sampled_from(list(VerificationFinding)))
    return replace(task, state=S.ANSWERED, answered_at=at + timedelta(minutes=took), finding=finding)


@given(tasks=st.lists(_tasks(), max_size=20), now=_minutes)
def test_counts_agree_with_each_other(tasks: list[CountedTask], now: int) -> None:
    moment = BEGAN + timedelta(minutes=now)
    rows, total = figures_by(tasks, "unit", moment, lambda key, _first: key)
    counts = total.counts
    assert all(counts[name] == sum(row.counts[name] for row in rows) for name in TASK_COUNTS)
    assert counts["due"] == counts["answered"] + counts["unanswered"]
    assert counts["answered"] == counts["in_time"] + counts["late"]
    assert counts["answered"] == counts["confirmed"] + counts["not_found"] + counts["differs"]
    assert counts["asked"] == len(tasks)
    assert all(rate is None or 0 <= rate <= 1 for rate in total.rates.values())
    assert all(counts_of(one, moment) <= set(TASK_COUNTS) for one in tasks)
