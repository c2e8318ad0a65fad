"""Who wanted to speak as another: the broker refused it, and this says so to people (log, metric, event).

What the broker refused comes on `v1/{tenant}/broker/refused` from whoever reads its log (`songhua mqtt run`).
The first of one account against one unit is told at once, the rest of a minute as a number at its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from core.clock import Clock
from core.link import BrokerLink, BrokerMessage
from core.log import logger
from core.metrics import counter
from core.models import Frozen
from core.storage import Storage
from field.events import UnitPretended

_log = logger("field")
_refused = counter("field_pretended", "Publishes that the broker refused to an account", ["kind"])
_malformed = counter("field_refused_malformed", "Words of the broker's log reader that were none")

EVERY_S: Final = 60.0
MOST_WATCHED: Final = 1_000

Kind = Literal["unit", "role", "control", "session"]
"""Whose topic it was: another unit's, a role's of the service, or the broker's own control. `session`: the
account signed in as the session of another one, which the broker lets it and ends the other's connection.
"""
_Name = Annotated[str, Field(max_length=96)]


class PublishRefusedMessage(Frozen):
    """`v1/{tenant}/broker/refused`: the broker refused a publish. `user` is the account, never what it
    claims.
    """

    SCHEMA: str = "broker.refused/1"

    user: _Name
    topic_unit: _Name = ""
    kind: Kind
    times: int = Field(default=1, ge=1, le=1_000_000)


@dataclass(frozen=True, slots=True)
class WatchedAccounts:
    """Since when (our monotonic clock) one account is watched, and how often it tried since it was last
    told.
    """

    since: float
    untold: int = 0


Book = Mapping[tuple[str, str, str], WatchedAccounts]


def noted(book: Book, said: PublishRefusedMessage, now: float) -> tuple[Book, UnitPretended | None]:
    """The book after the refusal, and what is to be told at once. Pure; the book is bounded."""
    key = (said.user, said.topic_unit, said.kind)
    known = book.get(key)
    if known is not None and now - known.since < EVERY_S:
        return {**book, key: WatchedAccounts(known.since, known.untold + said.times)}, None
    rest = dict(book)
    rest.pop(key, None)
    while len(rest) >= MOST_WATCHED:
        del rest[next(iter(rest))]
    times = said.times + (known.untold if known is not None else 0)
    return {**rest, key: WatchedAccounts(now)}, _told(key, times)


def due(book: Book, now: float) -> tuple[Book, list[UnitPretended]]:
    """The book without those whose minute is over, and what of them is still to be told."""
    over = {key: one for key, one in book.items() if now - one.since >= EVERY_S}
    left = {key: one for key, one in book.items() if key not in over}
    return left, [_told(key, one.untold) for key, one in over.items() if one.untold]


def _told(key: tuple[str, str, str], times: int) -> UnitPretended:
    return UnitPretended(user=key[0], topic_unit=key[1], kind=key[2], times=times)


class ImpersonationWatch:
    """Made before the link starts: it subscribes."""

    def __init__(self, storage: Storage, link: BrokerLink, *, tenant: str) -> None:
        self._storage = storage
        self._clock: Clock = storage.clock
        self._book: Book = {}
        link.subscribe(f"v1/{tenant}/broker/refused", self.on_message, name="broker-refused")

    async def on_message(self, message: BrokerMessage) -> None:
        """Returns after commit. The same message again is one more refusal: it is a count, not a record."""
        try:
            said = PublishRefusedMessage.model_validate_json(message.payload)
        except ValidationError:
            _malformed.inc()
            return
        _refused.labels(said.kind).inc(said.times)
        book, event = noted(self._book, said, self._clock.monotonic())
        if event is not None:
            await self._tell(event)
        self._book = book

    async def run(self) -> None:
        """Tell the rest of each minute; until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S / 6)
            book, events = due(self._book, self._clock.monotonic())
            self._book = book
            for event in events:
                await self._tell(event)

    async def _tell(self, event: UnitPretended) -> None:
        _log.warning(
            "an account wanted to speak as another: the broker refused it",
            user=event.user,
            topic_unit=event.topic_unit,
            kind=event.kind,
            times=event.times,
        )
        async with self._storage.write() as transaction:
            await transaction.emit(event, stream=f"pretended:{event.user}")
