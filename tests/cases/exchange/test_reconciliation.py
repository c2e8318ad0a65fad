"""Work orders of a day are compared by the service itself: once, over a restart and with two processes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import jsonschema
import pytest

from cases.exchange import order_store
from cases.exchange.errors import OrderDatesWrong
from cases.exchange.model import ORDERS, FormReceiver, FormReceivers, ReceiptWay
from cases.exchange.order_model import DifferenceKind, OrderState, WorkOrder
from cases.exchange.ports import FormWebhook
from cases.exchange.receivers import ActiveReceivers
from cases.exchange.reconciliation import LEASE, Reconciliations
from cases.exchange.reconciliation_model import (
    MOST_KEPT,
    KeptReconciliation,
    ReconciliationState,
    day_due,
    days_missing,
)
from cases.exchange.settings import ExchangeSettings
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage
from tests.cases.assignments.people import ADMIN, SUPERVISOR
from tests.cases.exchange.world import webhooks
from tests.citizen.test_work_orders import SCHEMA
from tests.peers.department_system import DepartmentSystem, department_system

DAY = date(2026, 11, 30)
FIVE = datetime(2026, 11, 30, 21, tzinfo=UTC)
"""Five in the morning of the first of December in the city."""


ORDER = {"reference": "x", "state": "filed"}


class Killed(BaseException):
    pass


class Town:
    """The service's timer, and 12345's system, which knows `theirs` of each day."""

    def __init__(self, storage: Storage, system: DepartmentSystem) -> None:
        storage.clock = self.clock = ManualClock(FIVE)
        self.storage = storage
        self.system = system
        self.posts = webhooks()
        self.receiver = FormReceiver(department_id=ORDERS, way=ReceiptWay.WEBHOOK, url=system.url)
        system.secret = self.posts.secret(self.receiver)
        system.answer = 200
        self.timer = self.begin()

    def begin(self, webhook: FormWebhook | None = None, **settings: Any) -> Reconciliations:
        """A process of the service."""
        receivers = ActiveReceivers()
        receivers.use(FormReceivers(receivers=(self.receiver,)))
        told = ExchangeSettings.model_validate(settings)
        return Reconciliations(self.storage, receivers, webhook or self.posts, told, timezone_h=8)

    async def registered(self, *references: str) -> None:
        async with self.storage.write() as transaction:
            for one in references:
                order = WorkOrder(
                    one, uuid7(), None, OrderState.RECEIVED, FIVE - timedelta(hours=9), FIVE, None
                )
                await order_store.add(transaction.connection, order)

    def answers(self, **theirs: str) -> None:
        orders = [{"reference": name, "state": state} for name, state in theirs.items()]
        self.system.body = {"orders": orders}

    async def kept(self) -> KeptReconciliation:
        return (await self.timer.listed(SUPERVISOR))[0]

    async def states(self) -> dict[int, str]:
        """By the day of the month."""
        return {one.day.day: one.state.value for one in await self.timer.listed(SUPERVISOR)}


@asynccontextmanager
async def town(storage: Storage) -> AsyncIterator[Town]:
    async with department_system() as system:
        yield Town(storage, system)


@pytest.mark.parametrize(("hours", "due"), [(-2.1, "2026-11-29"), (0, "2026-11-30"), (22, "2026-11-30")])
def test_the_day_before_is_due_at_the_hour(hours: float, due: str) -> None:
    assert day_due(FIVE + timedelta(hours=hours), 4, timezone(timedelta(hours=8))).isoformat() == due


async def test_both_lists_are_compared_once_and_what_differs_is_kept(any_storage: Storage) -> None:
    async with town(any_storage) as on:
        await on.registered("A-1", "A-2")
        on.answers(**{"A-1": "received", "A-9": "filed"})
        for timer in (on.timer, on.timer, on.begin()):
            await timer.look()
        assert on.system.came == 1
        (form,) = on.system.kept.values()
        jsonschema.validate(form, SCHEMA)
        assert (form["form"], form["day"]) == ("order_list", "2026-11-30")
        assert form["orders"] == [
            {"reference": "A-1", "state": "received"}, {"reference": "A-2", "state": "received"},
        ]  # fmt: skip
        kept = await on.kept()
        assert (kept.day, kept.state, kept.ours, kept.theirs) == (DAY, ReconciliationState.DIFFERS, 2, 2)
        assert [(one.reference, one.kind) for one in kept.differences] == [
            ("A-2", DifferenceKind.UNKNOWN_THERE), ("A-9", DifferenceKind.UNKNOWN_HERE),
        ]  # fmt: skip
        health = on.timer.health()
        assert (health.state, "2 work orders of 2026-11-30" in health.why) == ("degraded", True)
        on.clock.advance(24 * 3600)
        on.answers()
        await on.timer.look()
        await on.timer.look()
        assert (on.system.came, (await on.kept()).state) == (2, ReconciliationState.SAME)
        assert on.timer.health().state == "up"


async def test_two_processes_at_once_send_one_list(any_storage: Storage) -> None:
    async with town(any_storage) as on:
        on.answers()
        timers = [on.begin() for _ in range(4)]
        await asyncio.gather(*(one.look() for one in timers))
        assert on.system.came == 1
        assert (await on.kept()).attempts == 1


async def test_a_kill_after_the_list_left_sends_it_again_under_its_id(any_storage: Storage) -> None:
    class KilledPosts:
        async def ask(self, *given: Any) -> bytes:
            await posts.ask(*given)
            raise Killed

    async with town(any_storage) as on:
        posts = on.posts
        on.answers()
        killed: Any = KilledPosts()
        with pytest.raises(Killed):
            await on.begin(killed).look()
        await on.timer.look()
        assert on.system.came == 1, "the killed one may still be at it"
        on.clock.advance(LEASE.total_seconds() + 1)
        await on.begin().look()
        await on.timer.look()
        assert (on.system.came, len(on.system.kept)) == (2, 1)
        assert ((await on.kept()).state, (await on.kept()).attempts) == (ReconciliationState.SAME, 2)


async def test_a_system_that_is_away_is_asked_again_until_the_lists_life_is_over(
    any_storage: Storage,
) -> None:
    async with town(any_storage) as on:
        on.system.answer = 503
        await on.timer.look()
        kept = await on.kept()
        assert (kept.state, kept.error) == (ReconciliationState.ASKING, "http-503")
        assert on.timer.health().state == "up"
        timer = on.begin(life_h=0.1)
        on.clock.advance(7 * 60)
        await timer.look()
        kept = await on.kept()
        assert (kept.state, kept.error) == (ReconciliationState.FAILED, "http-503")
        assert timer.health().state == "degraded"
        on.clock.advance(3600)
        await timer.look()
        assert on.system.came == 2


@pytest.mark.parametrize(
    "body",
    ['{"orders": [{"reference": "x"}]}', "[]", "nothing", json.dumps({"orders": [ORDER, ORDER]})],
)
async def test_an_answer_that_is_no_list_is_told_and_theirs_may_come_later(
    storage: Storage, body: str
) -> None:
    async with town(storage) as on:
        on.system.body = body
        await on.timer.look()
        assert ((await on.kept()).state, (await on.kept()).error) == (ReconciliationState.FAILED, "no-list")
        found = await on.timer.take(ADMIN, DAY, {"B-1": OrderState.FILED})
        assert (found.ours, found.theirs) == (0, 1)
        assert (await on.kept()).state is ReconciliationState.DIFFERS
        await on.timer.look()
        assert on.system.came == 1


async def test_who_takes_the_list_and_answers_nothing_sends_his_own(any_storage: Storage) -> None:
    async with town(any_storage) as on:
        on.system.answer = 204
        await on.registered("A-1")
        await on.timer.look()
        assert ((await on.kept()).state, (await on.kept()).theirs) == (ReconciliationState.SENT, None)
        await on.timer.take(SUPERVISOR, DAY, {"A-1": OrderState.RECEIVED})
        kept = await on.kept()
        assert (kept.state, kept.ours, kept.theirs) == (ReconciliationState.SAME, 1, 1)


async def test_nothing_is_compared_without_an_hour_or_a_receiver(any_storage: Storage) -> None:
    async with town(any_storage) as on:
        await on.begin(reconcile_hour=None).look()
        alone = Reconciliations(any_storage, ActiveReceivers(), on.posts, ExchangeSettings(), timezone_h=8)
        await alone.look()
        assert (on.system.came, await on.timer.listed(SUPERVISOR)) == (0, [])


async def test_a_system_that_is_away_over_the_next_hour_is_asked_of_both_days(any_storage: Storage) -> None:
    async with town(any_storage) as on:
        on.system.answer = 503
        await on.timer.look()
        on.clock.advance(24 * 3600)
        await on.timer.look()
        assert await on.states() == {30: "asking", 1: "asking"}
        health = on.timer.health()
        assert (health.state, "2026-11-30" in health.why, "http-503" in health.why) == (
            "degraded",
            True,
            True,
        )
        on.system.answer = 200
        on.answers()
        on.clock.advance(2 * 3600)
        on.system.kept.clear()
        await on.timer.look()
        assert [form["day"] for form in on.system.kept.values()] == ["2026-11-30", "2026-12-01"]
        assert await on.states() == {30: "same", 1: "same"}
        assert on.timer.health().state == "up"


async def test_a_day_that_was_never_taken_fails_when_its_life_is_over(any_storage: Storage) -> None:
    async with town(any_storage) as on:
        on.system.answer = 503
        for _ in range(4):
            await on.timer.look()
            on.clock.advance(24 * 3600)
        assert await on.states() == {30: "failed", 1: "asking", 2: "asking", 3: "asking"}


async def test_days_without_the_service_are_compared_when_it_is_back(any_storage: Storage) -> None:
    async with town(any_storage) as on:
        on.answers()
        await on.timer.look()
        on.clock.advance(3 * 24 * 3600)
        await asyncio.gather(*(one.look() for one in (on.begin(), on.begin())))
        assert await on.states() == {30: "same", 1: "same", 2: "same", 3: "same"}
        assert on.system.came == 4
        on.clock.advance(30 * 24 * 3600)
        await on.timer.look()
        assert on.system.came == 4 + 7, "a week back, not further"


@pytest.mark.parametrize(
    ("first", "known", "missing"),
    [
        (None, [], [30]), (20, [23], [24, 25, 26, 27, 28, 29, 30]), (28, [28, 29], [30]),
        (28, [28, 30], [29]), (31, [31], [30]), (25, [25, 26, 27, 28, 29, 30], []),
    ],
)  # fmt: skip
def test_the_days_that_nobody_began(first: int | None, known: list[int], missing: list[int]) -> None:
    def day(of_month: int) -> date:
        return date(2026, 10, of_month)

    found = days_missing(None if first is None else day(first), {day(one) for one in known}, day(30))
    assert found == [day(one) for one in missing]


async def test_a_list_that_never_comes_degrades_the_health_once_the_next_hour_has_come(
    any_storage: Storage,
) -> None:
    async with town(any_storage) as on:
        on.system.answer = 204
        await on.timer.look()
        assert on.timer.health().state == "up"
        on.clock.advance(24 * 3600)
        await on.timer.look()
        health = on.timer.health()
        assert (health.state, "2026-11-30" in health.why, "never came" in health.why) == (
            "degraded", True, True,
        )  # fmt: skip
        await on.timer.take(ADMIN, DAY, {})
        assert on.timer.health().state == "up"


@pytest.mark.parametrize("day", [date(2099, 1, 1), date(2026, 12, 2), date(2024, 11, 1), date.min, date.max])
async def test_a_day_to_come_or_long_ago_is_refused_and_not_kept(storage: Storage, day: date) -> None:
    async with town(storage) as on:
        for compare in (on.timer.take, on.timer.compare):
            with pytest.raises(OrderDatesWrong):
                await compare(ADMIN, day, {"A-1": OrderState.FILED})
        assert await on.timer.listed(SUPERVISOR) == []
        await on.timer.take(ADMIN, date(2026, 12, 1), {})
        await on.timer.take(ADMIN, date(2025, 1, 1), {})


async def test_of_many_differences_the_first_are_kept_and_all_are_counted(any_storage: Storage) -> None:
    async with town(any_storage) as on:
        theirs = {f"B-{number:04}": OrderState.FILED for number in range(MOST_KEPT + 50)}
        assert len((await on.timer.take(ADMIN, DAY, theirs)).differences) == MOST_KEPT + 50
        kept = await on.kept()
        assert (kept.differing, len(kept.differences)) == (MOST_KEPT + 50, MOST_KEPT)
        assert kept.differences[0].reference == "B-0000"
        assert f"{MOST_KEPT + 50} work orders" in on.timer.health().why
