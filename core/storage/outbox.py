"""The outbox relay: brings committed events to one destination, at least once, each stream in order.

A delivery that fails holds back only its own stream; it is tried again with a capped delay, for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, func, select, update

from core.events import Event, parse
from core.log import logger
from core.metrics import counter, gauge
from core.storage.schema import outbox
from core.storage.unit_of_work import Storage, StorageAway, Transaction

_log = logger("core")
_delivered = counter("outbox_delivered", "Durable events delivered", ["destination"])
_failed = counter("outbox_failed", "Failed deliveries, each tried again", ["destination"])
_pruned = counter("outbox_pruned", "Delivered events forgotten after their time", ["destination"])
_waiting = gauge("outbox_waiting", "Events due at the last pass, 200 at most", ["destination"])

BATCH = 200
POLL_S = 1.0
PASS_S = 0.25
"""From one pass to the next at least: each has its price, however much it takes along."""
FIRST_RETRY_S = 0.5
LAST_RETRY_S = 30.0
MOST_STREAMS = 500
SET_BACK = timedelta(seconds=2)
"""So much earlier than at the last pass: somebody has set the clock."""

# Made once: to put a statement together costs as much as to carry it out.
_late = outbox.alias("late")
_held = (
    select(_late.c.stream, func.min(_late.c.seq).label("first"))
    .where(
        _late.c.origin == bindparam("from_origin"),
        _late.c.destination == bindparam("to"),
        _late.c.done_at.is_(None),
        _late.c.due_at > bindparam("now"),
    )
    .group_by(_late.c.stream)
    .subquery("held")
)
# From where a stream is held its rows are left out here: those of one stream could else fill every batch.
# That costs a look at all that waits: with 100,000 rows some 40 ms, and rarely do ten wait.
_PENDING = (
    select(outbox)
    .outerjoin(_held, and_(_held.c.stream == outbox.c.stream, _held.c.first <= outbox.c.seq))
    .where(
        outbox.c.origin == bindparam("from_origin"),
        outbox.c.destination == bindparam("to"),
        outbox.c.done_at.is_(None),
        _held.c.stream.is_(None),
    )
    .order_by(outbox.c.seq)
    .limit(BATCH)
)
_SETTLE = (
    update(outbox).where(outbox.c.seq.in_(bindparam("seqs", expanding=True))).values(done_at=bindparam("at"))
)
_POSTPONE = (
    update(outbox)
    .where(outbox.c.seq == bindparam("of_seq"))
    .values(attempts=bindparam("tries"), due_at=bindparam("next_at"), last_error=bindparam("error"))
)
_FORGET_PAUSES = (
    update(outbox)
    .where(
        outbox.c.origin == bindparam("from_origin"),
        outbox.c.destination == bindparam("to"),
        outbox.c.done_at.is_(None),
        outbox.c.due_at > bindparam("now"),
    )
    .values(due_at=bindparam("now"))
)
_PRUNE = delete(outbox).where(
    outbox.c.seq.in_(
        select(outbox.c.seq)
        .where(
            outbox.c.origin == bindparam("from_origin"),
            outbox.c.destination == bindparam("to"),
            outbox.c.done_at < bindparam("before"),
        )
        .order_by(outbox.c.done_at)
        .limit(bindparam("most"))
    )
)


async def make_due(transaction: Transaction, origin: str, destination: str, streams: Collection[str]) -> None:
    """What waits there for its time, of these streams, is due now."""
    now = transaction.clock.now()
    asked = sorted(streams)
    for start in range(0, len(asked), MOST_STREAMS):
        await transaction.connection.execute(
            update(outbox)
            .where(
                outbox.c.origin == origin, outbox.c.destination == destination, outbox.c.done_at.is_(None),
                outbox.c.due_at > now, outbox.c.stream.in_(asked[start : start + MOST_STREAMS]),
            )
            .values(due_at=now)
        )  # fmt: skip


class NotBefore(Exception):
    """Raised by `deliver`: the event's time comes at `at`. It is no failed attempt."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


class OutboxRelay:
    """Relays the rows of `storage.origin` for one destination to `deliver`, which returns after the
    destination has taken the event, and raises when it has not: `NotBefore` to get it again at that time. Up
    to `at_once` events of different streams are under way at a time, begun in the order in which they were
    emitted. The pause after a failure doubles up to `last_retry_s`.
    """

    def __init__(
        self,
        storage: Storage,
        destination: str,
        deliver: Callable[[Event], Awaitable[None]],
        *,
        at_once: int = 1,
        last_retry_s: float = LAST_RETRY_S,
    ) -> None:
        self._storage = storage
        self._destination = destination
        self._deliver = deliver
        self._at_once = at_once
        self._last_retry_s = last_retry_s
        self._last_pass: datetime | None = None

    async def run(self) -> None:
        """Relay until cancelled; a database that is away is waited for.

        What comes after a pause leaves at once; what comes soon after a pass leaves with the next one.
        """
        monotonic = asyncio.get_running_loop().time
        while True:
            began = monotonic()
            seen = self._storage.commits.count(self._destination)
            try:
                busy = await self.relay_once()
            except StorageAway:
                _failed.labels(self._destination).inc()
                busy = 0
            if busy < BATCH:
                await self._wait(seen)
                await asyncio.sleep(max(0.0, began + PASS_S - monotonic()))

    async def relay_once(self) -> int:
        """One pass over what is due; how many events were delivered."""
        now = self._storage.clock.now()
        if self._last_pass is not None and now < self._last_pass - SET_BACK:
            await self._forget_pauses(now)
        self._last_pass = now
        rows = await self._pending(now)
        _waiting.labels(self._destination).set(len(rows))
        held: set[str] = set()
        delivered = 0
        for run in runs(rows, self._at_once):
            delivered += await self._relay([row for row in run if row.stream not in held], held)
        return delivered

    async def prune(self, before: datetime, most: int) -> int:
        """Forget what was delivered before then, `most` rows at most; how many went. What was not delivered,
        and what others relay, stays.
        """
        async with self._storage.write() as transaction:
            gone = await transaction.connection.execute(
                _PRUNE,
                {
                    "from_origin": self._storage.origin,
                    "to": self._destination,
                    "before": before,
                    "most": most,
                },
            )
        _pruned.labels(self._destination).inc(gone.rowcount)
        return gone.rowcount

    async def _forget_pauses(self, now: datetime) -> None:
        """The machine's clock was set back: what was to wait for seconds would wait for so much longer. What
        has its time later says that again.
        """
        async with self._storage.write() as transaction:
            await transaction.connection.execute(
                _FORGET_PAUSES,
                {"from_origin": self._storage.origin, "to": self._destination, "now": now},
            )

    async def _pending(self, now: datetime) -> Sequence[Row[Any]]:
        """The first that are due, and stand behind none of their stream that is not."""
        async with self._storage.read() as connection:
            found = await connection.execute(
                _PENDING, {"from_origin": self._storage.origin, "to": self._destination, "now": now}
            )
            return found.all()

    async def _relay(self, rows: Sequence[Row[Any]], held: set[str]) -> int:
        """Deliver these rows, each of a stream of its own; the streams of those that fail are held."""
        if not rows:
            return 0
        results = await asyncio.gather(*(self._hand_over(row) for row in rows), return_exceptions=True)
        done = [row.seq for row, error in zip(rows, results, strict=True) if error is None]
        if done:
            await self._settle(done)
            _delivered.labels(self._destination).inc(len(done))
        failed: list[tuple[Row[Any], Exception]] = []
        for row, error in zip(rows, results, strict=True):
            if error is None:
                continue
            if not isinstance(error, Exception):
                raise error
            held.add(row.stream)
            failed.append((row, error))
            if isinstance(error, NotBefore):
                continue
            _failed.labels(self._destination).inc()
            _log.warning(
                "outbox delivery failed", destination=self._destination, event_id=str(row.event_id),
                attempts=row.attempts + 1, error=type(error).__name__,
            )  # fmt: skip
        if failed:
            await self._postpone(failed)
        return len(done)

    async def _hand_over(self, row: Row[Any]) -> None:
        await self._deliver(parse(row.envelope))

    async def _settle(self, seqs: Sequence[int]) -> None:
        async with self._storage.write() as transaction:
            await transaction.connection.execute(_SETTLE, {"seqs": seqs, "at": self._storage.clock.now()})

    async def _postpone(self, failed: Sequence[tuple[Row[Any], Exception]]) -> None:
        now = self._storage.clock.now()
        later = [
            {
                "of_seq": row.seq,
                "tries": row.attempts if isinstance(error, NotBefore) else row.attempts + 1,
                "next_at": error.at if isinstance(error, NotBefore) else now + self._pause(row.attempts),
                "error": type(error).__name__,
            }
            for row, error in failed
        ]
        async with self._storage.write() as transaction:
            await transaction.connection.execute(_POSTPONE, later)

    def _pause(self, attempts: int) -> timedelta:
        return timedelta(seconds=min(self._last_retry_s, FIRST_RETRY_S * 2 ** min(attempts, 20)))

    async def _wait(self, seen: int) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._storage.commits.beyond(self._destination, seen)
        except TimeoutError:
            return


def runs(rows: Sequence[Row[Any]], most: int) -> Iterator[Sequence[Row[Any]]]:
    """The rows in stretches of at most `most`, in none of which a stream comes twice."""
    run: list[Row[Any]] = []
    streams: set[str] = set()
    for row in rows:
        if row.stream in streams or len(run) >= most:
            yield run
            run, streams = [], set()
        run.append(row)
        streams.add(row.stream)
    if run:
        yield run
