"""Encrypts settled recordings: the plain file is removed only after the encrypted one is verified and stored.

The steps are: write beside it, prove, commit the row, remove the plain file. A crash between any two loses
nothing: before the commit the plain file is believed, after it the encrypted one, and what is left over is
cleared away in the next sweep. A plain file that holds anything else than was encrypted stays: the watcher
settles it anew when it has grown.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select, update

from cdr.errors import DamagedRecording, VaultTrouble
from cdr.recordings import audio, sound
from cdr.recordings.erasing import remove_sound
from cdr.recordings.store import RECORDINGS, RecordingState, recordings
from cdr.recordings.vault import codec, keys
from cdr.recordings.vault.keys import MasterKeys
from core.files import sync
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway

_log = logger("cdr")
_done = counter("cdr_recordings_encrypted", "Recordings encrypted", ["how"])
_plain = gauge("cdr_recordings_plain", "Settled recordings that wait to be encrypted")
_failed = counter("cdr_recordings_encrypt_failures", "Attempts to encrypt a recording that failed", ["why"])

BATCH = 50
RETRY_S = 600.0
MOST_REFUSED = 10_000
SWEEP_LIMIT = 100_000
_ENCRYPTED = re.compile(r"(?P<path>.+)\.(?P<key>[0-9a-f]{8})\.enc(?P<part>\.part)?")


@dataclass(slots=True)
class EncryptionWorker:
    """`required` makes a missing key a trouble; else nothing is encrypted until there is one.

    `trouble` says why nothing is encrypted, for health.
    """

    storage: Storage
    root: Path
    system_name: str
    key_file: Path
    required: bool = False
    trouble: str = ""
    _refused: dict[UUID, float] = field(default_factory=dict)
    _why: str = ""
    _untidy: str = ""

    async def run(self, poll_s: float, sweep_s: float) -> None:
        swept = -sweep_s
        while True:
            done = 0
            try:
                if time.monotonic() - swept >= sweep_s:
                    swept = time.monotonic()
                    await self._tidy()
                done = await self.encrypt_once()
            except StorageAway:
                pass  # the plain files are still there
            except VaultTrouble as trouble:
                self._complain(trouble)
            if done < BATCH:
                await asyncio.sleep(poll_s)

    async def encrypt_once(self) -> int:
        """Encrypt what is settled and plain; how many were. Raises `VaultTrouble`, `StorageAway`."""
        if not self.required and not await asyncio.to_thread(keys.exists, self.key_file):
            return 0
        master = await asyncio.to_thread(keys.load, self.key_file)
        rows = await self._rows(recordings.c.key_id.is_(None))
        done = sum([await self._try(row, master, "new") for row in rows])
        left = await self._left() if rows or self._refused else 0
        _plain.set(left)
        if not left:
            self._refused.clear()
            self._why = ""
        self.trouble = (
            f"{left} recordings wait to be encrypted: {self._why}; each is tried again after "
            f"{RETRY_S / 60:.0f} minutes"
            if self._refused and self._why
            else self._untidy
        )
        return done

    async def rewrap(self) -> int:
        """Encrypt anew, under the newest key, what an older one wraps; how many were."""
        master = await asyncio.to_thread(keys.load, self.key_file)
        done = 0
        while True:
            rows = await self._rows(recordings.c.key_id != master.newest)
            changed = sum([await self._try(row, master, "rewrapped") for row in rows])
            done += changed
            if not changed:
                return done

    async def _tidy(self) -> None:
        """What cannot be removed is said in health, and keeps nothing from being encrypted."""
        try:
            await self.tidy()
        except OSError as error:
            _failed.labels(type(error).__name__).inc()
            self._untidy = f"plain files of encrypted recordings stay: {_said(error, self.root)}"
        else:
            self._untidy = ""

    async def tidy(self) -> int:
        """Remove plain files, and ones under an older key, where the row's own encrypted file is whole; also
        what is left of erased recordings. Raises `OSError`.
        """
        names = await asyncio.to_thread(_names, self.root)
        suspects: dict[str, list[str]] = {}
        for name in names:
            found = _ENCRYPTED.fullmatch(name)
            suspects.setdefault(found["path"] if found else name, []).append(name)
        removed = 0
        paths = list(suspects)
        for begin in range(0, len(paths), 500):
            page = paths[begin : begin + 500]
            async with self.storage.read() as connection:
                rows = await connection.execute(
                    select(recordings).where(
                        recordings.c.system_name == self.system_name,
                        recordings.c.path.in_(page),
                        or_(
                            recordings.c.key_id.is_not(None),
                            recordings.c.state == RecordingState.ERASED.value,
                        ),
                    )
                )
                known = {row.path: row for row in rows}
            for path in page:
                row = known.get(path)
                if row is not None and row.state == RecordingState.ERASED.value:
                    # A crash while it was encrypted may have left a file of it.
                    await asyncio.to_thread(remove_sound, self.root, path)
                    removed += len(suspects[path])
                    continue
                others = [one for one in suspects[path] if row and one != sound.stored_name(path, row.key_id)]
                if row is not None and others and await asyncio.to_thread(self._is_whole, row):
                    removed += await asyncio.to_thread(self._remove, row, others)
        return removed

    # --- one recording, step by step

    async def _try(self, row: Row[Any], master: MasterKeys, how: str) -> bool:
        try:
            await self._encrypt(row, master)
        except (OSError, DamagedRecording) as error:
            _log.error(
                "a recording was not encrypted", recording=str(row.recording_id), why=type(error).__name__
            )
            _failed.labels(type(error).__name__).inc()
            self._why = _said(error, self.root)
            self._refuse(row.recording_id)
            return False
        _done.labels(how).inc()
        return True

    async def _encrypt(self, row: Row[Any], master: MasterKeys) -> None:
        target = audio.inside(self.root, sound.stored_name(row.path, master.newest))
        if target is None:
            raise FileNotFoundError(row.path)
        await asyncio.to_thread(self._write, row, target, master)
        try:
            sealed = await asyncio.to_thread(self._prove, row, target)
            await self._commit(row, master.newest, sealed)
        except DamagedRecording:
            await asyncio.to_thread(target.unlink, missing_ok=True)
            raise
        await asyncio.to_thread(self._remove, row, [sound.stored_name(row.path, row.key_id)])

    def _write(self, row: Row[Any], target: Path, master: MasterKeys) -> None:
        source = sound.find(self.root, row, self.key_file)
        part = target.with_name(target.name + ".part")
        if source.key_file is None:
            codec.encrypt(source.file, part, keys=master, recording=str(row.recording_id))
        else:
            plain = target.with_name(target.name + ".plain.part")
            try:
                with plain.open("wb") as stream:
                    for block in source.read():
                        stream.write(block)
                codec.encrypt(plain, part, keys=master, recording=str(row.recording_id))
            finally:
                plain.unlink(missing_ok=True)
        part.replace(target)
        sync(target.parent)

    def _prove(self, row: Row[Any], target: Path) -> audio.AudioFacts:
        """The encrypted file as it lies there; raises `DamagedRecording` when it is not this recording."""
        with target.open("rb") as stream:
            header = codec.read_header(stream)
        made = sound.RecordedSound(target, header.size, self.key_file)
        if made.sha256() != row.sha256 or header.recording != str(row.recording_id):
            raise DamagedRecording("the sound is not what was hashed at the end of its call")
        return audio.measure(target)

    async def _commit(self, row: Row[Any], key_id: str, sealed: audio.AudioFacts) -> None:
        async with self.storage.write() as transaction:
            done = await transaction.connection.execute(
                update(recordings)
                .where(
                    recordings.c.recording_id == row.recording_id,
                    recordings.c.state.in_([RecordingState.COMPLETE.value, RecordingState.ORPHAN.value]),
                    recordings.c.sha256 == row.sha256,
                )
                .values(key_id=key_id, cipher_sha256=sealed.sha256, cipher_size=sealed.size)
            )
            if not done.rowcount:
                raise DamagedRecording("the recording was erased, or settled anew, meanwhile")
            await RECORDINGS.seal(transaction, [row.recording_id], self.storage.clock.now())

    def _remove(self, row: Row[Any], names: Sequence[str]) -> int:
        """How many went; the plain file only when it holds nothing that the encrypted one lacks."""
        removed = 0
        for name in names:
            file = audio.inside(self.root, name)
            if file is None or (name == row.path and not _holds(file, row.sha256)):
                continue
            file.unlink(missing_ok=True)
            removed += 1
        return removed

    def _is_whole(self, row: Row[Any]) -> bool:
        file = sound.locate(self.root, row)
        try:
            return file is not None and audio.measure(file).sha256 == row.cipher_sha256
        except OSError:
            return False

    # --- which

    async def _rows(self, which: Any) -> list[Row[Any]]:
        now = time.monotonic()
        waiting = [one for one, until in self._refused.items() if until > now]
        async with self.storage.read() as connection:
            found = await connection.execute(
                select(recordings)
                .where(
                    recordings.c.system_name == self.system_name,
                    recordings.c.state.in_([RecordingState.COMPLETE.value, RecordingState.ORPHAN.value]),
                    which,
                )
                .order_by(recordings.c.settled_at)
                .limit(BATCH + len(waiting))
            )
            return [row for row in found if row.recording_id not in waiting][:BATCH]

    async def _left(self) -> int:
        """Settled recordings whose files are plain, those that are not tried just now too."""
        async with self.storage.read() as connection:
            found = await connection.scalar(
                select(func.count()).where(
                    recordings.c.system_name == self.system_name,
                    recordings.c.state.in_([RecordingState.COMPLETE.value, RecordingState.ORPHAN.value]),
                    recordings.c.key_id.is_(None),
                )
            )
        return found or 0

    def _refuse(self, recording: UUID) -> None:
        if len(self._refused) >= MOST_REFUSED:
            self._refused.clear()
        self._refused[recording] = time.monotonic() + RETRY_S

    def _complain(self, trouble: VaultTrouble) -> None:
        text = f"recordings are not encrypted: {trouble.detail}; {trouble.remedy}"
        if text != self.trouble:
            _log.error("recordings are not encrypted", why=trouble.detail, remedy=trouble.remedy)
        self.trouble = text


def _said(error: OSError | DamagedRecording, root: Path) -> str:
    """Cause and remedy, for health."""
    if isinstance(error, DamagedRecording):
        return f"{error.detail}; {error.remedy}"
    return (
        f"{error.filename or root}: {error.strerror or type(error).__name__}; let the service's user write "
        f"below {root} (under systemd: ReadWritePaths=)"
    )


def _holds(file: Path, sha256: str) -> bool:
    """Whether this is all that is in the file; also when there is no file."""
    try:
        if audio.measure(file).sha256 == sha256:
            return True
    except FileNotFoundError:
        return True
    _log.error("a recording's plain file stays: it is not what was encrypted", file=file.name)
    return False


def _names(root: Path) -> list[str]:
    """Plain and encrypted files below `root`, at most `SWEEP_LIMIT`."""
    found: list[str] = []
    for folder, _, files in os.walk(root):
        for name in files:
            if name.endswith((*audio.FORMS, ".enc", ".part")):
                found.append(str((Path(folder) / name).relative_to(root)))
            if len(found) >= SWEEP_LIMIT:
                return found
    return found
