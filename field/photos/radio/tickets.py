"""Photos that crews announce: each is recorded once, and its unit gets a ticket for the upload."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from core.log import logger
from core.storage import Storage, Transaction
from field.contract.port import UnitDriver
from field.dispatches import store as job_store
from field.photos import store
from field.photos.metrics import photos
from field.photos.model import (
    Announced,
    Photo,
    PhotoState,
)
from field.photos.tokens import digest
from field.units import store as unit_store

_log = logger("field")

MOST_COMING = 50
"""Photos of one unit that are announced and not here yet; a further one waits at the terminal."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class PhotoTickets:
    """Takes announcements, and says how a photo may be brought.

    A unit that has announced `per_hour` photos, or `mb_per_day`, keeps further ones until there is room.
    """

    def __init__(
        self, storage: Storage, network: UnitDriver, *, per_hour: int = 120, mb_per_day: int = 2000
    ) -> None:
        self._per_hour = per_hour
        self._bytes_per_day = mb_per_day * 1024 * 1024
        self._storage = storage
        self._network = network

    async def announce(self, said: Announced) -> None:
        """Note the photo, once, and send a ticket; a ticket from before is void. One that is not coming any
        more gets no ticket but how it ended, and the terminal forgets it. Another unit's job gets no photo of
        this one: the photo is taken as one of no job.
        """
        now = self._storage.clock.now()
        token = secrets.token_urlsafe(32)
        async with self._storage.write() as transaction:
            if not await unit_store.hear(transaction, said.unit_id, at=now):
                photos.labels("unknown_unit").inc()
                return
            photo = await store.find(transaction.connection, said.photo_id, change=True)
            if photo is not None and not _same(photo, said):
                photos.labels("foreign_id").inc()
                _log.warning("a photo of this name is another one", unit=said.unit_id)
                return
            if photo is None:
                if await self._has_too_many(transaction, said, now):
                    photos.labels("too_many").inc()
                    return
                photo = Photo(
                    said.photo_id, said.unit_id, said.size, said.sha256, now, said.taken_at,
                    dispatch_id=await _own_job(transaction, said), place=said.place,
                )  # fmt: skip
                await store.add(transaction, photo)
                photos.labels("announced").inc()
            coming = photo.state is PhotoState.COMING
            if coming:
                await store.save(transaction, replace(photo, token=digest(token)))
            seq = await unit_store.next_seq(transaction, said.unit_id)
        await self._network.send_ticket(photo, token if coming else "", seq, said.msg_id)

    async def _has_too_many(self, transaction: Transaction, said: Announced, now: datetime) -> bool:
        connection, unit_id = transaction.connection, said.unit_id
        if await store.coming_of(connection, unit_id) >= MOST_COMING:
            return True
        of_hour, _ = await store.announced_since(connection, unit_id, now - HOUR)
        _, of_day = await store.announced_since(connection, unit_id, now - DAY)
        return of_hour >= self._per_hour or of_day + said.size > self._bytes_per_day


async def _own_job(transaction: Transaction, said: Announced) -> UUID | None:
    """The job that the photo is of, if it is this unit's; or the report that this unit has made."""
    if said.dispatch_id is None:
        return None
    job = await job_store.find(transaction.connection, said.dispatch_id)
    if job is not None and job.unit_id == said.unit_id:
        return said.dispatch_id
    if job is None and await job_store.was_reported(transaction.connection, said.unit_id, said.dispatch_id):
        return said.dispatch_id
    photos.labels("foreign_job").inc()
    _log.warning("a photo is not of this unit's job", unit=said.unit_id)
    return None


def _same(photo: Photo, said: Announced) -> bool:
    return (photo.unit_id, photo.size, photo.sha256) == (said.unit_id, said.size, said.sha256)
