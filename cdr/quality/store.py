"""Tables of scoring forms, scorecards, calibrations and marks on recordings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.calls.store import aliases, calls
from core.storage import Json, Transaction, UtcDateTime, Uuid, metadata

forms = Table(
    "cdr_scoring_forms",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("form_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("content", Json, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("retired", Boolean, nullable=False, default=False),
    Index("ix_cdr_scoring_forms_version", "form_id", "number", unique=True),
)
"""A row is one version, which never changes but for `retired`; the newest one is used."""

cards = Table(
    "cdr_scorecards",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False),
    Column("call_at", UtcDateTime, nullable=False),
    Column("queue", String(80), nullable=False),
    Column("agent", String(64), nullable=False),
    Column("form_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("scorer", String(64), nullable=False),
    Column("calibration_id", Uuid),
    Column("answers", Json, nullable=False),
    Column("score", Float),
    Column("fatal", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("replaced_by", Uuid),
    Index("ix_cdr_scorecards_call", "call_id"),
    Index("ix_cdr_scorecards_agent", "agent", "made_at"),
    Index("ix_cdr_scorecards_call_at", "call_at"),
    Index("ix_cdr_scorecards_calibration", "calibration_id", "scorer", unique=True),
)
"""`op_id` is the card's id, `call_at` when the call began, `replaced_by` the card with which the same scorer
corrected this one.
"""

calibrations = Table(
    "cdr_calibrations",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False),
    Column("agent", String(64), nullable=False),
    Column("form_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("first", String(64), nullable=False),
    Column("second", String(64), nullable=False),
    Column("opened_by", String(64), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Index("ix_cdr_calibrations_opened", "opened_at"),
    Index("ix_cdr_calibrations_call", "call_id"),
)

marks = Table(
    "cdr_recording_marks",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("call_id", Uuid, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("note", Text, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Index("ix_cdr_recording_marks_call", "call_id", "at_s"),
)
"""`at_s`: seconds from the beginning of the call's sound."""


async def newest_forms(connection: AsyncConnection, *, retired: bool) -> Sequence[Row[Any]]:
    """The newest version of each form, the latest first."""
    newest = select(forms.c.form_id, func.max(forms.c.number).label("number")).group_by(forms.c.form_id)
    last = newest.subquery()
    statement = (
        select(forms)
        .join(last, and_(last.c.form_id == forms.c.form_id, last.c.number == forms.c.number))
        .order_by(forms.c.made_at.desc(), forms.c.op_id)
    )
    if not retired:
        statement = statement.where(~forms.c.retired)
    return (await connection.execute(statement)).all()


async def form_of(connection: AsyncConnection, form_id: UUID, number: int | None = None) -> Row[Any] | None:
    """That version of a form, else its newest."""
    statement = select(forms).where(forms.c.form_id == form_id).order_by(forms.c.number.desc()).limit(1)
    if number is not None:
        statement = statement.where(forms.c.number == number)
    return (await connection.execute(statement)).first()


async def versions_of(connection: AsyncConnection, form_id: UUID) -> Sequence[Row[Any]]:
    """All versions of a form, the newest first."""
    statement = select(forms).where(forms.c.form_id == form_id).order_by(forms.c.number.desc())
    return (await connection.execute(statement)).all()


async def retire(transaction: Transaction, form_id: UUID, *, retired: bool) -> None:
    await transaction.connection.execute(
        update(forms).where(forms.c.form_id == form_id).values(retired=retired)
    )


async def replace(transaction: Transaction, card: dict[str, Any]) -> None:
    """Earlier cards of this scorer for the same call, agent and form give way to this one."""
    await transaction.connection.execute(
        update(cards)
        .where(
            cards.c.op_id != card["op_id"],
            *(cards.c[name] == card[name] for name in ("call_id", "agent", "form_id", "scorer")),
            cards.c.calibration_id.is_(None),
            cards.c.replaced_by.is_(None),
        )
        .values(replaced_by=card["op_id"])
    )


def counted() -> Select[*tuple[Any, ...]]:
    """The cards that count: newest of their scorer, of no calibration."""
    return select(cards).where(cards.c.calibration_id.is_(None), cards.c.replaced_by.is_(None))


async def card_page(
    connection: AsyncConnection,
    *,
    agent: str = "",
    call_id: UUID | None = None,
    queues: Collection[str] = (),
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Cards that count, the newest first."""
    statement = counted().order_by(cards.c.made_at.desc(), cards.c.op_id.desc()).limit(limit)
    if agent:
        statement = statement.where(cards.c.agent == agent)
    if call_id is not None:
        statement = statement.where(cards.c.call_id == call_id)
    if queues:
        statement = statement.where(cards.c.queue.in_(queues))
    if before is not None:
        at, last = before
        earlier = and_(cards.c.made_at == at, cards.c.op_id < last)
        statement = statement.where(or_(cards.c.made_at < at, earlier))
    return (await connection.execute(statement)).all()


async def cards_between(
    connection: AsyncConnection, since: datetime, until: datetime, *, agent: str | None, queue: str | None
) -> Sequence[Row[Any]]:
    """The cards that count of calls that began in this time."""
    statement = counted().where(cards.c.call_at >= since, cards.c.call_at < until)
    if agent is not None:
        statement = statement.where(cards.c.agent == agent)
    if queue is not None:
        statement = statement.where(cards.c.queue == queue)
    return (await connection.execute(statement)).all()


async def calibration_of(connection: AsyncConnection, calibration_id: UUID) -> Row[Any] | None:
    found = await connection.execute(select(calibrations).where(calibrations.c.op_id == calibration_id))
    return found.one_or_none()


async def calibrations_page(
    connection: AsyncConnection, limit: int, *, queues: Collection[str] = (), own: str = ""
) -> Sequence[Row[Any]]:
    """The latest first. With `queues` those of calls of these queues or of none, and those in which `own`
    scores.
    """
    statement = select(calibrations).order_by(calibrations.c.opened_at.desc()).limit(limit)
    if queues:
        # The call may have been merged into another one since.
        of_call = calibrations.outerjoin(aliases, aliases.c.alias == calibrations.c.call_id).outerjoin(
            calls, calls.c.call_id == aliases.c.call_id
        )
        queue = func.coalesce(calls.c.queue, "")
        statement = statement.select_from(of_call).where(
            or_(queue.in_({*queues, ""}), calibrations.c.first == own, calibrations.c.second == own)
        )
    return (await connection.execute(statement)).all()


async def cards_of_calibrations(
    connection: AsyncConnection, calibration_ids: Collection[UUID]
) -> dict[UUID, dict[str, Row[Any]]]:
    """By calibration and scorer."""
    found: dict[UUID, dict[str, Row[Any]]] = {one: {} for one in calibration_ids}
    statement = select(cards).where(cards.c.calibration_id.in_(calibration_ids))
    for row in await connection.execute(statement):
        found[row.calibration_id][row.scorer] = row
    return found


async def marks_of(connection: AsyncConnection, call_id: UUID) -> Sequence[Row[Any]]:
    """In the order of the recording."""
    statement = select(marks).where(marks.c.call_id == call_id).order_by(marks.c.at_s, marks.c.op_id)
    return (await connection.execute(statement)).all()


async def forget(transaction: Transaction, names: Sequence[UUID]) -> None:
    """What was written about erased calls: marks go, notes are emptied; points stay."""
    connection = transaction.connection
    await connection.execute(delete(marks).where(marks.c.call_id.in_(names)))
    for row in (await connection.execute(select(cards).where(cards.c.call_id.in_(names)))).all():
        bare = {question: {"points": one["points"], "note": ""} for question, one in row.answers.items()}
        await connection.execute(
            update(cards).where(cards.c.op_id == row.op_id).values(answers=bare, note="")
        )
