"""The outbox and the inbox: what commits is delivered, what rolls back never was."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from core.clock import ManualClock
from core.events import Delivery, Event
from core.metrics import REGISTRY
from core.storage import OutboxRelay, Storage, StorageAway, StorageBusy, StorageSettings, create_engine
from core.storage.schema import inbox, outbox
from core.storage.sqlite import DirectConnection
from tests.budget import share
from tests.waiting import until


class Happened(Event):
    TYPE: ClassVar[str] = "test.happened"
    DELIVERY: ClassVar[Delivery] = "durable"
    what: str


async def test_a_committed_event_is_delivered_once(any_storage: Storage) -> None:
    seen: list[str] = []

    async def deliver(event: Event) -> None:
        assert isinstance(event, Happened)
        seen.append(event.what)

    async with any_storage.write() as transaction:
        await transaction.emit(Happened(what="first"))
    relay = OutboxRelay(any_storage, "bus", deliver)
    assert await relay.relay_once() == 1
    assert await relay.relay_once() == 0
    assert seen == ["first"]


async def test_a_rolled_back_event_never_leaves(any_storage: Storage) -> None:
    async def deliver(event: Event) -> None:
        raise AssertionError(event)

    async def fail_after_emitting() -> None:
        async with any_storage.write() as transaction:
            await transaction.emit(Happened(what="never"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_emitting()
    assert await OutboxRelay(any_storage, "bus", deliver).relay_once() == 0


async def test_a_failing_stream_keeps_its_order_and_holds_back_no_other(any_storage: Storage) -> None:
    seen: list[str] = []
    broken = True

    async def deliver(event: Event) -> None:
        assert isinstance(event, Happened)
        if broken and event.what == "a1":
            raise OSError
        seen.append(event.what)

    async with any_storage.write() as transaction:
        await transaction.emit(Happened(what="a1"), stream="a")
        await transaction.emit(Happened(what="a2"), stream="a")
        await transaction.emit(Happened(what="b1"), stream="b")
    relay = OutboxRelay(any_storage, "bus", deliver)
    await relay.relay_once()
    assert seen == ["b1"]
    broken = False
    await any_storage.clock.sleep(0.6)
    await relay.relay_once()
    assert seen == ["b1", "a1", "a2"]


async def test_the_inbox_says_true_once(any_storage: Storage) -> None:
    async with any_storage.write() as transaction:
        assert await transaction.first_time("mqtt", "m-1")
        assert not await transaction.first_time("mqtt", "m-1")
        assert await transaction.first_time("other", "m-1")
        assert await transaction.first_times([]) == frozenset()
        several = [("mqtt", "m-1"), ("mqtt", "m-2"), ("other", "m-2"), ("mqtt", "m-2")]
        assert await transaction.first_times(several) == {("mqtt", "m-2"), ("other", "m-2")}


async def emit(storage: Storage, *what: tuple[str, str]) -> None:
    async with storage.write() as transaction:
        for stream, name in what:
            await transaction.emit(Happened(what=name), stream=stream)


async def test_streams_leave_together_and_a_stream_one_after_the_other(any_storage: Storage) -> None:
    under_way: set[str] = set()
    together: list[set[str]] = []

    async def deliver(event: Event) -> None:
        assert isinstance(event, Happened)
        under_way.add(event.what)
        await asyncio.sleep(0)
        together.append(set(under_way))
        under_way.discard(event.what)

    await emit(any_storage, ("a", "a1"), ("b", "b1"), ("a", "a2"), ("c", "c1"))
    assert await OutboxRelay(any_storage, "bus", deliver, at_once=10).relay_once() == 4
    assert together[0] == {"a1", "b1"}
    assert together[2] == {"a2", "c1"}


@settings(max_examples=share(0.5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from("abc"), max_size=12), st.data(), st.integers(1, 6))
async def test_whatever_fails_a_stream_keeps_its_order_and_nothing_is_lost(
    storage: Storage, streams: list[str], data: st.DataObject, at_once: int
) -> None:
    taken: list[str] = []

    async def deliver(event: Event) -> None:
        assert isinstance(event, Happened)
        await asyncio.sleep(0)
        if data.draw(st.booleans()):
            raise OSError
        taken.append(event.what)

    async with storage.write() as transaction:
        await transaction.connection.execute(delete(outbox))
    await emit(storage, *((stream, f"{stream}{number}") for number, stream in enumerate(streams)))
    relay = OutboxRelay(storage, "bus", deliver, at_once=at_once)
    for _ in range(1_000):
        await relay.relay_once()
        async with storage.write() as transaction:  # the delay after a failure has passed
            await transaction.connection.execute(update(outbox).values(due_at=storage.clock.now()))
        if len(taken) == len(streams):
            break
    assert Counter(taken) == Counter(f"{stream}{number}" for number, stream in enumerate(streams))
    for stream in "abc":
        own = [one for one in taken if one[0] == stream]
        assert own == sorted(own, key=lambda one: int(one[1:]))
    assert await relay.relay_once() == 0


async def test_a_delivery_that_fails_is_tried_again_later_and_later_but_never_later_than_the_cap(
    any_storage: Storage,
) -> None:
    any_storage.clock = ManualClock()
    tried: list[float] = []

    async def deliver(_event: Event) -> None:
        tried.append(any_storage.clock.monotonic())
        raise OSError

    await emit(any_storage, ("a", "a1"))
    relay = OutboxRelay(any_storage, "bus", deliver)
    while len(tried) < 12:
        await relay.relay_once()
        any_storage.clock.advance(0.25)
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30]


async def test_a_delivery_that_failed_for_years_is_still_tried(any_storage: Storage) -> None:
    any_storage.clock = ManualClock()
    await emit(any_storage, ("a", "a1"))
    async with any_storage.write() as transaction:
        await transaction.connection.execute(update(outbox).values(attempts=1_000_000))

    async def refuse(_event: Event) -> None:
        raise OSError

    async def take(_event: Event) -> None:
        """It is there at last."""

    assert await OutboxRelay(any_storage, "bus", refuse).relay_once() == 0
    any_storage.clock.advance(30)
    assert await OutboxRelay(any_storage, "bus", take).relay_once() == 1


async def test_a_relay_takes_what_comes_at_once_in_few_passes(storage: Storage) -> None:
    taken: list[float] = []

    async def deliver(_event: Event) -> None:
        taken.append(time.monotonic())

    commits = 0

    def on_commit(_connection: object) -> None:
        nonlocal commits
        commits += 1

    running = asyncio.create_task(OutboxRelay(storage, "bus", deliver, at_once=10).run())
    await asyncio.sleep(0.4)
    began = time.monotonic()
    await emit(storage, ("a", "first"))
    event.listen(storage.engine.sync_engine, "commit", on_commit)
    for number in range(20):
        await emit(storage, (str(number), "later"))
    while len(taken) < 21:
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert taken[0] - began < 0.2, "after a pause it leaves at once"
    assert commits <= 20 + 5


async def test_a_database_that_is_away_is_counted_and_waited_for(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deliver(_event: Event) -> None: ...

    passes = 0

    async def relay_once() -> int:
        nonlocal passes
        passes += 1
        if passes <= 2:
            raise StorageAway
        return 0

    def away() -> float:
        found = REGISTRY.get_sample_value("songhua_outbox_failed_total", {"destination": "bus"})
        return found or 0.0

    before = away()
    relay = OutboxRelay(storage, "bus", deliver)
    monkeypatch.setattr(relay, "relay_once", relay_once)
    monkeypatch.setattr("core.storage.outbox.PASS_S", 0.01)
    monkeypatch.setattr("core.storage.outbox.POLL_S", 0.01)
    running = asyncio.create_task(relay.run())
    await until(lambda: passes > 2, "a pass after the database is back")
    running.cancel()
    assert away() == before + 2


async def test_a_commit_during_a_pass_is_not_missed(storage: Storage) -> None:
    """Two relays wait for the same commits; one that is busy when they come finds them when it is not."""
    count = storage.commits.count("bus")
    await emit(storage, ("a", "a1"))
    await asyncio.wait_for(storage.commits.beyond("bus", count), 0.1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(storage.commits.beyond("bus", count + 1), 0.05)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(storage.commits.beyond("mqtt", 0), 0.05)


async def test_sqlite_is_asked_once_for_a_statement(storage: Storage) -> None:
    journeys = 0
    async with storage.write() as transaction:
        raw: Any = (await transaction.connection.get_raw_connection()).dbapi_connection
        assert isinstance(raw, DirectConnection)
        driver: Any = raw._connection
        execute = driver._execute

        async def counted(*given: Any) -> Any:
            nonlocal journeys
            journeys += 1
            return await execute(*given)

        driver._execute = counted
        await transaction.first_time("mqtt", "m-1")
        assert (await transaction.connection.execute(select(inbox.c.msg_id))).scalars().all() == ["m-1"]
        assert journeys == 2
    assert journeys == 3  # and once to commit
    del driver._execute


async def test_sqlite_waits_for_its_lock_and_survives_a_power_cut(tmp_path: Path) -> None:
    settings = StorageSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}", lock_timeout_s=2.5)
    storage = Storage(create_engine(settings))
    async with storage.read() as connection:
        found = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    await storage.close()
    full = 2
    assert found == {"journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "busy_timeout": 2_500}


async def test_rows_counts_and_errors_are_as_with_the_drivers_own_cursor(storage: Storage) -> None:
    async with storage.write() as transaction:
        connection, now = transaction.connection, storage.clock.now()
        rows = [{"source": "s", "msg_id": str(number), "at": now} for number in range(5)]
        await connection.execute(insert(inbox), rows)
        changed = await connection.execute(update(inbox).where(inbox.c.msg_id > "2").values(source="t"))
        assert changed.rowcount == 2
        found = await connection.execute(select(inbox.c.msg_id, inbox.c.at).order_by(inbox.c.msg_id))
        assert found.fetchone() == ("0", now)
        assert len(found.fetchmany(2)) == 2
        assert [row.msg_id for row in found] == ["3", "4"]
        with pytest.raises(IntegrityError):
            await connection.execute(insert(inbox), rows[:1])
        async with connection.stream(select(inbox.c.msg_id)) as streamed:
            assert len([row async for row in streamed]) == 5
    async with storage.read() as connection, connection.stream(select(inbox.c.source)) as streamed:
        assert sorted([row.source async for row in streamed]) == ["s", "s", "s", "t", "t"]


async def test_who_waits_too_long_for_a_row_is_told_so_and_tries_again(any_storage: Storage) -> None:
    url = any_storage.engine.url.render_as_string(hide_password=False)
    other = Storage(create_engine(StorageSettings.model_validate({"url": url, "lock_timeout_s": 0.2})))
    async with any_storage.write() as transaction:
        await transaction.first_time("s", "1")
        with pytest.raises(StorageAway) as told:
            async with other.write() as late:
                await late.first_time("s", "1")
    # SQLite has one lock for all.
    assert isinstance(told.value, StorageBusy) == (any_storage.dialect == "postgresql")
    async with other.write() as late:
        assert not await late.first_time("s", "1")
    await other.close()


@pytest.mark.real
@pytest.mark.database
async def test_who_waits_too_long_for_a_connection_is_told_so_and_tries_again(postgres_database: str) -> None:
    """As many wait for one row as there are connections: the others are told, and it is no fault."""
    settings = {"url": postgres_database, "lock_timeout_s": 1.0, "pool_size": 1}
    storage = Storage(create_engine(StorageSettings.model_validate(settings)))
    async with contextlib.AsyncExitStack() as stack:
        all_in_use = False
        while not all_in_use:
            try:
                await stack.enter_async_context(storage.read())
            except StorageBusy:
                all_in_use = True
        with pytest.raises(StorageBusy):
            async with storage.write():
                pass
    await storage.ping()
    await storage.close()


async def test_a_write_takes_the_lock_and_a_read_sees_one_moment(storage: Storage, tmp_path: Path) -> None:
    other = Storage(
        create_engine(
            StorageSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}", lock_timeout_s=0.1)
        )
    )
    async with storage.read() as reading:
        assert (await reading.execute(select(inbox))).all() == []
        async with other.write() as transaction:
            await transaction.first_time("s", "1")
        assert (await reading.execute(select(inbox))).all() == []
    async with storage.write() as transaction:
        assert len((await transaction.connection.execute(select(inbox))).all()) == 1
        with pytest.raises(StorageAway):
            async with other.write() as late:
                await late.first_time("s", "2")
    with contextlib.suppress(RuntimeError):
        async with storage.write() as transaction:
            await transaction.first_time("s", "3")
            raise RuntimeError
    async with other.write():
        pass  # nothing was asked: there is nothing to end
    async with other.read() as reading:
        assert (await reading.execute(select(inbox.c.msg_id))).scalars().all() == ["1"]
    await other.close()
