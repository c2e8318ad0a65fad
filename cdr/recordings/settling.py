"""Settles a recording: seals its row and publishes the event, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, update

from cdr.events import RecordingSettled
from cdr.recordings import store
from cdr.recordings.audio import AudioFacts
from cdr.recordings.store import GIVEN_UP, RecordingState, recordings
from core.storage import Storage


async def settle(
    storage: Storage,
    row: Row[Any],
    state: RecordingState,
    found: AudioFacts | None,
    further: Mapping[str, object] | None = None,
) -> None:
    """`row` is in `state` from now on, unless it was erased meanwhile; with `found` this is its sound, else
    what was known of it stays.

    `further` columns: `began_at` and `ended_at` of a talkgroup's recording, or the key. Raises `StorageAway`.
    """
    now = storage.clock.now()
    values: dict[str, object] = {"state": state.value, "settled_at": now, **(further or {})}
    if found is not None:
        values |= {"sha256": found.sha256, "size": found.size, "duration_s": found.duration_s}
    async with storage.write() as transaction:
        changed = await transaction.connection.execute(
            update(recordings)
            .where(recordings.c.recording_id == row.recording_id, recordings.c.state.not_in(GIVEN_UP))
            .values(**values)
        )
        if not changed.rowcount:
            return
        await store.RECORDINGS.seal(transaction, [row.recording_id], now)
        await transaction.emit(
            RecordingSettled(
                recording_id=row.recording_id,
                call_id=row.call_id,
                leg_id=row.leg_id,
                direction=row.track,
                state=state,
                duration_s=found.duration_s if found else row.duration_s,
                sha256=found.sha256 if found else row.sha256,
                talkgroup=row.talkgroup or "",
            ),
            stream=f"cdr.recording:{row.recording_id}",
        )
