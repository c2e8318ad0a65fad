"""The outbox and the inbox: what commits is delivered, what rolls back never was."""

from __future__ import annotations

from typing import ClassVar

import pytest

from core.events import Delivery, Event
from core.storage import OutboxRelay, Storage


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
