"""Photos of crews: uploaded in pieces, verified, stored encrypted, shown without their position."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ParamSpec, TypeVar
from uuid import UUID

from core.actor import Actor, OutOfScope, Role
from core.audit import Audit
from core.errors import Conflict, Forbidden, NotFound, SonghuaError, Unavailable
from core.log import logger
from core.room import Health
from core.scopes import Scope
from core.storage import Storage
from field import rights
from field.errors import UnknownPhoto
from field.photos import store
from field.photos.centre import picture
from field.photos.centre.files import PhotoFiles
from field.photos.metrics import photos
from field.photos.model import (
    Erase,
    Outcome,
    Photo,
    PhotoBytesLost,
    PhotoChunk,
    PhotoComplete,
    PhotoState,
    apply,
)
from field.photos.ports import CaseOf, DistrictsOf
from field.photos.tokens import digest
from field.units import store as unit_store

P = ParamSpec("P")

T = TypeVar("T")

_log = logger("field")

MOST_LISTED = 200

SWEEP_EVERY_S = 3600.0

LOCKS = 64

MOST_PROVED_AT_ONCE = 1
"""Each takes some three times the photo's size of memory."""


class Photos:
    """The bytes, and who sees them: `case_of` and `districts_of` as in `field.photos.ports`."""

    def __init__(
        self,
        storage: Storage,
        files: PhotoFiles,
        audit: Audit,
        *,
        case_of: CaseOf,
        districts_of: DistrictsOf,
        coming_days: float,
        loose_days: float,
    ) -> None:
        self._storage = storage
        self._files = files
        self._audit = audit
        self._case_of = case_of
        self._districts_of = districts_of
        self._coming = timedelta(days=coming_days)
        self._loose = timedelta(days=loose_days)
        self._locks = [asyncio.Lock() for _ in range(LOCKS)]
        self._proofs = asyncio.Semaphore(MOST_PROVED_AT_ONCE)
        self._trouble = ""

    def health(self) -> Health:
        if self._trouble:
            return Health("photos", "degraded", f"no photo can be kept ({self._trouble}): see [field] photos")
        return Health("photos", "up")

    # --- a terminal brings it -----------------------------------------------------------------------

    async def where(self, photo_id: UUID, token: str) -> Photo:
        """How far it has come. Raises `UnknownPhoto` also for a wrong ticket and that of a revoked unit."""
        async with self._alone(photo_id):
            return await self._opened(photo_id, token)

    async def bring(self, photo_id: UUID, token: str, offset: int, piece: bytes) -> tuple[Photo, Outcome]:
        """Take a piece; the last one is followed by the proof. Raises `UnknownPhoto`, `Unavailable`.

        On the disk before it is counted, so a kill in between costs at most this piece.
        """
        async with self._alone(photo_id):
            photo = await self._opened(photo_id, token)
            after, outcome = apply(photo, PhotoChunk(offset, len(piece)))
            if outcome not in {"taken", "complete"}:
                return photo, outcome
            await self._disk(self._files.append, photo_id, offset, piece)
            await self._save(after)
            return await self._prove(after) if outcome == "complete" else (after, outcome)

    async def _opened(self, photo_id: UUID, token: str) -> Photo:
        async with self._storage.read() as connection:
            photo = await store.find(connection, photo_id)
            enrolled = photo is not None and await unit_store.enrolled(connection, photo.unit_id)
        fits = photo is not None and photo.token and hmac.compare_digest(photo.token, digest(token))
        if photo is None or not fits or not enrolled:
            raise UnknownPhoto(remedy="announce it again: the centre sends a new ticket")
        if photo.state is not PhotoState.COMING:
            return photo
        there = await self._disk(self._files.there, photo_id)
        if there < photo.received:
            photo, _ = apply(photo, PhotoBytesLost(there))
            await self._save(photo)
        if photo.received == photo.size:
            # The service was killed between the last piece and the proof.
            photo, _ = await self._prove(photo)
        return photo

    async def _prove(self, photo: Photo) -> tuple[Photo, Outcome]:
        async with self._proofs:
            return await self._proved(photo)

    async def _proved(self, photo: Photo) -> tuple[Photo, Outcome]:
        digest = await self._disk(self._files.digest, photo.photo_id)
        found, fault = None, ""
        if digest == photo.sha256:
            data = await self._disk(self._files.read_coming, photo.photo_id)
            found = await asyncio.to_thread(picture.look, data)
            fault = picture.fault_of(found, len(data))
            del data
        kind = found.kind if found else ""
        after, outcome = apply(photo, PhotoComplete(digest, self._storage.clock.now(), kind, fault))
        if outcome == "kept" and found is not None:
            path, key_id = await self._disk(self._files.keep, photo.photo_id)
            case_id = None if photo.dispatch_id is None else await self._case_of(photo.dispatch_id)
            after = replace(
                after, path=path, key_id=key_id, case_id=case_id,
                shown_lon=found.lon, shown_lat=found.lat, shown_at=found.taken,
            )  # fmt: skip
        await self._save(after)
        photos.labels(outcome).inc()
        await self._disk(self._files.forget_coming, photo.photo_id)
        return after, outcome

    # --- people look at it --------------------------------------------------------------------------

    async def listed(
        self,
        actor: Actor,
        *,
        case_id: UUID | None = None,
        dispatch_id: UUID | None = None,
        unit_id: str | None = None,
        reveal: bool = False,
        limit: int = 100,
    ) -> Sequence[Photo]:
        """The newest first. With `reveal` (dispatcher, supervisor; audited) also where each was taken. Who is
        limited to districts sees, of the newest `MOST_LISTED`, those of their cases and those of no case.
        """
        rights.SEE_PHOTOS.check(actor)
        if reveal:
            rights.SEE_PHOTO_PLACES.check(actor)
            about = case_id or dispatch_id or unit_id or "all"
            await self._record(actor, "photos-reveal", f"photos:{about}")
        limited = bool(actor.scopes.of(Scope.DISTRICT))
        async with self._storage.read() as connection:
            found = await store.listed(
                connection, case_id=case_id, dispatch_id=dispatch_id, unit_id=unit_id,
                limit=MOST_LISTED if limited else min(limit, MOST_LISTED),
            )  # fmt: skip
        found = [one for one in found if not _is_own_look(one)]
        return (await self._within(actor, found))[:limit] if limited else found

    async def look(self, actor: Actor, photo_id: UUID, *, original: bool = False) -> tuple[Photo, bytes]:
        """The picture without what it says of its making, or (a supervisor) as it was taken. Audited before.

        Raises `UnknownPhoto`, `Conflict` while it is coming, `Forbidden`, `OutOfScope`, and what the vault
        raises.
        """
        rights.SEE_PHOTOS.check(actor)
        if original and not actor.has(Role.SUPERVISOR):
            raise Forbidden(
                "the picture as it was taken is for supervisors", remedy="ask for it without original"
            )
        async with self._storage.read() as connection:
            photo = await store.find(connection, photo_id)
        if photo is None or photo.state in {PhotoState.REFUSED, PhotoState.ERASED} or _is_own_look(photo):
            raise UnknownPhoto(remedy="see GET /api/photos")
        if not await self._within(actor, [photo]):
            raise OutOfScope("your districts do not include it", remedy="ask an admin: songhua user scope")
        if photo.state is PhotoState.COMING:
            raise Conflict("the photo is not here yet", remedy="look again later")
        await self._record(actor, "photo-original" if original else "photo-look", f"photo:{photo_id}")
        try:
            data = await asyncio.to_thread(self._files.read, photo_id, photo.path, photo.key_id)
        except FileNotFoundError as error:
            raise NotFound("the photo's file is missing", remedy="restore it from its copy") from error
        return photo, data if original else await asyncio.to_thread(picture.bare, data)

    async def _within(self, actor: Actor, found: Sequence[Photo]) -> list[Photo]:
        """Those of the actor's districts, and those of no case."""
        districts = await self._districts_of({photo.case_id for photo in found if photo.case_id})
        return [
            photo
            for photo in found
            if photo.case_id is None or actor.within(Scope.DISTRICT, districts.get(photo.case_id))
        ]

    # --- it goes ------------------------------------------------------------------------------------

    async def file(self, dispatch_id: UUID, case_id: UUID) -> None:
        """Photos that belong to no case yet are of this one. Once more, it changes nothing."""
        async with self._storage.write() as transaction:
            await store.file(transaction, dispatch_id, case_id)

    async def erase_of_cases(self, case_ids: Sequence[UUID], *, by: str) -> int:
        """Erase what was taken for these cases: bytes and places go, that there was one stays."""
        async with self._storage.read() as connection:
            found = await store.of_cases(connection, case_ids)
        for photo in found:
            await self._erase(photo, by)
        return len(found)

    async def sweep(self) -> int:
        """Give up what never came and erase what belongs to no case, when it is old; how many. Files that a
        kill left behind go too.
        """
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            found = await store.old(
                connection, coming_since=now - self._coming, loose_since=now - self._loose
            )
        for photo in found:
            await self._erase(photo, "system:retention")
        there = await self._disk(self._files.all_coming)
        async with self._storage.read() as connection:
            coming = await store.still_coming(connection, there)
        for photo_id in there:
            if photo_id not in coming:
                await self._disk(self._files.forget_coming, photo_id)
        return len(found)

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            try:
                await self.sweep()
            except Unavailable as error:
                _log.info("old photos are erased later", error=error.kind)
            await self._storage.clock.sleep(SWEEP_EVERY_S)

    async def _erase(self, photo: Photo, by: str) -> None:
        async with self._alone(photo.photo_id):
            async with self._storage.write() as transaction:
                known = await store.find(transaction.connection, photo.photo_id, change=True)
                after, _ = apply(known or photo, Erase(by, self._storage.clock.now()))
                # The row first: nobody is shown it any more. It names the file until that is gone.
                if known is not None and known.state is PhotoState.COMING:
                    # Nothing is known of it. A terminal that was away for so long may announce it again.
                    await store.forget(transaction, photo.photo_id)
                else:
                    await store.save(transaction, after)
            await self._disk(self._files.erase, photo.photo_id, after.path)
            async with self._storage.write() as transaction:
                await store.file_gone(transaction, photo.photo_id)
            photos.labels("erased").inc()

    # --- how ----------------------------------------------------------------------------------------

    async def _save(self, photo: Photo) -> None:
        async with self._storage.write() as transaction:
            known = await store.find(transaction.connection, photo.photo_id, change=True)
            if known is None or known.state is PhotoState.ERASED:
                raise UnknownPhoto
            # A new ticket may have been given out meanwhile.
            token = known.token if photo.state is PhotoState.COMING else photo.token
            # And its case may have been filed: it is never of none again.
            case_id = photo.case_id or known.case_id
            await store.save(transaction, replace(photo, token=token, case_id=case_id))

    async def _record(self, actor: Actor, action: str, subject: str) -> None:
        await self._audit.record(actor, action, subject)

    async def _disk(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        try:
            done = await asyncio.to_thread(work, *given, **named)
        except OSError as error:
            self._trouble = error.strerror or type(error).__name__
            _log.error("the photos' folder fails", why=self._trouble)
            raise Unavailable("the photos' folder cannot be used", remedy="see [field] photos") from error
        except SonghuaError as error:
            # Encryption is wanted and has no key.
            self._trouble = error.detail
            raise
        if work in (self._files.append, self._files.keep):
            self._trouble = ""
        return done

    def _alone(self, photo_id: UUID) -> asyncio.Lock:
        """One at a time for each photo; some have to wait for another one, too."""
        return self._locks[photo_id.int % len(self._locks)]


def _is_own_look(photo: Photo) -> bool:
    """Whether somebody looked through a camera for no case: that is shown to him alone, by `sensing`."""
    return photo.camera_code is not None and photo.case_id is None
