"""Photos of crews: encrypted with the recordings' keys, filed with the dispatch's case, erased with calls."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.dispatch import store as dispatches
from cases.errors import NoSuchDispatch
from cdr.errors import DamagedRecording
from cdr.events import CallErased
from cdr.filings.store import subject_calls
from cdr.recordings.vault import codec, keys
from cdr.retention.store import holds_on
from cdr.settings import CdrSettings
from core.bus import Bus
from core.log import logger
from core.storage import Storage
from field.photos.centre.service import Photos

_log = logger("gateway")
CASE = "case:"


class RecordingsVault:
    """Fills `field.photos.centre.files.Vault` with what encrypts recordings."""

    def __init__(self, settings: CdrSettings) -> None:
        self._key_file = settings.recordings_key_file
        self._wanted = settings.encrypt_recordings

    def ready(self) -> bool:
        """`on` without a key file is a trouble that `seal` names; `auto` begins with the first key."""
        return self._wanted == "on" or (self._wanted == "auto" and keys.exists(self._key_file))

    def seal(self, plain: Path, target: Path, name: str) -> str:
        """Raises `VaultTrouble`, `DamagedRecording`, `OSError`."""
        master = keys.load(self._key_file)
        codec.encrypt(plain, target, keys=master, recording=name)
        if hashlib.sha256(self.open(target, name)).digest() != hashlib.sha256(plain.read_bytes()).digest():
            raise DamagedRecording(
                "the encrypted photo differs from the received one", remedy="it is tried again"
            )
        return master.newest

    def open(self, sealed: Path, name: str) -> bytes:
        """Raises `VaultTrouble`, `DamagedRecording`, `FileNotFoundError`."""
        with sealed.open("rb") as stream:
            if codec.read_header(stream).recording != name:
                raise DamagedRecording("this is another photo", remedy="restore the file from its copy")
        return b"".join(codec.decrypt(sealed, keys.load(self._key_file)))


class CasesOfDispatches:
    """Which case a dispatch is of; None for one that nobody knows."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def __call__(self, dispatch_id: UUID) -> UUID | None:
        async with self._storage.read() as connection:
            try:
                return (await dispatches.get(connection, dispatch_id)).case_id
            except NoSuchDispatch:
                return None


class PhotoErasure:
    """When the ledger erases a call's sound, the photos of its cases go too. A legal hold on any call of a
    case keeps them: they go with the last one.
    """

    def __init__(self, storage: Storage, photos: Photos) -> None:
        self._storage = storage
        self._photos = photos

    def subscribe(self, bus: Bus) -> None:
        """Photos of a call's cases go when the ledger has erased the call."""
        bus.subscribe(CallErased, self.on_erased, name="photos.forget")

    async def on_erased(self, event: CallErased) -> None:
        if "recordings" not in event.kinds:
            return
        wanted = select(subject_calls.c.subject).where(
            subject_calls.c.call_id.in_([event.call_id, *event.known_as]),
            subject_calls.c.subject.startswith(CASE),
        )
        async with self._storage.read() as connection:
            subjects = (await connection.execute(wanted)).scalars().all()
            free = [subject for subject in subjects if not await self._held(connection, subject)]
        if free:
            cases = [UUID(subject.removeprefix(CASE)) for subject in free]
            await self._photos.erase_of_cases(cases, by=event.by)

    async def _held(self, connection: AsyncConnection, subject: str) -> bool:
        calls = await connection.execute(
            select(subject_calls.c.call_id).where(subject_calls.c.subject == subject)
        )
        if not await holds_on(connection, calls.scalars().all()):
            return False
        _log.info("photos stay: a legal hold stands on another call of their case", subject=subject)
        return True
