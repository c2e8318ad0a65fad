"""Tables of incident conferences: each conference, its members, and what was done in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, Column, Index, Row, String, Table, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import UtcDateTime, Uuid, metadata
from core.storage.dialect import insert_if_new
from hotline.conferences.model import ConferenceParty, IncidentConference, MemberKind
from hotline.conferences.reduce import (
    ConferenceFact,
    ConferenceOver,
    PartyJoined,
    PartyLeft,
    PartyMissed,
    RecordingBegan,
    RecordingEnded,
)

OPEN: Final = text("ended_at IS NULL")

conferences = Table(
    "hotline_conferences",
    metadata,
    Column("conference_id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False, index=True),
    Column("opened_by", String(80), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("ended_at", UtcDateTime, index=True),
    Column("end_cause", String(16)),
    Index("ix_hotline_conferences_open", "case_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
)
"""A case has one open conference at most."""

members = Table(
    "hotline_conference_members",
    metadata,
    Column("member_id", Uuid, primary_key=True),
    Column("conference_id", Uuid, nullable=False, index=True),
    Column("kind", String(12), nullable=False),
    Column("who", String(80), nullable=False),
    Column("name", String(120), nullable=False),
    Column("phone", String(64), nullable=False),
    Column("line", String(80), nullable=False),
    Column("added_by", String(80), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("joined_at", UtcDateTime),
    Column("left_at", UtcDateTime),
    Column("outcome", String(16), nullable=False),
)
"""`who` is a user, a unit or a talkgroup, of a telephone its last four digits. `phone`, and `line`, which may
be a digest of it, are cleared when the conference is over.
"""

acts = Table(
    "hotline_conference_acts",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("conference_id", Uuid, nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(80), nullable=False),
    Column("act", String(16), nullable=False),
    Column("member_id", Uuid),
    Column("until", UtcDateTime),
)
"""A recording is the act `recorded` under its recorder's id, `until` when it ended."""


@dataclass(frozen=True, slots=True)
class NewMember:
    member_id: UUID
    conference_id: UUID
    kind: MemberKind
    who: str
    name: str
    phone: str
    line: str
    added_by: str
    added_at: datetime


async def open_one(
    connection: AsyncConnection, conference_id: UUID, case_id: UUID, by: str, at: datetime
) -> UUID:
    """The id of the case's open conference: this one when there was none."""
    row = {
        "conference_id": conference_id, "case_id": case_id, "opened_by": by, "opened_at": at, "locked": False,
        "ended_at": None, "end_cause": None,
    }  # fmt: skip
    if await insert_if_new(connection, conferences, row):
        return conference_id
    if await find(connection, conference_id) is not None:
        # The same operation again: it is that one still, also after it is over.
        return conference_id
    found = await connection.execute(
        select(conferences.c.conference_id).where(
            conferences.c.case_id == case_id, conferences.c.ended_at.is_(None)
        )
    )
    return found.scalar_one_or_none() or conference_id


async def add_member(connection: AsyncConnection, new: NewMember) -> Row[Any] | None:
    """None when it is new; else the member of this id that was there before."""
    row = {name: getattr(new, name) for name in NewMember.__slots__}
    made = {**row, "joined_at": None, "left_at": None, "outcome": ""}
    return None if await insert_if_new(connection, members, made) else await member(connection, new.member_id)


async def member(connection: AsyncConnection, member_id: UUID) -> Row[Any] | None:
    return (await connection.execute(select(members).where(members.c.member_id == member_id))).first()


async def add_act(
    connection: AsyncConnection, op_id: UUID, conference_id: UUID, at: datetime, by: str, act: str,
    member_id: UUID | None = None,
) -> bool:  # fmt: skip
    """Whether it is new."""
    row = {
        "op_id": op_id, "conference_id": conference_id, "at": at, "by": by, "act": act,
        "member_id": member_id, "until": None,
    }  # fmt: skip
    return await insert_if_new(connection, acts, row)


async def find_act(connection: AsyncConnection, op_id: UUID) -> tuple[UUID, str, UUID | None] | None:
    """The conference, the act and its member of an operation."""
    query = select(acts.c.conference_id, acts.c.act, acts.c.member_id).where(acts.c.op_id == op_id)
    row = (await connection.execute(query)).first()
    return None if row is None else (row.conference_id, row.act, row.member_id)


async def set_locked(connection: AsyncConnection, conference_id: UUID, *, locked: bool) -> None:
    await connection.execute(
        update(conferences).where(conferences.c.conference_id == conference_id).values(locked=locked)
    )


async def keep(connection: AsyncConnection, fact: ConferenceFact) -> None:
    """Write a fact down; the same again, also by a later run, changes nothing."""
    at = datetime.fromtimestamp(fact.at, UTC)
    match fact:
        case PartyJoined(_, member_id, _):
            await _member(connection, member_id, members.c.joined_at.is_(None), joined_at=at, outcome="")
        case PartyLeft(_, member_id, _):
            await _member(connection, member_id, members.c.left_at.is_(None), left_at=at)
        case PartyMissed(_, member_id, outcome, _):
            await _member(connection, member_id, members.c.joined_at.is_(None), outcome=outcome)
        case RecordingBegan(conference_id, recorder, _):
            await add_act(connection, recorder, conference_id, at, "", "recorded")
        case RecordingEnded(_, recorder, _):
            this = (acts.c.op_id == recorder, acts.c.until.is_(None))
            await connection.execute(update(acts).where(*this).values(until=at))
        case ConferenceOver(conference_id, cause, _):
            this = (conferences.c.conference_id == conference_id, conferences.c.ended_at.is_(None))
            await connection.execute(update(conferences).where(*this).values(ended_at=at, end_cause=cause))
            inside = members.c.conference_id == conference_id
            await connection.execute(update(members).where(inside).values(phone="", line=""))


async def _member(connection: AsyncConnection, member_id: UUID, still: Any, **values: Any) -> None:
    await connection.execute(update(members).where(members.c.member_id == member_id, still).values(values))


async def open_ones(connection: AsyncConnection) -> Sequence[tuple[IncidentConference, Sequence[Row[Any]]]]:
    """Each open conference as it was last written down, and the rows of its members."""
    rows = (await connection.execute(select(conferences).where(conferences.c.ended_at.is_(None)))).all()
    found = await members_of(connection, [row.conference_id for row in rows])
    recorders: dict[UUID, set[UUID]] = {}
    running = select(acts).where(acts.c.act == "recorded", acts.c.until.is_(None))
    for act in await connection.execute(running):
        recorders.setdefault(act.conference_id, set()).add(act.op_id)
    return [
        (
            IncidentConference(
                row.conference_id, row.case_id, row.opened_at.timestamp(),
                {one.member_id: party(one) for one in found[row.conference_id]},
                frozenset(recorders.get(row.conference_id, ())), row.locked,
            ),
            found[row.conference_id],
        )
        for row in rows
    ]  # fmt: skip


async def ended_since(connection: AsyncConnection, at: datetime) -> Sequence[UUID]:
    found = await connection.execute(select(conferences.c.conference_id).where(conferences.c.ended_at >= at))
    return [row.conference_id for row in found]


def party(row: Row[Any]) -> ConferenceParty:
    """A member as it was written down."""
    return ConferenceParty(
        row.member_id,
        row.kind,
        None if row.joined_at is None else row.joined_at.timestamp(),
        None if row.left_at is None else row.left_at.timestamp(),
        row.outcome,
    )


async def listed(
    connection: AsyncConnection, *, case_id: UUID | None = None, ended: bool = True, limit: int = 200
) -> Sequence[Row[Any]]:
    """The newest first."""
    query = select(conferences).order_by(conferences.c.opened_at.desc()).limit(limit)
    if case_id is not None:
        query = query.where(conferences.c.case_id == case_id)
    if not ended:
        query = query.where(conferences.c.ended_at.is_(None))
    return (await connection.execute(query)).all()


async def find(connection: AsyncConnection, conference_id: UUID) -> Row[Any] | None:
    query = select(conferences).where(conferences.c.conference_id == conference_id)
    return (await connection.execute(query)).first()


async def members_of(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """By conference, in the order in which they were asked."""
    out: dict[UUID, list[Row[Any]]] = {one: [] for one in ids}
    query = select(members).where(members.c.conference_id.in_(list(ids)))
    for row in await connection.execute(query.order_by(members.c.added_at, members.c.member_id)):
        out[row.conference_id].append(row)
    return out


async def acts_of(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """By conference, in their order."""
    out: dict[UUID, list[Row[Any]]] = {one: [] for one in ids}
    query = select(acts).where(acts.c.conference_id.in_(list(ids))).order_by(acts.c.at, acts.c.op_id)
    for row in await connection.execute(query):
        out[row.conference_id].append(row)
    return out


async def prune(connection: AsyncConnection, before: datetime) -> None:
    """Forget conferences that ended before."""
    old = select(conferences.c.conference_id).where(conferences.c.ended_at < before)
    for one in (members, acts, conferences):
        await connection.execute(delete(one).where(one.c.conference_id.in_(old)))
