"""Whatever units say comes into the ledger once and in order, whichever copies, failures and kills there are.

The broker is a list of what was not acknowledged: it is given anew to each run of the role. The lane, the
driver, the rules and the database (SQLite) are the real ones.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Unavailable
from core.ids import uuid7
from core.storage import Storage, StorageAway, Transaction
from field.contract.mobile import topics
from field.dispatches.radio.downlink import Downlink
from field.emergency.radio.watch import EmergencyWatch
from field.events import TextChanged, UnitReported
from field.mobile.radio.driver import MobileDriver
from field.mobile.radio.steps import steps
from field.photos.radio.tickets import PhotoTickets
from field.radio.uplink import Uplink
from field.texts import store as text_store
from field.texts.radio.traffic import TextTraffic
from field.units.model import Unit
from gateway.mqtt import lane as lanes
from gateway.mqtt.lane import RUN_LIMIT, Lane
from gateway.mqtt.message import Received
from tests.field.conftest import ADMIN, City
from tests.mqtt.fakes import FakeLink
from tests.storage import empty_sqlite

UNITS = ("app:1", "app:2", "app:3")
FAULTS = ("away", "broken", "killed before the commit", "killed after the commit", "answer lost")
PLANS = st.lists(st.sampled_from(["well", *FAULTS]), max_size=12).filter(
    # One that fails so often by itself is set aside, and what follows overtakes it.
    lambda plan: plan.count("broken") < lanes.ATTEMPTS
)


class FaultyStorage(Storage):
    """Follows a plan, one word for each transaction; afterwards all is well."""

    plan: list[str]

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        fault = self.plan.pop(0) if self.plan else "well"
        if fault == "away":
            raise StorageAway
        async with super().write() as transaction:
            yield transaction
            if fault == "broken":
                raise RuntimeError
            if fault == "killed before the commit":
                raise asyncio.CancelledError
        if fault == "killed after the commit":
            raise asyncio.CancelledError
        if fault == "answer lost":
            raise StorageAway


@dataclass(frozen=True, slots=True)
class Said:
    """A message; a copy is the same once more."""

    unit_id: str
    kind: str
    body: dict[str, Any]

    @property
    def received(self) -> Received:
        head = {"seq": 1, "ts": datetime.now(UTC).isoformat()}
        return Received(
            topics.up("harbin", self.unit_id, self.kind), json.dumps({**head, **self.body}).encode()
        )


@dataclass
class Broker:
    """Gives what is not acknowledged; an acknowledgement counts for the connection that it is made on."""

    unacked: dict[int, Said]
    runs: int = 0

    def ack(self, packet: int) -> None:
        del self.unacked[packet]

    def drop(self, why: str) -> None:
        raise AssertionError(why)


@dataclass
class Refusing(FakeLink):
    """A link whose broker is away for the receipts that a plan says."""

    plan: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    async def publish(self, *args: Any, **kwargs: Any) -> bool:
        if self.plan and self.plan.pop(0):
            raise Unavailable
        return await super().publish(*args, **kwargs)


class World:
    def __init__(self, folder: Path) -> None:
        opened = empty_sqlite(folder / "ledger.db")
        self.storage = FaultyStorage(opened.engine)
        self.storage.plan = []
        self.city = City(self.storage)
        self.link = Refusing()

    async def people(self) -> dict[str, UUID]:
        """The units; each one's job."""
        for unit_id in UNITS:
            await self.city.register.create(Unit(unit_id, unit_id), ADMIN)
        return {unit_id: await self.city.order(unit_id) for unit_id in UNITS}

    async def run(self, broker: Broker) -> None:
        """One life of the role: until all is acknowledged, or it is killed, or some are set aside."""
        driver = MobileDriver(self.link, self.storage.clock, tenant="harbin", receipt_expiry_s=60)
        texts = TextTraffic(self.storage, driver, retry_s=30, kept_days=180)
        downlink = Downlink(self.city.dispatches.offer_due)
        self.city.dispatches._network = driver
        emergencies, photos = EmergencyWatch(self.storage, driver), PhotoTickets(self.storage, driver)
        driver.attach(Uplink(self.city.dispatches, downlink, texts, emergencies, photos), _nothing)
        lane = Lane("#", driver.on_batch, name="test", capacity=1000, at_once=RUN_LIMIT)
        broker.runs += 1
        working = asyncio.create_task(lane.run())
        for number, (packet, said) in enumerate(list(broker.unacked.items())):
            lane.put(broker, packet, said.received)
            if number % 3 == 0:
                await asyncio.sleep(0)
        while broker.unacked and not working.done():
            await asyncio.sleep(0.001)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    async def close(self) -> None:
        await self.storage.close()


async def _nothing() -> None:
    """Nothing waits for the network."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "FIRST_RETRY_S", 0.0005)
    monkeypatch.setattr(lanes, "LAST_RETRY_S", 0.001)


KINDS = st.sampled_from(["text", "seen", "ack", "status", "location", "malformed"])
STEPS = {"ack": "accepted", "status": "arrived"}


def said(unit_id: str, kind: str, number: int, jobs: dict[str, UUID]) -> Said:
    msg_id = str(UUID(int=7_000_000 + number))
    if kind == "text":
        return Said(unit_id, "text", {"msg_id": msg_id, "text": f"第 {number} 句"})
    if kind == "seen":
        return Said(unit_id, "seen", {"msg_id": msg_id, "of": str(uuid7()), "step": "displayed"})
    if kind == "location":
        fix = {"fix_at": datetime.now(UTC).isoformat(), "lon": 126.6, "lat": 45.7, "accuracy_m": 8}
        return Said(unit_id, "location", {"msg_id": msg_id, **fix})
    if kind == "malformed":
        return Said(unit_id, "text", {"msg_id": "none"})
    return Said(unit_id, kind, {"msg_id": msg_id, "dispatch_id": str(jobs[unit_id]), "step": STEPS[kind]})


@given(
    st.lists(st.tuples(st.sampled_from(UNITS), KINDS), min_size=1, max_size=24),
    st.lists(st.integers(0, 23), max_size=12),
    PLANS,
    st.lists(st.booleans(), max_size=20),
)
def test_each_event_is_there_once_and_in_order(
    wanted: list[tuple[str, str]], copies: list[int], plan: list[str], unsent: list[bool]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_tell(Path(folder), wanted, copies, plan, unsent))


async def _tell(
    folder: Path, wanted: list[tuple[str, str]], copies: list[int], plan: list[str], unsent: list[bool]
) -> None:
    world = World(folder)
    try:
        jobs = await world.people()
        first = [said(unit_id, kind, number, jobs) for number, (unit_id, kind) in enumerate(wanted)]
        # A copy comes some time after the first.
        everything = list(first)
        for at in copies:
            if at < len(first):
                earliest = next(place for place, one in enumerate(everything) if one is first[at]) + 1
                everything.insert(max(earliest, len(everything) - at), first[at])
        broker = Broker(dict(enumerate(everything)))
        world.storage.plan, world.link.plan = list(plan), list(unsent)
        while broker.unacked:
            await world.run(broker)
            assert broker.runs < 100
        world.storage.plan = []
        await _check(world, first)
    finally:
        await world.close()


async def _check(world: World, first: Sequence[Said]) -> None:
    emitted = await world.city.emitted()
    for unit_id in UNITS:
        mine = [one for one in first if one.unit_id == unit_id and one.body["msg_id"] != "none"]
        told = [
            str(one.text_id if isinstance(one, TextChanged) else one.msg_id)
            for one in emitted
            if isinstance(one, TextChanged | UnitReported) and one.unit_id == unit_id
        ]
        assert told == [one.body["msg_id"] for one in mine if one.kind in {"text", "ack", "status"}]
        down = [json.loads(body) for topic, body in world.link.published if f"/{unit_id}/" in topic]
        assert {one["of"] for one in down} == {one.body["msg_id"] for one in mine if one.kind != "location"}
        numbers = [one["seq"] for one in down]
        assert numbers == sorted(set(numbers)), "a unit's messages are numbered in the order of their leaving"
    async with world.storage.read() as connection:
        kept = await text_store.listed(connection, limit=500)
    assert Counter(str(one.text_id) for one in kept) == Counter(
        one.body["msg_id"] for one in first if one.kind == "text" and one.body["msg_id"] != "none"
    )


async def test_one_that_cannot_be_kept_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    jobs = await world.people()
    add = text_store.add_new

    async def refuse(transaction: Transaction, new: Sequence[Any]) -> frozenset[UUID]:
        if any(one.text == "第 2 句" for one in new):
            raise RuntimeError
        return await add(transaction, new)

    monkeypatch.setattr(text_store, "add_new", refuse)
    monkeypatch.setattr(lanes, "ATTEMPTS", 2)
    broker = Broker({number: said("app:1", "text", number, jobs) for number in range(5)})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await world.run(broker)
    assert list(broker.unacked) == [2]
    monkeypatch.undo()
    await world.run(broker)
    async with world.storage.read() as connection:
        assert {one.text for one in await text_store.listed(connection, limit=9)} == {
            f"第 {number} 句" for number in range(5)
        }
    await world.close()


@given(st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from("abc")), max_size=40))
def test_steps_keep_each_units_order_and_lose_nothing(messages: list[tuple[str, str]]) -> None:
    numbered = list(enumerate(messages))
    found = list(steps(numbered, whose=lambda one: one[1][0], kind=lambda one: one[1][1]))
    assert all(len({kind for _, (_, kind) in step}) == 1 for step in found)
    flat = [one for step in found for one in step]
    assert sorted(flat) == numbered
    for unit_id in UNITS:
        assert [one for one in flat if one[1][0] == unit_id] == [
            one for one in numbered if one[1][0] == unit_id
        ]


def test_what_units_say_by_turns_is_few_steps() -> None:
    messages = [(unit_id, kind) for kind in "ab" for unit_id in UNITS]
    by_turns = [(unit_id, kind) for unit_id in UNITS for kind in "ab"]
    for order in (messages, by_turns):
        assert len(list(steps(order, whose=lambda one: one[0], kind=lambda one: one[1]))) == 2
