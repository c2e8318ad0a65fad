"""Feeds as people see them: which there are, whether they are silent, what waits, what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.audit import TransactionAudit
from core.metrics import gauge
from core.room import Health
from core.storage import Storage
from core.webhook_signature import TOLERANCE_S
from sensing import rights
from sensing.feeds import store
from sensing.feeds.errors import NoPlate, NoSuchFeed
from sensing.feeds.plates import PlateSeal
from sensing.feeds.settings import FeedSettings
from sensing.feeds.store import FeedBacklog, StoredFeedEvent

MOST_SHOWN: Final = 50
_silent = gauge("sensing_feed_silent", "1 while a feed has sent nothing for longer than it may", ["source"])


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """A source with what came of it; `refused` by cause."""

    name: str
    settings: FeedSettings
    backlog: FeedBacklog
    refused: Mapping[str, int]
    silent: bool


class FeedRegister:
    """The feeds of the settings. `since`: no source is silent before it could have sent something."""

    def __init__(
        self, storage: Storage, feeds: Mapping[str, FeedSettings], audit: TransactionAudit,
        seal: PlateSeal | None, kept_days: float,
    ) -> None:  # fmt: skip
        self._storage = storage
        self._feeds = feeds
        self._audit = audit
        self._seal = seal
        self._kept_days = kept_days
        self._since = storage.clock.now()
        self._orphaned: Mapping[str, int] = {}

    async def listed(self, actor: Actor) -> list[KnownFeed]:
        """All, by name. Raises `Forbidden`, `StorageAway`."""
        rights.SEE_FEEDS.check(actor)
        async with self._storage.read() as connection:
            backlogs = await store.backlogs(connection)
            refused = await store.refusals(connection)
        return [
            KnownFeed(
                name, one, backlogs.get(name, FeedBacklog()), refused.get(name, {}),
                self.is_silent(name, backlogs.get(name, FeedBacklog()).last),
            )
            for name, one in sorted(self._feeds.items())
        ]  # fmt: skip

    async def strangers(self) -> int:
        """Requests to names that are none. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            return sum((await store.refusals(connection)).get("", {}).values())

    async def one(self, actor: Actor, name: str) -> tuple[KnownFeed, Sequence[StoredFeedEvent]]:
        """The feed, and its newest events. Raises `Forbidden`, `NoSuchFeed`, `StorageAway`."""
        found = next((one for one in await self.listed(actor) if one.name == name), None)
        if found is None:
            raise NoSuchFeed(remedy="see songhua feeds list")
        async with self._storage.read() as connection:
            return found, await store.newest(connection, name, MOST_SHOWN)

    async def plate(self, actor: Actor, name: str, event_id: UUID) -> str:
        """The plate as it came; written down before. Raises `Forbidden`, `NoSuchFeed`, `NoPlate`."""
        rights.SEE_PLATES.check(actor)
        async with self._storage.write() as transaction:
            event = await store.find(transaction.connection, name, event_id)
            sealed = None if event is None else event.plate_sealed
            if event is None or sealed is None or self._seal is None:
                raise NoPlate(
                    remedy="look at the pictures of its report; set [sensing] plate_key for later ones"
                )
            await self._audit.record_in(
                transaction, actor, "feeds.plate", f"feed-event:{event_id}", {"feed": name}
            )
        plate = self._seal.open(event_id, sealed)
        if plate is None:
            raise NoPlate(remedy="it was sealed with another [sensing] plate_key")
        return plate

    def is_silent(self, name: str, last: datetime | None) -> bool:
        """Whether it has sent nothing for longer than its settings allow."""
        after = timedelta(seconds=self._feeds[name].silent_after_s)
        return (last or self._since) + after < self._storage.clock.now()

    def health(self, backlogs: Mapping[str, FeedBacklog]) -> Health:
        """Degraded while a feed is silent or takes no more, or events wait whose source left the settings."""
        silent = [
            name for name in self._feeds if self.is_silent(name, backlogs.get(name, FeedBacklog()).last)
        ]
        for name in self._feeds:
            _silent.labels(name).set(name in silent)
        full = [
            name for name, one in self._feeds.items()
            if backlogs.get(name, FeedBacklog()).waiting >= one.most_waiting
        ]  # fmt: skip
        why = []
        if silent:
            why.append(f"silent: {', '.join(silent)}: is the sender running? see songhua feeds show")
        if full:
            why.append(f"full: {', '.join(full)}: events wait for drafts and new ones are put off")
        if self._orphaned:
            waits = ", ".join(f"{name} ({count})" for name, count in self._orphaned.items())
            why.append(
                f"not in the settings: {waits}: events that wait for drafts;"
                f" set the feed up again, or they are deleted {self._kept_days:g} days after they came"
            )
        return Health("feeds", "degraded" if why else "up", "; ".join(why))

    async def forget_old(self) -> int:
        """Remove events and nonces that need not be kept, and see which events nobody will draft. How many
        events went. Raises `StorageAway`.
        """
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            gone = await store.forget(
                transaction,
                sources=list(self._feeds),
                events_before=now - timedelta(days=self._kept_days),
                nonces_before=now - timedelta(seconds=3 * TOLERANCE_S),
            )
            orphaned = await store.waiting_without(transaction.connection, list(self._feeds))
        self._orphaned = orphaned
        return gone
