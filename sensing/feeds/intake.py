"""Takes what sources post: proved, read, and stored before it is accepted.

Everybody who is refused learns the same; the cause is counted for the operator.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from typing import Final
from uuid import UUID

from core.errors import Unavailable
from core.ids import uuid7
from core.metrics import counter, gauge
from core.storage import Storage
from core.storage.grouped import GroupedWrites
from sensing.feeds import store
from sensing.feeds.bodies import STRANGERS, FeedBodies
from sensing.feeds.errors import FeedFault, FeedFull, FeedRefused
from sensing.feeds.mapping import event_of
from sensing.feeds.model import FeedEvent
from sensing.feeds.plates import PlateSeal, masked_plate, plain_plate, plate_digest, without_plate
from sensing.feeds.settings import FeedSettings
from sensing.feeds.signing import key_of, require_fresh, require_signed
from sensing.feeds.store import FeedArrival, FeedBacklog, StoredFeedEvent

MOST_WAITING_BYTES: Final = 512 * 1024 * 1024
"""Of all sources together."""
WAIT_S: Final = 10
GROUP: Final = 50
_events = counter("sensing_feed_events", "Events of feeds by what became of them", ["source", "fate"])
_refused = counter("sensing_feed_refused", "Requests of feeds that were refused", ["source", "why"])
_waiting = gauge("sensing_feed_waiting", "Events of a feed that wait for their draft", ["source"])


class FeedIntake:
    """`plate_key` seals plates; without it they are only masked."""

    def __init__(
        self, storage: Storage, feeds: Mapping[str, FeedSettings], seal: PlateSeal | None = None
    ) -> None:
        self._storage = storage
        self._feeds = feeds
        self._seal = seal
        self._keys = {name: key_of(one.secret.get_secret_value()) for name, one in feeds.items()}
        self._nobody = secrets.token_bytes(32)
        self._writes: GroupedWrites[FeedArrival] = GroupedWrites(storage, store.put, most=GROUP)
        self._bodies = FeedBodies()
        self._uncounted: Counter[tuple[str, str]] = Counter()
        self.backlogs: dict[str, FeedBacklog] = {}
        self.arrived: Callable[[str], None] = lambda _source: None
        """Called with the name of a source of which an event was stored."""

    @property
    def busy(self) -> bool:
        """Whether requests of sources are being taken at this moment."""
        return self._bodies.busy

    async def look(self) -> None:
        """Read how many events wait. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            found = await store.backlogs(connection)
        for name in self._feeds:
            self._is(name, found.get(name, FeedBacklog()))

    async def take(
        self, name: str, headers: Mapping[str, str], pieces: AsyncGenerator[bytes, None], certificate: str
    ) -> tuple[UUID, bool]:
        """The id under which the event is stored, and whether it was there before. `certificate`: SHA-256 of
        the client certificate of the connection, or empty; without the right one the body is not wanted.

        Raises `FeedRefused`, `FeedFull`, `StorageAway`: nothing of it was stored, or it will be known again.
        """
        known = name if name in self._feeds else ""
        try:
            return await self._take(name, headers, pieces, certificate)
        except FeedRefused as error:
            fault = error.fault if known else FeedFault.UNKNOWN
            self._count(known, fault)
            raise FeedRefused(fault) from None
        except FeedFull:
            self._count(known, FeedFault.FULL)
            raise

    async def _take(
        self, name: str, headers: Mapping[str, str], pieces: AsyncGenerator[bytes, None], certificate: str
    ) -> tuple[UUID, bool]:
        now = int(self._storage.clock.now().timestamp())
        require_fresh(headers, now)
        settings = self._feeds.get(name)
        if settings is None or not _has_certificate(settings, certificate):
            await self._refuse(headers, pieces, now)
            raise FeedRefused(FeedFault.CERTIFICATE)
        with self._bodies.place(name) as place:
            body = await place.read(pieces)
            nonce = require_signed(self._keys[name], headers, body, now)
            event = event_of(settings, body)
            self._require_room(name, settings, len(body))
            arrival = FeedArrival(self._stored(name, settings, event), nonce)
            await self._writes.add(arrival)
        if arrival.fate == "replayed" or arrival.event_id is None:
            raise FeedRefused(FeedFault.REPLAYED)
        _events.labels(name, arrival.fate).inc()
        if arrival.fate == "taken":
            self._grew(name, arrival.event)
            self.arrived(name)
        return arrival.event_id, arrival.fate == "again"

    async def _refuse(
        self, headers: Mapping[str, str], pieces: AsyncGenerator[bytes, None], now: int
    ) -> None:
        """It takes as long as a wrong secret with a short body, and fails as that where it can."""
        with self._bodies.place(STRANGERS) as place, suppress(FeedRefused):
            require_signed(self._nobody, headers, await place.read(pieces), now)

    def settled(self, name: str, events: int, size: int) -> None:
        """So many events wait no more."""
        now = self.backlogs.get(name, FeedBacklog())
        self._is(
            name, FeedBacklog(now.events, max(0, now.waiting - events), max(0, now.size - size), now.last)
        )

    async def write_refusals(self) -> None:
        """Store the counts of refusals since the last time; while the database is away they wait."""
        counts, self._uncounted = self._uncounted, Counter()
        if not counts:
            return
        try:
            async with self._storage.write() as transaction:
                await store.add_refusals(transaction, counts)
        except Unavailable:
            self._uncounted += counts

    def _require_room(self, name: str, settings: FeedSettings, size: int) -> None:
        """What is on its way into the database counts as little as one group of it. Raises `FeedFull`."""
        mine = self.backlogs.get(name, FeedBacklog())
        whole = sum(one.size for one in self.backlogs.values())
        if mine.waiting >= settings.most_waiting or whole + size > MOST_WAITING_BYTES:
            raise FeedFull(WAIT_S)

    def _stored(self, name: str, settings: FeedSettings, event: FeedEvent) -> StoredFeedEvent:
        """As it is stored: no column but the sealed one has the plate as it came."""
        event_id, plate = uuid7(), plain_plate(event.plate)
        content = json.dumps({"text": without_plate(event.text, plate)[:2000], "pictures": event.pictures})
        return StoredFeedEvent(
            event_id=event_id,
            source=name,
            key=hashlib.sha256(event.event_id.encode()).hexdigest(),
            shown_id=without_plate(event.event_id, plate)[:160],
            received_at=self._storage.clock.now(),
            occurred_at=event.occurred_at,
            kind=without_plate(event.kind, plate)[:80],
            category=settings.category_of(event.kind),
            place=without_plate(event.place, plate)[:200],
            lon=event.lon,
            lat=event.lat,
            plate=masked_plate(plate),
            plate_digest=plate_digest(self._keys[name], plate),
            plate_sealed=self._seal.seal(event_id, plate) if self._seal is not None and plate else None,
            content=content,
            size=len(content),
        )

    def _count(self, name: str, fault: FeedFault) -> None:
        _refused.labels(name, fault.value).inc()
        self._uncounted[name, fault.value] += 1

    def _grew(self, name: str, event: StoredFeedEvent) -> None:
        now = self.backlogs.get(name, FeedBacklog())
        self._is(name, FeedBacklog(now.events + 1, now.waiting + 1, now.size + event.size, event.received_at))

    def _is(self, name: str, backlog: FeedBacklog) -> None:
        self.backlogs[name] = backlog
        _waiting.labels(name).set(backlog.waiting)


def _has_certificate(settings: FeedSettings, certificate: str) -> bool:
    return not settings.certificate or hmac.compare_digest(settings.certificate, certificate)
