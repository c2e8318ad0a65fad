"""Events of other roles: taken from the broker into the inbox, each handled once.

The broker is the fast way, the ledger is the truth: after each connection, and now and then, the intake
looks into the outbox for events that were handed to the broker and never came, and takes them from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.events import Event, parse
from core.log import logger
from core.metrics import counter
from core.storage import Storage
from core.storage.schema import inbox, outbox
from core.storage.unit_of_work import role_of
from core.tasks import Tasks
from gateway.mqtt import topics
from gateway.mqtt.link import MqttLink
from gateway.mqtt.message import Received, parse_event

_log = logger("mqtt")
_taken = counter("mqtt_intake_taken", "Events of other roles handled", ["type", "way"])
_again = counter("mqtt_intake_again", "Events of other roles that had been handled before")
_malformed = counter("mqtt_intake_malformed", "Messages on a role topic that are no known event")

CATCH_UP_EVERY_S = 10.0
OVERLAP = timedelta(minutes=2)
LOOK_BACK = timedelta(days=7)
BATCH = 200


class EventConsumer:
    """`deliver` handles a durable event and returns after commit (for example `bus.deliver`); it may be
    called again for the same event after a crash, so it is idempotent by `event.id`. `show` takes live ones.
    """

    name = "mqtt-intake"

    def __init__(
        self,
        link: MqttLink,
        storage: Storage,
        *,
        deliver: Callable[[Event], Awaitable[None]],
        show: Callable[[Event], None],
    ) -> None:
        self._link = link
        self._storage = storage
        self._deliver = deliver
        self._show = show
        self._types: dict[str, set[str]] = {}
        self._source = f"mqtt:{storage.origin}"
        self._tasks = Tasks("mqtt-intake")
        self._one_at_a_time = asyncio.Lock()
        self._caught_up_at: datetime | None = None
        link.on_connect(self._after_connect)

    def take(self, role: str, event_types: Sequence[type[Event]]) -> None:
        """Subscribe to these events of `role`. Call before the link starts."""
        for event_type in event_types:
            for named in (event_type.TYPE, *event_type.FORMER):
                self._types.setdefault(role, set()).add(named)
                topic = topics.role_event(self._link.tenant, role, named)
                self._link.subscribe(topic, self.on_message, name=named)

    async def start(self) -> None:
        self._tasks.forever("catch-up", self._catch_up_now_and_then)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def on_message(self, message: Received) -> None:
        """Handle one message; returns when it may be acknowledged. Malformed ones are counted."""
        try:
            event = parse_event(message.payload)
        except ValueError:
            _malformed.inc()
            _log.warning("role message dropped: it is no known event", topic=message.topic)
            return
        if event.DELIVERY == "live":
            self._show(event)
            return
        await self._take_once(event, "broker")

    async def catch_up(self) -> int:
        """Take the events that other roles handed to the broker and that never came; how many."""
        now = self._storage.clock.now()
        since = self._caught_up_at - OVERLAP if self._caught_up_at else now - LOOK_BACK
        taken, after = 0, 0
        while True:
            rows = await self._handed_over(since, now, after)
            for row in rows:
                after = row.seq
                if row.envelope.get("type") in self._types.get(role_of(row.origin), ()):
                    taken += await self._take_once(parse(row.envelope), "ledger")
            if len(rows) < BATCH:
                self._caught_up_at = now
                return taken

    async def _handed_over(
        self, since: datetime, until: datetime, after: int
    ) -> Sequence[Row[Any, Any, Any]]:
        async with self._storage.read() as connection:
            theirs = [one for one in await _origins(connection) if role_of(one) in self._types]
            wanted = _handed_over(theirs, since, until, after)
            return (await connection.execute(wanted)).all()

    async def _take_once(self, event: Event, way: str) -> bool:
        async with self._one_at_a_time:
            if await self._known(event.id):
                _again.inc()
                return False
            await self._deliver(event)
            async with self._storage.write() as transaction:
                await transaction.first_time(self._source, str(event.id))
            _taken.labels(event.TYPE, way).inc()
            return True

    async def _known(self, event_id: UUID) -> bool:
        wanted = select(inbox.c.msg_id).where(inbox.c.source == self._source, inbox.c.msg_id == str(event_id))
        async with self._storage.read() as connection:
            return (await connection.execute(wanted)).first() is not None

    async def _after_connect(self) -> None:
        await self.catch_up()

    async def _catch_up_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(CATCH_UP_EVERY_S)
            await self.catch_up()


async def _origins(connection: AsyncConnection) -> Sequence[str]:
    """Whose rows the outbox has. One step of its index for each: the rows of a week are not read for that."""
    found: list[str] = []
    while True:
        step = select(outbox.c.origin).order_by(outbox.c.origin).limit(1)
        if found:
            step = step.where(outbox.c.origin > found[-1])
        one = (await connection.execute(step)).scalar()
        if one is None:
            return found
        found.append(one)


def _handed_over(
    origins: Sequence[str], since: datetime, until: datetime, after: int
) -> Select[Any, Any, Any]:
    return (
        select(outbox.c.seq, outbox.c.origin, outbox.c.envelope)
        .where(
            outbox.c.origin.in_(origins),
            outbox.c.destination == "mqtt",
            outbox.c.done_at > since,
            outbox.c.done_at <= until,
            outbox.c.seq > after,
        )
        .order_by(outbox.c.seq)
        .limit(BATCH)
    )
