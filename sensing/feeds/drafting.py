"""Makes drafts of stored events: in the order in which they came, one draft for what is one.

A kill at any moment loses nothing and doubles nothing: an event waits until its draft is there, and the draft
has the event's id.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from typing import Final

from core.listening import Addresses
from core.place import Position, distance_m
from core.storage import Storage
from sensing.feeds import store
from sensing.feeds.evidence import KEPT, FeedPictures
from sensing.feeds.intake import FeedIntake
from sensing.feeds.settings import FeedSettings
from sensing.feeds.store import FeedEventState, PictureEvidence, StoredFeedEvent
from sensing.ports import FeedDraft, FeedDrafts

BATCH: Final = 16
FEWER: Final = 2
"""While sources post: each draft takes as long as several events."""
LOOK_S: Final = 5.0
MOST_PAUSES: Final = 20
PAUSE_S: Final = 0.05
ACCURACY_M: Final = 20.0
"""Of the coordinates of a source, which says nothing of it."""


@dataclass(frozen=True, slots=True)
class _Found:
    event: StoredFeedEvent
    pictures: Sequence[bytes] = ()
    evidence: Sequence[PictureEvidence] = ()


class FeedDrafting:
    """The drafts of one source."""

    def __init__(
        self, name: str, settings: FeedSettings, storage: Storage, intake: FeedIntake,
        pictures: FeedPictures, drafts: FeedDrafts,
    ) -> None:  # fmt: skip
        self._name = name
        self._settings = settings
        self._storage = storage
        self._intake = intake
        self._pictures = pictures
        self._drafts = drafts
        self._networks = Addresses(settings.pictures_from)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """An event was stored."""
        self._woken.set()

    async def run(self) -> None:
        """For ever. Raises `StorageAway`, and what the drafts raise."""
        while True:
            self._woken.clear()
            while await self.work(FEWER if self._intake.busy else BATCH):
                await self._give_way()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _give_way(self) -> None:
        """Who posts is answered first: a draft can wait for a moment, but not for ever."""
        for _ in range(MOST_PAUSES):
            if not self._intake.busy:
                return
            await asyncio.sleep(PAUSE_S)

    async def work(self, most: int = BATCH) -> int:
        """Draft the oldest that wait; how many."""
        async with self._storage.read() as connection:
            events = await store.waiting(connection, self._name, most)
            known = [await store.like(connection, one, self._settings.same_within_s) for one in events]
        joined: list[StoredFeedEvent] = []
        new: list[StoredFeedEvent] = []
        for event, before in zip(events, known, strict=True):
            first = next((one for one in (*before, *new) if same(one, event, self._settings)), None)
            if first is None:
                new.append(event)
            else:
                joined.append(replace(event, state=FeedEventState.JOINED, joined_to=first.event_id))
        found = await asyncio.gather(*(self._with_pictures(one) for one in new))
        drafted = {one.event.event_id: await self._draft(one) for one in found}
        reports = {it.event_id: it.report_id for some in (*known, list(drafted.values())) for it in some}
        done = [*drafted.values()]
        done += [replace(one, report_id=reports.get(one.joined_to)) for one in joined if one.joined_to]
        if done:
            async with self._storage.write() as transaction:
                await store.settle(transaction, done)
            self._intake.settled(self._name, len(done), sum(one.size for one in done))
        return len(done)

    async def _with_pictures(self, event: StoredFeedEvent) -> _Found:
        pictures = json.loads(event.content or "{}").get("pictures", [])
        kept, evidence = await self._pictures.gathered(self._name, pictures, self._networks)
        return _Found(event, kept, evidence)

    async def _draft(self, found: _Found) -> StoredFeedEvent:
        event = found.event
        report_id = await self._drafts.put(
            FeedDraft(
                event_id=event.event_id,
                received_at=event.received_at,
                text=words_of(event, self._settings, found.evidence),
                place=event.place,
                position=_position(event),
                category=event.category,
                pictures=tuple(found.pictures),
            )
        )
        return replace(
            event, state=FeedEventState.DRAFTED, report_id=report_id, evidence=tuple(found.evidence)
        )


def same(first: StoredFeedEvent, event: StoredFeedEvent, settings: FeedSettings) -> bool:
    """Whether these are one: of one class and plate, near each other in time and place."""
    if (first.category, first.plate_digest) != (event.category, event.plate_digest):
        return False
    if abs((event.occurred_at - first.occurred_at).total_seconds()) > settings.same_within_s:
        return False
    here, there = _position(first), _position(event)
    if here is not None and there is not None:
        return distance_m(here, there) <= settings.same_within_m
    return bool(event.place) and first.place == event.place


def words_of(event: StoredFeedEvent, settings: FeedSettings, evidence: Sequence[PictureEvidence]) -> str:
    """What the agent reads: the source's words, and beneath them what it says of time, plate and pictures."""
    told: Mapping[str, str] = json.loads(event.content or "{}")
    at = event.occurred_at.astimezone(timezone(timedelta(hours=settings.utc_offset_h)))
    kept = sum(one.fate == KEPT for one in evidence)
    lost = sorted({one.fate for one in evidence if one.fate != KEPT})
    lines = [
        told.get("text", "") or event.kind or settings.title,
        f"来源：{settings.title}" + (f"，类型：{event.kind}" if event.kind else ""),
        f"时间：{at:%Y-%m-%d %H:%M:%S}",
        f"车牌：{event.plate}" if event.plate else "",
        f"图片：{kept} 张" + (f"，未取得：{'、'.join(lost)}" if lost else "") if evidence else "",
    ]
    return "\n".join(one for one in lines if one)


def _position(event: StoredFeedEvent) -> Position | None:
    if event.lon is None or event.lat is None:
        return None
    return Position(lon=event.lon, lat=event.lat, accuracy_m=ACCURACY_M)
