"""The table of recordings: a row when the call starts, so that one which never came is seen.

`sha256`, `size` and `duration_s` are of the plain sound; with a `key_id` the file on disk is encrypted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import BigInteger, Column, Float, Index, Row, String, Table, Text, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain.records import SealedTable
from core.storage import Json, UtcDateTime, Uuid, metadata

_RECORDINGS = UUID("b1b7a8e2-0d9a-5c55-8a35-2f8d6d6a9c11")

LONGEST = timedelta(days=1)
"""No file of a talkgroup's recording is longer."""
MOST_PIECES = 1_000


class RecordingState(StrEnum):
    """`expected`: its call may still run. `missing`: the call is over and there is no file. `lost`: the file
    was there and has gone. `orphan`: a file that no call speaks of. `erasing`: given up on purpose, a file of
    it may still be there. `erased`: given up on purpose, and no file of it is left.
    """

    EXPECTED = "expected"
    COMPLETE = "complete"
    MISSING = "missing"
    LOST = "lost"
    ORPHAN = "orphan"
    ERASING = "erasing"
    ERASED = "erased"


GIVEN_UP = (RecordingState.ERASING.value, RecordingState.ERASED.value)
"""Nobody hears these any more."""


class RecordingTrack(StrEnum):
    """`in` is what the party of the leg says, `out` what it hears."""

    IN = "in"
    OUT = "out"


recordings = Table(
    "cdr_recordings",
    metadata,
    Column("recording_id", Uuid, primary_key=True),
    Column("call_id", Uuid, index=True),
    Column("leg_id", Uuid, index=True),
    Column("track", String(8), nullable=False),
    Column("system_name", String(64), nullable=False),
    Column("path", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("expected_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("sha256", String(64)),
    Column("size", BigInteger),
    Column("duration_s", Float),
    Column("key_id", String(16)),
    Column("cipher_sha256", String(64)),
    Column("cipher_size", BigInteger),
    Column("talkgroup", String(64)),
    Column("began_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("seal", Json),
    UniqueConstraint("system_name", "path"),
    Index("ix_cdr_recordings_state", "state", "expected_at"),
    Index("ix_cdr_recordings_talkgroup", "talkgroup", "began_at"),
)
"""`talkgroup`, `began_at` and `ended_at` are of a recording of a talkgroup's conference, which no call
has.
"""


MIX = "mix"
"""The track of a talkgroup's recording: all that is heard there."""


def recording_id(system_name: str, path: str) -> UUID:
    """The id of the recording that stands at `path` below the recordings folder of this Asterisk."""
    return uuid5(_RECORDINGS, f"{system_name}\n{path}")


async def recordings_of(connection: AsyncConnection, names: Sequence[UUID]) -> Sequence[Row[Any]]:
    """The recordings of a call, under all its ids."""
    found = await connection.execute(
        select(recordings)
        .where(recordings.c.call_id.in_(names))
        .order_by(recordings.c.expected_at, recordings.c.path)
    )
    return found.all()


async def of_talkgroup(
    connection: AsyncConnection, group: str, since: datetime, until: datetime
) -> Sequence[Row[Any]]:
    """The recordings of a talkgroup in which a moment of the time may lie, in order. One whose end is not
    known yet is still being made.
    """
    found = await connection.execute(
        select(recordings)
        .where(
            recordings.c.talkgroup == group,
            recordings.c.began_at < until,
            recordings.c.began_at > since - LONGEST,
            recordings.c.ended_at.is_(None) | (recordings.c.ended_at > since),
        )
        .order_by(recordings.c.began_at, recordings.c.path)
        .limit(MOST_PIECES)
    )
    return found.all()


async def recording(connection: AsyncConnection, wanted: UUID) -> Row[Any] | None:
    """The row of a recording; None for an unknown id."""
    found = await connection.execute(select(recordings).where(recordings.c.recording_id == wanted))
    return found.one_or_none()


RECORDINGS = SealedTable(
    "recording",
    recordings,
    "recording_id",
    frozenset(),
    recordings.c.state != RecordingState.EXPECTED.value,
    added={
        "key_id": None,
        "cipher_sha256": None,
        "cipher_size": None,
        "talkgroup": None,
        "began_at": None,
        "ended_at": None,
    },
)
