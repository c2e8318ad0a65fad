"""Events of feeds in the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Row, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from core.storage.dialect import add_up, insert_new
from sensing.tables import feed_events, feed_nonces, feed_refusals

MOST_SAME: Final = 200
"""Events of a class and plate that are compared with a new one."""


class FeedEventState(StrEnum):
    """`waiting` for its draft; `drafted`; `joined`: it is one with an event before it."""

    WAITING = "waiting"
    DRAFTED = "drafted"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class PictureEvidence:
    """A picture as it came: SHA-256 and size of its bytes, and `kept` or why it is not."""

    sha256: str
    size: int
    fate: str


@dataclass(frozen=True, slots=True)
class StoredFeedEvent:
    """`plate` is masked; `content` is the text and the pictures, None once it is drafted."""

    event_id: UUID
    source: str
    key: str
    shown_id: str
    received_at: datetime
    occurred_at: datetime
    kind: str
    category: str
    place: str
    lon: float | None
    lat: float | None
    plate: str
    plate_digest: str
    plate_sealed: bytes | None
    state: FeedEventState = FeedEventState.WAITING
    joined_to: UUID | None = None
    report_id: UUID | None = None
    content: str | None = None
    size: int = 0
    evidence: tuple[PictureEvidence, ...] = ()


@dataclass(slots=True)
class FeedArrival:
    """An event on its way into the database, and what became of it: `taken`, `again` (the event that was
    there is `event_id`) or `replayed`.
    """

    event: StoredFeedEvent
    nonce: str
    fate: str = ""
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FeedBacklog:
    """What a source's events look like now; `size` in bytes."""

    events: int = 0
    waiting: int = 0
    size: int = 0
    last: datetime | None = None


# Made once: to put a statement together costs as much as to carry it out.
_WAITING: Final = (
    select(feed_events)
    .where(
        feed_events.c.source == bindparam("of_source"),
        feed_events.c.state == FeedEventState.WAITING.value,
    )
    .order_by(feed_events.c.event_id)
    .limit(bindparam("most", type_=Integer))
)
_LIKE: Final = (
    select(feed_events)
    .where(
        feed_events.c.source == bindparam("of_source"),
        feed_events.c.category == bindparam("of_category"),
        feed_events.c.plate_digest == bindparam("of_plate"),
        feed_events.c.state == FeedEventState.DRAFTED.value,
        feed_events.c.occurred_at.between(bindparam("since"), bindparam("until")),
    )
    .order_by(feed_events.c.event_id.desc())
    .limit(MOST_SAME)
)


async def put(transaction: Transaction, arrivals: Sequence[FeedArrival]) -> None:
    """Store what is new, and say of each what became of it. A nonce counts also where its event is known."""
    connection, now = transaction.connection, transaction.clock.now()
    nonces = [
        {"source": one.event.source, "nonce": one.nonce, "event_id": one.event.event_id, "at": now}
        for one in arrivals
    ]
    fresh = set(
        (await insert_new(connection, feed_nonces, nonces, returning=[feed_nonces.c.event_id])).scalars()
    )
    rows = [_row(one.event) for one in arrivals if one.event.event_id in fresh]
    new: set[UUID] = set()
    if rows:
        new = set(
            (await insert_new(connection, feed_events, rows, returning=[feed_events.c.event_id])).scalars()
        )
    for one in arrivals:
        event = one.event
        if event.event_id not in fresh:
            one.fate = "replayed"
        elif event.event_id in new:
            one.fate, one.event_id = "taken", event.event_id
        else:
            one.fate = "again"
            wanted = select(feed_events.c.event_id).where(
                feed_events.c.source == event.source, feed_events.c.key == event.key
            )
            one.event_id = (await connection.execute(wanted)).scalar_one()


async def waiting(connection: AsyncConnection, source: str, limit: int) -> list[StoredFeedEvent]:
    """Those that wait for their draft, in the order in which they came."""
    rows = await connection.execute(_WAITING, {"of_source": source, "most": limit})
    return [_event(row) for row in rows]


async def like(connection: AsyncConnection, event: StoredFeedEvent, within_s: float) -> list[StoredFeedEvent]:
    """Drafted events of its source, class and plate around its time, the newest first."""
    around = timedelta(seconds=within_s)
    asked = {
        "of_source": event.source, "of_category": event.category, "of_plate": event.plate_digest,
        "since": event.occurred_at - around, "until": event.occurred_at + around,
    }  # fmt: skip
    return [_event(row) for row in await connection.execute(_LIKE, asked)]


async def settle(transaction: Transaction, events: Sequence[StoredFeedEvent]) -> None:
    """Write what became of these; their content goes."""
    changed = update(feed_events).where(feed_events.c.event_id == bindparam("of"))
    names = ("state", "joined_to", "report_id", "content", "evidence")
    values = [
        {"of": one.event_id, **{name: _row(one)[name] for name in names}, "content": None} for one in events
    ]
    await transaction.connection.execute(changed.values({name: bindparam(name) for name in names}), values)


async def backlogs(connection: AsyncConnection) -> dict[str, FeedBacklog]:
    """By the names of those that have events."""
    is_waiting = feed_events.c.state == FeedEventState.WAITING.value
    wanted = select(
        feed_events.c.source,
        func.count().label("events"),
        func.count().filter(is_waiting).label("waiting"),
        func.coalesce(func.sum(feed_events.c.size).filter(is_waiting), 0).label("size"),
        func.max(feed_events.c.received_at).label("last"),
    ).group_by(feed_events.c.source)
    return {
        row.source: FeedBacklog(row.events, row.waiting, int(row.size), row.last)
        for row in await connection.execute(wanted)
    }


async def newest(connection: AsyncConnection, source: str, limit: int) -> list[StoredFeedEvent]:
    """The newest first, without their content."""
    columns = [one for one in feed_events.c if one.name != "content"]
    wanted = select(*columns).where(feed_events.c.source == source)
    rows = await connection.execute(wanted.order_by(feed_events.c.event_id.desc()).limit(limit))
    return [_event(row) for row in rows]


async def find(connection: AsyncConnection, source: str, event_id: UUID) -> StoredFeedEvent | None:
    wanted = select(feed_events).where(feed_events.c.source == source, feed_events.c.event_id == event_id)
    row = (await connection.execute(wanted)).first()
    return None if row is None else _event(row)


async def refusals(connection: AsyncConnection) -> dict[str, dict[str, int]]:
    """How many requests were refused, by source and cause."""
    found: dict[str, dict[str, int]] = {}
    for row in await connection.execute(select(feed_refusals)):
        found.setdefault(row.source, {})[row.why] = row._mapping["count"]  # noqa: SLF001
    return found


async def add_refusals(transaction: Transaction, counts: Mapping[tuple[str, str], int]) -> None:
    rows = [{"source": source, "why": why, "count": many} for (source, why), many in sorted(counts.items())]
    await add_up(transaction.connection, feed_refusals, rows)


async def waiting_without(connection: AsyncConnection, sources: Collection[str]) -> dict[str, int]:
    """How many events wait of each source that is none of these."""
    wanted = select(feed_events.c.source, func.count()).where(
        feed_events.c.state == FeedEventState.WAITING.value, feed_events.c.source.not_in(sources)
    )
    rows = await connection.execute(wanted.group_by(feed_events.c.source).order_by(feed_events.c.source))
    return {row[0]: row[1] for row in rows}


async def forget(
    transaction: Transaction,
    *,
    sources: Collection[str],
    events_before: datetime,
    nonces_before: datetime,
) -> int:
    """Remove what is older; what waits for its draft stays, if it is of one of these sources: of others
    nobody drafts it. How many events went.
    """
    done = feed_events.c.state != FeedEventState.WAITING.value
    old = delete(feed_events).where(
        feed_events.c.received_at < events_before, done | feed_events.c.source.not_in(sources)
    )
    gone = await transaction.connection.execute(old)
    await transaction.connection.execute(delete(feed_nonces).where(feed_nonces.c.at < nonces_before))
    return int(gone.rowcount)


def _row(one: StoredFeedEvent) -> dict[str, Any]:
    evidence = [{"sha256": it.sha256, "size": it.size, "fate": it.fate} for it in one.evidence]
    row: dict[str, Any] = {name: getattr(one, name) for name in StoredFeedEvent.__dataclass_fields__}
    return row | {"state": one.state.value, "evidence": json.dumps(evidence)}


def _event(row: Row[Any]) -> StoredFeedEvent:
    values = dict(row._mapping)  # noqa: SLF001
    evidence = tuple(PictureEvidence(**one) for one in json.loads(values.pop("evidence")))
    return StoredFeedEvent(**values | {"state": FeedEventState(values["state"]), "evidence": evidence})
