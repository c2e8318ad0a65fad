"""Requests for a second person on both databases: who may, exactly once, audited."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import pytest

from core.actor import Actor, Role
from core.clock import ManualClock
from core.errors import Forbidden
from core.events import Event
from core.ids import uuid7
from core.second_person import ApprovalWish, SecondPersonNeeded
from core.storage import Storage, StorageAway
from identity.alarms.service import RightsAlarms
from identity.approvals import service
from identity.approvals.service import Approvals
from identity.approvals.settings import ApprovalSettings
from identity.audit.model import AuditFilter
from identity.audit.service import AuditTrail
from identity.audit.store import add_audit
from identity.errors import (
    BadRequest,
    NotIndependent,
    NotOpen,
    OwnRequest,
    TooManyRequests,
    UnknownOversightAlarm,
    UnknownRequest,
)
from identity.events import RightsAlarm

CHEN = Actor("chen.jing", "陈静", frozenset({Role.ADMIN}))
ZHAO = Actor("zhao.lei", "赵磊", frozenset({Role.SUPERVISOR}))
LI = Actor("li.na", "李娜", frozenset({Role.AGENT}))
ROOT = Actor("cli:root", "command line", frozenset({Role.SUPERVISOR, Role.ADMIN}))
WISH = ApprovalWish("rotate-seal-key", {}, "the yearly change")
ALONE = ApprovalWish("rotate-seal-key", {}, "the copy of it was lost", alone=True)
ERASURE = ApprovalWish("erase-call", {"call": "1"}, "request 2026-117")


class World:
    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.clock = ManualClock(datetime(2026, 11, 30, 8, 0, tzinfo=UTC))
        storage.clock = self.clock
        self.told: list[Event] = []
        self.erased: list[str] = []
        self.fails: list[Exception] = []
        self.approvals = self.made()
        self.alarms = RightsAlarms(
            (self.approvals.alarms,), {"request": self.approvals.take}, self.told.append, contact="wang"
        )

    def made(self) -> Approvals:
        """Another process on the same database."""
        found = Approvals(self.storage, ApprovalSettings(persons=[["cli:root", "chen.jing"]]))
        found.perform("erase-call", self.erase)
        return found

    async def erase(self, actor: Actor, parameters: Mapping[str, str], why: str) -> str:
        if self.fails:
            raise self.fails.pop()
        self.erased.append(f"{actor.id} {parameters['call']} {why}")
        await asyncio.sleep(0)
        return "3"

    async def trail(self) -> list[str]:
        found = await AuditTrail(self.storage).page(CHEN, AuditFilter(text="request:"), limit=200)
        rows = [row for row in reversed(found["rows"]) if row["subject"].startswith("request:")]
        return [f"{row['actor']} {row['action']} {row['subject']}" for row in rows]


@pytest.fixture
def world(any_storage: Storage) -> World:
    return World(any_storage)


async def number_of(world: World, wish: ApprovalWish, actor: Actor = ROOT) -> int:
    with pytest.raises(SecondPersonNeeded) as waits:
        await world.approvals.go_or_ask(actor, wish)
    number = waits.value.extra["number"]
    assert isinstance(number, int)
    return number


async def test_a_command_asks_once_and_runs_once_when_another_person_has_approved(world: World) -> None:
    number = await number_of(world, WISH)
    assert await number_of(world, WISH) == number, "the same command does not ask twice"
    assert await number_of(world, ApprovalWish("rotate-seal-key", {"of": "other"}, "x")) != number
    with pytest.raises(Forbidden):
        await world.approvals.approve(LI, number)
    for himself in (ROOT, CHEN):
        with pytest.raises(OwnRequest):
            await world.approvals.approve(himself, number)
    with pytest.raises(UnknownRequest):
        await world.approvals.approve(ZHAO, 4_711)
    await world.approvals.approve(ZHAO, number)
    with pytest.raises(NotOpen):
        await world.approvals.approve(ZHAO, number)
    ran = await asyncio.gather(
        *(one.go(ROOT, WISH) for one in (world.approvals, world.made(), world.made())), return_exceptions=True
    )
    assert [one for one in ran if isinstance(one, int)] == [number]
    await world.approvals.done(number, "key 1")
    assert await number_of(world, WISH) != number, "what was approved once is asked for anew"
    assert [line for line in await world.trail() if line.endswith(f" request:{number}")] == [
        f"cli:root ask-second-person request:{number}",
        f"zhao.lei approve-request request:{number}",
        f"cli:root act-approved request:{number}",
        f"system:approvals request-done request:{number}",
    ]


async def test_the_service_performs_once_what_was_ordered_on_the_desk_also_after_a_crash(
    world: World,
) -> None:
    op_id = uuid7()
    asked = await world.approvals.order(CHEN, ERASURE, op_id)
    assert (await world.approvals.order(CHEN, ERASURE, op_id)).number == asked.number
    with pytest.raises(BadRequest):
        await world.approvals.order(ZHAO, ERASURE, op_id)
    await world.approvals.look()
    assert (asked.state, world.erased) == ("waiting", [])
    await world.approvals.approve(ZHAO, asked.number)
    world.fails.append(StorageAway("in the middle"))
    await world.approvals.look()
    assert world.erased == []
    again = world.made()
    await again.look()
    await asyncio.gather(again.look(), world.approvals.look())
    assert world.erased == ["chen.jing 1 request 2026-117"]
    (one,) = await world.approvals.listed(ZHAO, everything=True)
    assert (one["state"], one["outcome"], one["own"]) == ("done", "3", False)
    failing = await world.approvals.order(CHEN, ERASURE, uuid7())
    world.fails.append(UnknownOversightAlarm("no such call"))
    await world.approvals.approve(ZHAO, failing.number)
    await world.approvals.look()
    assert (await world.approvals.listed(CHEN, everything=True))[0]["outcome"] == "no such call"
    two = [await world.approvals.order(CHEN, ERASURE, uuid7()) for _ in range(2)]
    for one_of in two:
        await world.approvals.approve(ZHAO, one_of.number)
    world.fails.append(RuntimeError("nobody thought of it"))
    with pytest.raises(RuntimeError):
        await world.approvals.look()
    assert len(world.erased) == 2, "the next one does not wait for it"


async def test_who_is_alone_acts_at_once_and_every_desk_is_told_until_somebody_has_looked(
    world: World,
) -> None:
    done = await world.approvals.order(
        CHEN, ApprovalWish("erase-call", {"call": "2"}, "now", alone=True), uuid7()
    )
    assert (done.state, done.outcome, len(world.erased)) == ("done", "3", 1)
    waiting = await number_of(world, WISH)
    number = await world.approvals.go_or_ask(ROOT, ALONE)
    assert number != waiting
    await world.approvals.done(number, "done")
    await world.alarms.look()
    assert [(one.kind, one.number, one.who) for one in world.alarms.listed(ZHAO)] == [
        ("alone", done.number, "chen.jing"), ("alone", number, "cli:root"),
    ]  # fmt: skip
    assert world.alarms.listed(LI) == []
    assert len(world.alarms.listed(Actor("wang", "王芳"))) == 2, "the security contact"
    health = world.alarms.health()
    assert health is not None
    assert health.why.startswith("alarms that nobody has answered (2 alone)")
    world.clock.advance(72 * 3600)
    await world.alarms.look()
    assert {one.kind for one in world.alarms.listed(ZHAO)} == {"overdue"}
    await world.approvals.approve(ZHAO, done.number)
    await world.approvals.object_to(ZHAO, number, "the copy was in the safe")
    await world.alarms.look()
    (one,) = world.alarms.listed(ZHAO)
    assert (one.kind, one.objected_by, one.remark) == ("objected", "zhao.lei", "the copy was in the safe")
    with pytest.raises(OwnRequest):
        await world.alarms.take(CHEN, one.alarm_id)
    for unknown in ("request-x", "request-", "nothing", "request-99"):
        with pytest.raises((UnknownOversightAlarm, UnknownRequest)):
            await world.alarms.take(ZHAO, unknown)
    await world.alarms.take(ZHAO, one.alarm_id)
    assert (world.alarms.listed(ZHAO), world.alarms.health()) == ([], None)
    last = world.told[-1]
    assert isinstance(last, RightsAlarm)
    assert last.ended
    assert (await world.trail())[-2:] == [
        f"zhao.lei object-to-request request:{number}", f"zhao.lei take-over-objection request:{number}",
    ]  # fmt: skip


async def test_an_account_that_who_asks_has_in_his_hands_approves_nothing(world: World) -> None:
    number = await number_of(world, WISH)
    async with world.storage.write() as transaction:
        await add_audit(
            transaction.connection, world.clock.now(), "cli:root", "set-password", "user:zhao.lei", {}
        )
    with pytest.raises(NotIndependent):
        await world.approvals.approve(ZHAO, number)
    with pytest.raises(NotIndependent):
        await world.approvals.approve(Actor("break-glass", "", frozenset({Role.ADMIN})), number)
    await world.approvals.object_to(ZHAO, number, "who has changed my password?")
    with pytest.raises(SecondPersonNeeded):
        await world.approvals.go(ROOT, WISH)


@pytest.mark.parametrize("last", ["create-user", "set-roles", "change-user"])
async def test_who_makes_an_account_that_makes_another_one_is_no_second_person(
    world: World, last: str
) -> None:
    number = await number_of(world, WISH)
    async with world.storage.write() as transaction:
        for by, what, of in (("cli:root", "create-user", "made.one"), ("made.one", last, "zhao.lei")):
            await add_audit(transaction.connection, world.clock.now(), by, what, f"user:{of}", {})
    with pytest.raises(NotIndependent):
        await world.approvals.approve(ZHAO, number)


async def test_requests_expire_are_withdrawn_and_are_asked_for_by_name(world: World) -> None:
    first, second = await number_of(world, WISH), await number_of(world, ApprovalWish("init", {}, "x"))
    with pytest.raises(NotOpen):
        await world.approvals.withdraw(ZHAO, first)
    await world.approvals.withdraw(ROOT, first)
    world.clock.advance(72 * 3600)
    await world.approvals.look()
    states = {one["number"]: one["state"] for one in await world.approvals.listed(CHEN, everything=True)}
    assert states == {first: "withdrawn", second: "expired"}
    assert await world.approvals.listed(CHEN) == []
    assert (await world.trail())[-1] == f"system:approvals request-expired request:{second}"
    calls = ApprovalWish("export-calls", {"from": "a"}, "for the yearly report")
    made = await world.approvals.ask(ZHAO, calls, UUID(int=7))
    await world.approvals.approve(CHEN, made.number)
    for _page in range(2):
        assert await world.approvals.go(ZHAO, calls) == made.number, "all its pages are one act"
    await world.approvals.done(made.number, "20000 calls")
    with pytest.raises(SecondPersonNeeded):
        await world.approvals.go(ZHAO, calls)
    twice = [await world.approvals.ask(ZHAO, calls, UUID(int=number)) for number in (8, 9)]
    await world.approvals.approve(CHEN, twice[0].number)
    assert await world.approvals.go(ZHAO, calls) == twice[0].number, "the one that is approved counts"
    await world.approvals.done(twice[0].number, "20000 calls")
    await world.approvals.withdraw(ZHAO, twice[1].number)
    for count in range(service.MOST_OPEN):
        await world.approvals.ask(ZHAO, ApprovalWish("export-calls", {"from": str(count)}, "x"), uuid7())
    with pytest.raises(TooManyRequests):
        await world.approvals.ask(ZHAO, calls, uuid7())
    for wrong in (ApprovalWish("rotate-seal-key", {}, "x"), ApprovalWish("export-calls", {}, " ")):
        with pytest.raises(BadRequest):
            await world.approvals.ask(ZHAO, wrong, uuid7())


async def test_what_was_approved_is_done_by_the_centre_that_leads(world: World) -> None:
    seven, eight = (
        ApprovalWish("erase-call", {"call": one}, "request", alone=True) for one in ("7", "8")
    )  # fmt: skip
    await world.approvals.order(CHEN, seven, uuid7())
    assert len(world.erased) == 1
    world.storage.leads = False
    await world.made().order(CHEN, eight, uuid7())
    await world.made().look()
    assert len(world.erased) == 1, "another centre may be at it"
    world.storage.leads = True
    await world.made().look()
    assert len(world.erased) == 2
