"""Events of other roles come into the inbox once, by the broker or, where that forgot them, by the ledger."""

from __future__ import annotations

import json
from typing import Any, ClassVar, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events import Delivery, Event
from core.storage import OutboxRelay, Storage
from gateway.mqtt import consumer as intakes
from gateway.mqtt.consumer import EventConsumer
from gateway.mqtt.errors import BrokerAway, NobodyListens
from gateway.mqtt.link import MqttLink
from gateway.mqtt.message import parse_event
from gateway.mqtt.relay import RoleRelay
from tests.mqtt.fakes import FakeLink


class Ordered(Event):
    TYPE: ClassVar[str] = "test.ordered"
    DELIVERY: ClassVar[Delivery] = "durable"
    what: str


class Seen(Event):
    TYPE: ClassVar[str] = "test.seen"


def other_role(storage: Storage, origin: str) -> Storage:
    return Storage(storage.engine, origin=origin, route=lambda _event: ("mqtt",))


class Receiver:
    def __init__(self, storage: Storage, link: FakeLink) -> None:
        self.taken: list[Event] = []
        self.shown: list[Event] = []
        self.broken = False
        self.consumer = EventConsumer(
            cast("MqttLink", link), other_role(storage, "radio"), deliver=self.deliver, show=self.shown.append
        )
        self.consumer.take("centre", [Ordered, Seen])

    async def deliver(self, event: Event) -> None:
        if self.broken:
            raise RuntimeError
        self.taken.append(event)


def wire(event: Event) -> bytes:
    return json.dumps(event.envelope()).encode()


async def test_a_copy_of_an_event_is_handled_once(any_storage: Storage) -> None:
    link = FakeLink()
    receiver = Receiver(any_storage, link)
    event = Ordered(what="x")
    for _ in range(3):
        await link.give("v1/harbin/role/centre/test.ordered", wire(event))
    assert receiver.taken == [event]


async def test_an_event_whose_handler_failed_is_not_marked_as_handled(storage: Storage) -> None:
    link = FakeLink()
    receiver = Receiver(storage, link)
    event, receiver.broken = Ordered(what="x"), True
    with pytest.raises(RuntimeError):
        await link.give("v1/harbin/role/centre/test.ordered", wire(event))
    receiver.broken = False
    await link.give("v1/harbin/role/centre/test.ordered", wire(event))
    assert receiver.taken == [event]


async def test_what_the_broker_forgot_is_taken_from_the_ledger(
    any_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intakes, "BATCH", 2)
    centre, link = other_role(any_storage, "centre"), FakeLink()
    receiver = Receiver(any_storage, link)
    events = [Ordered(what=str(number)) for number in range(5)]
    async with centre.write() as transaction:
        for event in events:
            await transaction.emit(event)
    # The broker said yes to each of them, and was killed before it gave them on.
    await OutboxRelay(centre, "mqtt", RoleRelay(cast("MqttLink", link), role="centre").deliver).relay_once()
    assert len(link.published) == 5
    await link.give("v1/harbin/role/centre/test.ordered", wire(events[3]))
    await link.come_back()
    assert receiver.taken == [events[3], *events[:3], events[4]]
    assert await receiver.consumer.catch_up() == 0


async def test_what_was_never_handed_over_stays_with_its_outbox(storage: Storage) -> None:
    centre, link = other_role(storage, "centre"), FakeLink()
    receiver = Receiver(storage, link)
    async with centre.write() as transaction:
        await transaction.emit(Ordered(what="x"))
    link.away = True
    relay = OutboxRelay(centre, "mqtt", RoleRelay(cast("MqttLink", link), role="centre").deliver)
    assert await relay.relay_once() == 0
    assert await receiver.consumer.catch_up() == 0
    link.away = False
    await storage.clock.sleep(0.6)
    assert await relay.relay_once() == 1


async def test_a_publish_that_no_one_wants_is_a_failure() -> None:
    link = FakeLink()
    link.nobody.add("v1/harbin/role/centre/test.ordered")
    relay = RoleRelay(cast("MqttLink", link), role="centre")
    with pytest.raises(NobodyListens):
        await relay.deliver(Ordered(what="x"))
    link.away = True
    with pytest.raises(BrokerAway):
        await relay.deliver(Ordered(what="x"))


async def test_live_events_are_shown_and_not_kept(storage: Storage) -> None:
    link = FakeLink()
    receiver = Receiver(storage, link)
    await link.give("v1/harbin/role/centre/test.seen", wire(Seen()))
    assert [type(event) for event in receiver.shown] == [Seen]
    assert receiver.taken == []


async def test_a_malformed_message_is_dropped(storage: Storage) -> None:
    link = FakeLink()
    receiver = Receiver(storage, link)
    for payload in (
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"type": "no.such"}',
        b'{"type": "test.ordered"}',
        b"[" * 9999,
    ):
        await link.give("v1/harbin/role/centre/test.ordered", payload)
    assert receiver.taken == []


@given(
    st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda made: json.dumps(made).encode(),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=10),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(
                        st.sampled_from(["type", "id", "at", "what", "version"]), inner, max_size=5
                    )
                ),
                max_leaves=8,
            ),
        ),
    )
)
def test_any_bytes_are_an_event_or_a_value_error(payload: bytes) -> None:
    try:
        event: Any = parse_event(payload)
    except ValueError:
        return
    assert isinstance(event, Event)


async def test_what_every_centre_handed_over_is_taken(any_storage: Storage) -> None:
    link = FakeLink()
    receiver = Receiver(any_storage, link)
    origins = ("centre", "centre:south", "centre:north", "centres", "radio")
    events = {origin: Ordered(what=origin) for origin in origins}
    for origin, event in events.items():
        writer = other_role(any_storage, origin)
        async with writer.write() as transaction:
            await transaction.emit(event)
        relay = RoleRelay(cast("MqttLink", link), role="centre")
        await OutboxRelay(writer, "mqtt", relay.deliver).relay_once()
    await receiver.consumer.catch_up()
    assert [cast("Ordered", one).what for one in receiver.taken] == list(origins[:3])
