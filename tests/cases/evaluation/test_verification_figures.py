"""Figures of verification tasks: each is a list of tasks, as many as it says, and a plain count agrees."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID

import pytest
from sqlalchemy import event

from cases.evaluation.verifications import service
from cases.evaluation.verifications.model import TASK_COUNTS, TASK_FIGURES
from cases.events import VerificationFinding, VerificationState
from cases.verification import store
from cases.verification.model import (
    Verification,
    VerificationAct,
    VerificationAction,
    VerificationAnswer,
)
from cases.verification.tables import verifications
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


async def test_figures_take_two_statements_and_the_tasks_behind_them_are_read_a_page_at_a_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_month(desk)
    statements: list[str] = []

    def told(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "case_verifications" in statement:
            statements.append(statement)

    event.listen(desk.on.storage.engine.sync_engine, "before_cursor_execute", told)
    for path, most in (("verifications", 2), ("verifications/tasks", 2)):
        statements.clear()
        assert (await desk(CHEN, "GET", f"/evaluation/{path}?{TIME}")).status_code == 200
        assert len(statements) == most, statements
    monkeypatch.setattr(service, "MOST_TASKS", 6)
    assert (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}")).status_code == 200
    monkeypatch.setattr(service, "MOST_TASKS", 5)
    assert (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}")).status_code == 422


async def test_a_task_that_was_taken_back_after_its_time_is_due_and_before_it_is_not(desk: Desk) -> None:
    case = await plant(desk, 1)
    for expired in (True, False):
        await asked(desk, case_id=case.case_id, state=S.RECALLED, expired=expired)
    await asked(desk, case_id=case.case_id, state=S.EXPIRED, expired=True)
    found = (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}")).json()["total"]["counts"]
    assert (found["asked"], found["due"], found["unanswered"], found["recalled"]) == (3, 2, 2, 2)


def naive(task: Verification, now: datetime) -> set[str]:
    """The counts that a task is in, from the task alone."""
    found = {"asked"}
    answer = task.answer
    if answer is not None:
        in_time = "in_time" if answer.at <= task.due_at else "late"
        found |= {"answered", "due", in_time, answer.finding.value}
    elif (
        task.state is S.EXPIRED
        or any(one.action is A.EXPIRE for one in task.acts)
        or (task.state in {S.ASKED, S.ACCEPTED} and task.due_at < now)
    ):
        found |= {"unanswered", "due"}
    return found | ({task.state.value} if task.state in {S.DECLINED, S.RECALLED} else set())


async def test_the_database_counts_as_who_looks_at_each_task(desk: Desk) -> None:
    chance, case = random.Random(3), await plant(desk, 1)
    now = BEGAN + timedelta(minutes=60)
    tasks: list[Verification] = []
    for _ in range(60):
        took = chance.choice(
            [None, timedelta(minutes=chance.randrange(90), milliseconds=chance.randrange(9))]
        )
        state = S.ANSWERED if took is not None else chance.choice([one for one in S if one is not S.ANSWERED])
        tasks.append(
            await asked(
                desk, unit=chance.choice(["app:1", "app:2"]), case_id=case.case_id, after=took, state=state,
                at=BEGAN + timedelta(minutes=chance.randrange(60)), expired=chance.random() < 0.3,
                finding=chance.choice(list(VerificationFinding)),
            )
        )  # fmt: skip
    recalled = VerificationAct(A.RECALL, BEGAN, "zhao", '看过 "action": "expire"')
    odd = replace(tasks[0], task_id=uuid7(), state=S.RECALLED, answer=None, acts=(recalled,))
    async with desk.on.storage.write() as transaction:
        await store.add(transaction.connection, odd)
    tasks.append(odd)
    desk.on.storage.clock = ManualClock(now)
    found = (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}&by=unit")).json()
    for row in (*found["rows"], found["total"]):
        mine = [one for one in tasks if row["key"] in {"", one.unit_id}]
        assert row["counts"] == {name: sum(name in naive(one, now) for one in mine) for name in TASK_COUNTS}
        seconds = [(one.answer.at - one.asked_at).total_seconds() for one in mine if one.answer is not None]
        assert row["median_s"] == pytest.approx(median(seconds), abs=0.001)
        counts = row["counts"]
        assert counts["due"] == counts["answered"] + counts["unanswered"]


async def test_a_unit_has_the_name_of_its_newest_task(desk: Desk) -> None:
    await asked(desk, unit="app:1")
    newer = await asked(desk, unit="app:1", at=BEGAN + timedelta(hours=1))
    async with desk.on.storage.write() as transaction:
        renamed = verifications.update().where(verifications.c.task_id == newer.task_id)
        await transaction.connection.execute(renamed.values(unit_name="旧名以前"))
    (row,) = (await desk(CHEN, "GET", f"/evaluation/verifications?{TIME}&by=unit")).json()["rows"]
    assert (row["name"], row["counts"]["asked"]) == ("旧名以前", 2)
