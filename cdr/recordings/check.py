"""Compares the recordings' files with their hashes: one changed byte of sound is found."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from cdr.chain.verify import ChainReport
from cdr.errors import DamagedRecording, VaultTrouble
from cdr.recordings import audio, sound
from cdr.recordings.store import RecordingState, recordings
from core.storage import Storage

_PAGE = 100


async def check_files(storage: Storage, root: Path, report: ChainReport, key_file: Path) -> None:
    """Add `file-changed`, `file-missing` and `key-missing` to the report. Reads every byte, and of encrypted
    recordings both hashes: of what lies on disk and of the sound in it. Of several switches
    only those of this one: its files are here.
    """
    last: UUID | None = None
    missing: dict[str, list[Any]] = {}
    while True:
        page = (
            select(recordings)
            .where(recordings.c.state.in_([RecordingState.COMPLETE.value, RecordingState.ORPHAN.value]))
            .order_by(recordings.c.recording_id)
            .limit(_PAGE)
        )
        if storage.switch:
            page = page.where(recordings.c.system_name == storage.switch)
        if last is not None:
            page = page.where(recordings.c.recording_id > last)
        async with storage.read() as connection:
            rows = (await connection.execute(page)).all()
        if not rows:
            break
        for row in rows:
            where = f"recording {row.recording_id}"
            try:
                wrong = await asyncio.to_thread(_wrong, root, row, key_file)
            except VaultTrouble as trouble:
                missing.setdefault(row.key_id, [0, f"{trouble.detail}; {trouble.remedy}"])[0] += 1
                continue
            if wrong:
                report.add(wrong[0], where, wrong[1])
        last = rows[-1].recording_id
    for key_id, (count, why) in missing.items():
        report.add("key-missing", f"recordings' key {key_id}", f"{count} recordings were not read: {why}")


def _wrong(root: Path, row: Row[Any], key_file: Path) -> tuple[str, str] | None:
    """What is wrong with the file on disk, and with the sound in it."""
    file = sound.locate(root, row)
    if file is None:
        return ("file-missing", row.path)
    name = sound.stored_name(row.path, row.key_id)
    try:
        held = audio.measure(file).sha256
        if held != (row.sha256 if row.key_id is None else row.cipher_sha256):
            return ("file-changed", name)
        if row.key_id is not None and sound.find(root, row, key_file).sha256() != row.sha256:
            return ("file-changed", f"{name}: the sound in it")
    except DamagedRecording as damage:
        return ("file-changed", f"{name}: {damage.detail}")
    except OSError:
        return ("file-missing", name)
    return None
