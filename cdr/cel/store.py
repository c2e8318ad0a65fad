"""Tables of the CEL import: files with their positions, rows, rejected bytes, and calls to recompute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    case,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.cel.codec import CelLine, RejectedLine
from cdr.cel.model import ID_LENGTH, CelRow
from core.ids import uuid7
from core.storage import UtcDateTime, Uuid, metadata
from core.storage.dialect import NewValues, insert_missing, upsert
from core.storage.schema import Sequence64

QUARANTINE_ROWS = 10_000
QUARANTINE_BYTES = 4_096

MOST_ROWS = 50_000
"""Rows of one call that are looked at; a call of a day with a hundred transfers has some thousand."""

files = Table(
    "cdr_cel_files",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("system_name", String(64), nullable=False),
    Column("stream", String(64), nullable=False),
    Column("device", String(24), nullable=False),
    Column("inode", String(24), nullable=False),
    Column("path", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("tail", String(64), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("rejects", BigInteger, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    UniqueConstraint("system_name", "stream", "device", "inode"),
)

rows = Table(
    "cdr_cel_rows",
    metadata,
    Column("seq", Sequence64, primary_key=True, autoincrement=True),
    Column("line_id", String(64), nullable=False, unique=True),
    Column("system_name", String(64), nullable=False),
    Column("event", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("name", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("exten", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("app_data", Text, nullable=False),
    Column("uniqueid", String(ID_LENGTH), nullable=False),
    Column("linkedid", String(ID_LENGTH), nullable=False),
    Column("peer", Text, nullable=False),
    Column("extra", Text, nullable=False),
    Index("ix_cdr_cel_rows_linkedid", "system_name", "linkedid"),
    Index("ix_cdr_cel_rows_uniqueid", "system_name", "uniqueid"),
    sqlite_autoincrement=True,
)

quarantine = Table(
    "cdr_cel_quarantine",
    metadata,
    Column("line_id", String(64), primary_key=True),
    Column("path", Text, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

to_derive = Table(
    "cdr_to_derive",
    metadata,
    Column("system_name", String(64), primary_key=True),
    Column("linkedid", String(ID_LENGTH), primary_key=True),
    Column("marked_at", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("due_at", UtcDateTime),
)


@dataclass(frozen=True, slots=True)
class FilePosition:
    """How far a file is imported. `stream` names its content by its first record, `tail` is the SHA-256 of
    the last bytes before `position`: both are checked before reading on.
    """

    id: UUID
    stream: str
    device: str
    inode: str
    path: str
    position: int = 0
    tail: str = ""
    rows: int = 0
    rejects: int = 0


async def position_of(
    connection: AsyncConnection, system_name: str, stream: str, device: str, inode: str, path: str
) -> FilePosition:
    """The stored position, or that of a file never seen."""
    found = (
        await connection.execute(
            select(files).where(
                files.c.system_name == system_name,
                files.c.stream == stream,
                files.c.device == device,
                files.c.inode == inode,
            )
        )
    ).one_or_none()
    if found is None:
        return FilePosition(uuid7(), stream, device, inode, path)
    return FilePosition(
        found.id, stream, device, inode, path, found.position, found.tail, found.rows, found.rejects
    )


async def keep_position(
    connection: AsyncConnection, system_name: str, place: FilePosition, now: datetime
) -> None:
    values = {
        "path": place.path,
        "position": place.position,
        "tail": place.tail,
        "rows": place.rows,
        "rejects": place.rejects,
        "updated_at": now,
    }
    keys = {
        "system_name": system_name,
        "stream": place.stream,
        "device": place.device,
        "inode": place.inode,
    }
    row = {"id": place.id, **keys, **values}
    await upsert(connection, files, row, keys=tuple(keys), changed=tuple(values))


async def add_lines(
    connection: AsyncConnection,
    system_name: str,
    lines: Sequence[tuple[str, CelLine]],
    now: datetime,
    *,
    running_pause: timedelta = timedelta(),
) -> int:
    """Insert the lines that are not there yet (by line id) and mark their calls to be derived anew: at once
    where a call begins or ends, else after `running_pause`, since a call that runs writes many lines.

    Returns how many were new.
    """
    told = [(line_id, line.row.about()) for line_id, line in lines]
    new = [(line_id, row) for line_id, row in told if not row.is_tap]
    known = await _known(connection, [line_id for line_id, _ in new])
    fresh = [(line_id, row) for line_id, row in new if line_id not in known]
    if not fresh:
        return 0
    lines_read = [_values(system_name, line_id, row) for line_id, row in fresh]
    await insert_missing(connection, rows, lines_read, keys=["line_id"])
    due = {row.linkedid: now + running_pause for _, row in fresh}
    due |= {row.linkedid: now for _, row in fresh if _is_news(row)}
    await _mark(connection, system_name, due, now)
    return len(fresh)


def _is_news(row: CelRow) -> bool:
    return row.event == "LINKEDID_END" or (row.event == "CHAN_START" and row.uniqueid == row.linkedid)


async def mark(
    connection: AsyncConnection, system_name: str, linkedids: Iterable[str], now: datetime
) -> None:
    """Have these calls derived anew at once."""
    await _mark(connection, system_name, dict.fromkeys(linkedids, now), now)


async def _mark(
    connection: AsyncConnection, system_name: str, due: Mapping[str, datetime], now: datetime
) -> None:
    """Have these calls, by Linkedid, derived anew when they are due; the earliest time counts. The update
    locks the mark, so that a deriver that is at work on the same call waits for our rows.
    """
    marks = [
        {"system_name": system_name, "linkedid": linkedid, "marked_at": now, "failures": 0, "due_at": at}
        for linkedid, at in sorted(due.items())
    ]
    await upsert(
        connection,
        to_derive,
        marks,
        keys=["system_name", "linkedid"],
        changed=["marked_at"],
        computed=_earlier,
    )


def _earlier(new: NewValues) -> Mapping[str, ColumnElement[Any]]:
    return {"due_at": case((to_derive.c.due_at < new.due_at, to_derive.c.due_at), else_=new.due_at)}


async def add_rejects(
    connection: AsyncConnection, path: str, rejects: Sequence[tuple[str, RejectedLine]], now: datetime
) -> int:
    """Keep the first bytes of what was no record, up to `QUARANTINE_ROWS` in all; how many were kept."""
    if not rejects:
        return 0
    held = (await connection.execute(select(func.count()).select_from(quarantine))).scalar_one()
    room = rejects[: max(0, QUARANTINE_ROWS - held)]
    kept = [
        {
            "line_id": line_id,
            "path": path,
            "offset": reject.offset,
            "size": len(reject.raw),
            "reason": reject.reason,
            "raw": reject.raw[:QUARANTINE_BYTES],
            "at": now,
        }
        for line_id, reject in room
    ]
    await insert_missing(connection, quarantine, kept, keys=["line_id"])
    return len(room)


def moved(place: FilePosition, *, position: int, tail: str, rows: int, rejects: int) -> FilePosition:
    """The position after so many more rows and damaged lines; `tail` is what stands before it, to recognise
    the file.
    """
    return replace(
        place, position=position, tail=tail, rows=place.rows + rows, rejects=place.rejects + rejects
    )


def row_of(row: Row[Any]) -> CelRow:
    """A stored row as the projector takes it."""
    return CelRow(
        row.event, row.at, row.name, row.number, row.exten, row.context, row.channel,
        row.app, row.app_data, row.uniqueid, row.linkedid, row.peer, row.extra,
    )  # fmt: skip


# Made once: to put a statement together costs as much as to carry it out.
_PLACED = (
    select(rows)
    .where(
        rows.c.system_name == bindparam("system"), rows.c.linkedid.in_(bindparam("linkedids", expanding=True))
    )
    .order_by(rows.c.at, rows.c.seq)
    .limit(MOST_ROWS)
)


@dataclass(frozen=True, slots=True)
class OrderedRow:
    """A row with its place in the order of time, then of import."""

    at: datetime
    seq: int
    row: CelRow


async def placed_rows(
    connection: AsyncConnection, system_name: str, linkedids: Sequence[str]
) -> list[OrderedRow]:
    """The rows of these linkedids, in order."""
    found = await connection.execute(_PLACED, {"system": system_name, "linkedids": linkedids})
    return [OrderedRow(row.at, row.seq, row_of(row)) for row in found]


async def postpone(connection: AsyncConnection, system_name: str, linkedid: str) -> None:
    """Count a failure to derive this call, so that it comes last from now on."""
    await connection.execute(
        update(to_derive)
        .where(to_derive.c.system_name == system_name, to_derive.c.linkedid == linkedid)
        .values(failures=to_derive.c.failures + 1)
    )


async def _known(connection: AsyncConnection, line_ids: Sequence[str]) -> set[str]:
    if not line_ids:
        return set()
    found = await connection.execute(select(rows.c.line_id).where(rows.c.line_id.in_(line_ids)))
    return set(found.scalars())


def _values(system_name: str, line_id: str, row: CelRow) -> dict[str, object]:
    return {
        "line_id": line_id,
        "system_name": system_name,
        **{name: getattr(row, name) for name in CelRow.__slots__},
    }
