"""Erases the persons from a call: numbers, names, words and sound go, times and the chain stay."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update

from cdr.calls import store as calls
from cdr.cel import store as cel
from cdr.chain.erase import erase
from cdr.errors import UnknownCall
from cdr.recordings import audio
from cdr.recordings import store as recordings
from cdr.recordings.store import RECORDINGS, State
from cdr.transcripts.store import SEGMENTS
from core.storage import Storage, Transaction


async def erase_call(
    storage: Storage, recordings_root: Path | None, call_id: UUID, *, by: str, reason: str
) -> int:
    """Empty what names a person in an ended call, its legs, its words, its CEL rows; delete its sound.

    What was filed about it (drafts, cases) belongs to the case and stays. Returns how many records were
    emptied. Raises `UnknownCall` when no ended call has this id.
    """
    now = storage.clock.now()
    async with storage.write() as transaction:
        connection = transaction.connection
        known = await calls.resolve(connection, call_id)
        call = await calls.call_of(connection, known) if known else None
        if known is None or call is None or call.ended_at is None:
            raise UnknownCall("no ended call has this id", remedy="wait until the call is over")
        names = await calls.names_of(connection, known)
        emptied = 0
        for sealed in (calls.CALLS, calls.LEGS, SEGMENTS):
            keys = await connection.execute(
                select(sealed.table.c[sealed.key]).where(sealed.table.c.call_id.in_(names))
            )
            emptied += await erase(transaction, sealed, list(keys.scalars()), by=by, reason=reason, now=now)
        await _empty_rows(transaction, call)
        paths = await _give_up_sound(transaction, names, now)
    for path in paths:
        file = audio.inside(recordings_root, path) if recordings_root else None
        if file is not None:
            await asyncio.to_thread(file.unlink, missing_ok=True)
    return emptied


async def _empty_rows(transaction: Transaction, call: Row[Any]) -> None:
    of_call = (cel.rows.c.system_name == call.system_name, cel.rows.c.linkedid.in_(call.linkedids))
    await transaction.connection.execute(update(cel.rows).where(*of_call).values(name="", number=""))
    # Pressed digits and what an application was given may be numbers; a queue's name is none and needed.
    await transaction.connection.execute(
        update(cel.rows).where(*of_call, cel.rows.c.event == "DTMF").values(extra="")
    )
    await transaction.connection.execute(
        update(cel.rows).where(*of_call, func.lower(cel.rows.c.app) != "queue").values(app_data="", exten="")
    )


async def _give_up_sound(transaction: Transaction, names: Sequence[UUID], now: datetime) -> list[str]:
    """Mark the call's recordings as erased; the paths of their files."""
    found = await recordings.recordings_of(transaction.connection, names)
    for one in found:
        await transaction.connection.execute(
            update(recordings.recordings)
            .where(recordings.recordings.c.recording_id == one.recording_id)
            .values(state=State.ERASED.value, settled_at=now)
        )
    await RECORDINGS.seal(transaction, [one.recording_id for one in found], now)
    return [one.path for one in found]
