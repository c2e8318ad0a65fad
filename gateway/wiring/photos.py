"""Photos of crews: encrypted with the recordings' keys, filed with the dispatch's case, erased with calls."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cdr.errors import DamagedRecording
from cdr.events import CallErased
from cdr.filings.cases import cases_without_hold
from cdr.recordings.vault import codec, keys
from cdr.settings import CdrSettings
from core.bus import Bus
from core.storage import Storage
from field.photos.centre.service import Photos


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
        cases = await cases_without_hold(self._storage, [event.call_id, *event.known_as])
        if cases:
            await self._photos.erase_of_cases(cases, by=event.by)
