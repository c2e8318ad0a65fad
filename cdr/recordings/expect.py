"""Adds rows for the recordings that the dialplan announced: one for each direction of a leg."""

from __future__ import annotations

from pathlib import PurePosixPath

from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.calls.model import CallRecord
from cdr.recordings import audio
from cdr.recordings.store import RecordingState, RecordingTrack, recording_id, recordings
from core.storage.dialect import insert_missing


async def keep(connection: AsyncConnection, call: CallRecord, root: str) -> None:
    """Expect what `call` records, once. `root` is the recordings folder as Asterisk names it."""
    rows = [
        {
            "recording_id": recording_id(call.system_name, path),
            "call_id": call.call_id,
            "leg_id": expected.leg_id,
            "track": track.value,
            "system_name": call.system_name,
            "path": path,
            "state": RecordingState.EXPECTED.value,
            "expected_at": expected.at,
        }
        for expected in call.recordings
        for path, track in files_of(expected.base, root)
    ]
    await insert_missing(connection, recordings, rows)


def files_of(base: str, root: str) -> list[tuple[str, RecordingTrack]]:
    """Both files of a recorded leg, as paths below the recordings folder."""
    stem, dot, form = base.rpartition(".")
    if dot + form not in audio.FORMS:
        stem, dot, form = base, ".", "wav"
    return [(f"{below(stem, root)}-{track.value}{dot}{form}", track) for track in RecordingTrack]


def below(base: str, root: str) -> str:
    """The path below the recordings folder: `20261125/1795612161.0`.

    Where Asterisk knows the folder by another name than we do, the day and the file name are enough.
    """
    path = PurePosixPath(base)
    try:
        return str(path.relative_to(root))
    except ValueError:
        return str(PurePosixPath(*path.parts[-2:]))
