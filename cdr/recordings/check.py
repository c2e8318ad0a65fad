"""Compares the recordings' files with their hashes: one changed byte of sound is found."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from cdr.chain.verify import Report
from cdr.recordings import audio
from cdr.recordings.store import State, recordings
from core.storage import Storage

_PAGE = 100


async def check_files(storage: Storage, root: Path, report: Report) -> None:
    """Add `file-changed` and `file-missing` to the report. Reads every byte."""
    last: UUID | None = None
    while True:
        page = (
            select(recordings)
            .where(recordings.c.state.in_([State.COMPLETE.value, State.ORPHAN.value]))
            .order_by(recordings.c.recording_id)
            .limit(_PAGE)
        )
        if last is not None:
            page = page.where(recordings.c.recording_id > last)
        async with storage.read() as connection:
            rows = (await connection.execute(page)).all()
        if not rows:
            return
        for row in rows:
            where = f"recording {row.recording_id}"
            file = audio.inside(root, row.path)
            try:
                found = await asyncio.to_thread(audio.measure, file) if file else None
            except OSError:
                found = None
            if found is None:
                report.add("file-missing", where, row.path)
            elif found.sha256 != row.sha256:
                report.add("file-changed", where, row.path)
        last = rows[-1].recording_id
