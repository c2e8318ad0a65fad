"""Who wanted to speak as another: told at once and then as a number, whatever the flood."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from field.events import UnitPretended
from field.units.radio import pretended
from field.units.radio.pretended import EVERY_S, Book, ImpersonationWatch, PublishRefusedMessage, due, noted
from tests.field.conftest import City
from tests.mqtt.fakes import FakeLink

SAID = st.builds(
    PublishRefusedMessage,
    user=st.sampled_from(["app:1", "app:2"]),
    topic_unit=st.sampled_from(["app:3", "app:4"]),
    kind=st.just("unit"),
    times=st.integers(1, 50),
)


@given(st.lists(st.tuples(SAID, st.floats(0, 40)), max_size=60))
def test_every_refusal_is_told_once_and_no_account_more_than_once_a_minute(
    said: list[tuple[PublishRefusedMessage, float]],
) -> None:
    book: Book = {}
    now, told = 0.0, []
    at: dict[tuple[str, str], float] = {}
    for one, pause in said:
        now += pause
        book, event = noted(book, one, now)
        if event is not None:
            key = (event.user, event.topic_unit)
            assert now - at.get(key, -EVERY_S) >= EVERY_S
            at[key] = now
            told.append(event)
    book, rest = due(book, now + EVERY_S + 1)
    assert book == {}
    assert sum(event.times for event in [*told, *rest]) == sum(one.times for one, _ in said)


def test_the_book_is_bounded() -> None:
    book: Book = {}
    for number in range(pretended.MOST_WATCHED + 50):
        book, _ = noted(book, PublishRefusedMessage(user=f"app:{number}", kind="unit"), 0.0)
    assert len(book) == pretended.MOST_WATCHED


async def test_a_refusal_becomes_a_durable_event_and_nonsense_does_not(city: City) -> None:
    link = FakeLink()
    ImpersonationWatch(city.storage, link, tenant="harbin")
    topic = "v1/harbin/broker/refused"
    for payload in (b"", b"{}", b"[1]", b"\xff", b'{"user": 1, "kind": "unit"}', b'{"user":"x","kind":"y"}'):
        await link.give(topic, payload)
    body = {"user": "app:18", "topic_unit": "app:17", "kind": "unit"}
    for _ in range(5):
        await link.give(topic, json.dumps(body).encode())
    (event,) = await city.emitted()
    assert isinstance(event, UnitPretended)
    assert (event.user, event.topic_unit, event.kind, event.times) == ("app:18", "app:17", "unit", 1)
