"""Verification tasks in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, insert, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.drafting.model import Draft, FieldName
from cases.errors import NoSuchVerification
from cases.events import CaseState, VerificationFinding, VerificationState
from cases.tables import cases, drafts
from cases.verification.model import (
    LIVE,
    Verification,
    VerificationAct,
    VerificationAction,
    VerificationAnswer,
)
from cases.verification.tables import verifications
from core.place import Position

_OVER = (CaseState.CLOSED, CaseState.CANCELLED, CaseState.MERGED, CaseState.HANDED_OVER)


_ANSWERABLE = LIVE | {VerificationState.EXPIRED}
"""An overdue task may be answered too."""


@dataclass(frozen=True, slots=True)
class AboutTask:
    """What a task is about, as it is now: the district of its case or draft, and whose it is whatever his
    districts. `confidential` is that of the case; None while there is none.
    """

    district: str | None
    people: frozenset[str]
    confidential: bool | None = None


async def add(connection: AsyncConnection, task: Verification) -> None:
    await connection.execute(insert(verifications).values(task_id=task.task_id, **_values(task)))


async def save(connection: AsyncConnection, task: Verification) -> None:
    one = verifications.c.task_id == task.task_id
    await connection.execute(update(verifications).where(one).values(**_values(task)))


async def get(connection: AsyncConnection, task_id: UUID, *, lock: bool = False) -> Verification:
    """Raises `NoSuchVerification`. `lock` holds the row for this transaction (PostgreSQL)."""
    wanted = select(verifications).where(verifications.c.task_id == task_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    if row is None:
        raise NoSuchVerification(remedy="see the draft or the case that it was asked for")
    return _task(row)


async def file(connection: AsyncConnection, task_id: UUID, case_id: UUID) -> None:
    """The draft of this task became a case."""
    one = verifications.c.task_id == task_id
    await connection.execute(update(verifications).where(one).values(case_id=case_id))


async def is_there(connection: AsyncConnection, task_id: UUID) -> bool:
    wanted = select(verifications.c.task_id).where(verifications.c.task_id == task_id)
    return (await connection.execute(wanted)).first() is not None


async def case_of(connection: AsyncConnection, task_id: UUID) -> UUID | None:
    """The case that a task is about; None for a draft's that is not filed, and for what is no task."""
    wanted = select(verifications.c.case_id).where(verifications.c.task_id == task_id)
    found: UUID | None = (await connection.execute(wanted)).scalar_one_or_none()
    return found


async def of_draft(connection: AsyncConnection, draft_id: UUID) -> list[Verification]:
    """The oldest first."""
    return await _listed(connection, verifications.c.draft_id == draft_id)


async def of_case(connection: AsyncConnection, case_id: UUID) -> list[Verification]:
    """Those of its draft too; the oldest first."""
    return await _listed(connection, verifications.c.case_id == case_id)


async def live(connection: AsyncConnection, limit: int) -> list[Verification]:
    """Tasks that wait for an answer, the earliest due first."""
    rows = await connection.execute(
        select(verifications)
        .where(verifications.c.state.in_(LIVE))
        .order_by(verifications.c.due_at, verifications.c.task_id)
        .limit(limit)
    )
    return [_task(row) for row in rows]


async def shown(connection: AsyncConnection, limit: int) -> list[Verification]:
    """What desks follow: tasks without an answer, and all of drafts that are open; the oldest first."""
    # Two ways, each with its index: what was ever asked is not looked through.
    wanted = union(
        select(verifications.c.task_id).where(verifications.c.state.in_(LIVE)),
        select(verifications.c.task_id)
        .join(drafts, drafts.c.draft_id == verifications.c.draft_id)
        .where(drafts.c.state == "open"),
    )
    rows = await connection.execute(
        select(verifications)
        .where(verifications.c.task_id.in_(wanted))
        .order_by(verifications.c.asked_at.desc(), verifications.c.task_id.desc())
        .limit(limit)
    )
    return [_task(row) for row in reversed(rows.all())]


async def about(
    connection: AsyncConnection, tasks: Sequence[Verification]
) -> list[tuple[Verification, AboutTask]]:
    """Each of these with what it is about, in their order."""
    of_case, of_draft = {one.case_id for one in tasks} - {None}, {one.draft_id for one in tasks} - {None}
    wanted = select(cases.c.case_id, cases.c.district, cases.c.filed_by, cases.c.confidential).where(
        cases.c.case_id.in_(of_case)
    )
    filed = {row.case_id: row for row in await connection.execute(wanted)}
    bodies = select(drafts.c.draft_id, drafts.c.body).where(drafts.c.draft_id.in_(of_draft))
    drafted = {row.draft_id: Draft.model_validate(row.body) for row in await connection.execute(bodies)}
    found = []
    for one in tasks:
        case = None if one.case_id is None else filed.get(one.case_id)
        draft = None if one.draft_id is None else drafted.get(one.draft_id)
        if case is not None:
            known = AboutTask(case.district, frozenset({one.asked_by, case.filed_by}), case.confidential)
        else:
            district = None if draft is None else draft.value(FieldName.DISTRICT)
            known = AboutTask(district, frozenset({one.asked_by}))
        found.append((one, known))
    return found


async def open_of_units(connection: AsyncConnection, units: Sequence[str], limit: int) -> list[Verification]:
    """What these may answer still, the earliest due first."""
    wanted = (
        select(verifications)
        .where(verifications.c.unit_id.in_(units), verifications.c.state.in_(_ANSWERABLE))
        .order_by(verifications.c.due_at, verifications.c.task_id)
        .limit(limit)
    )
    return [_task(row) for row in await connection.execute(wanted)]


async def tasks_among(connection: AsyncConnection, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are tasks."""
    wanted = select(verifications.c.task_id).where(verifications.c.task_id.in_(ids))
    return set((await connection.execute(wanted)).scalars())


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[UUID]:
    """Live tasks whose time is up."""
    wanted = (
        select(verifications.c.task_id)
        .where(verifications.c.state.in_(LIVE), verifications.c.due_at <= now)
        .order_by(verifications.c.due_at)
        .limit(limit)
    )
    return list((await connection.execute(wanted)).scalars())


async def needless(connection: AsyncConnection, limit: int) -> list[UUID]:
    """Tasks without an answer, overdue ones too, of drafts that were discarded or forgotten and of cases that
    are over.
    """
    wanted = (
        select(verifications.c.task_id)
        .outerjoin(drafts, drafts.c.draft_id == verifications.c.draft_id)
        .outerjoin(cases, cases.c.case_id == verifications.c.case_id)
        .where(
            verifications.c.state.in_(_ANSWERABLE),
            or_(
                drafts.c.state == "discarded",
                cases.c.state.in_(_OVER),
                and_(drafts.c.draft_id.is_(None), verifications.c.case_id.is_(None)),
            ),
        )
        .limit(limit)
    )
    return list((await connection.execute(wanted)).scalars())


async def _listed(connection: AsyncConnection, where: Any) -> list[Verification]:
    rows = await connection.execute(
        select(verifications).where(where).order_by(verifications.c.asked_at, verifications.c.task_id)
    )
    return [_task(row) for row in rows]


def _values(task: Verification) -> dict[str, Any]:
    answer = task.answer
    place = None if answer is None else answer.position
    return {
        "draft_id": task.draft_id, "case_id": task.case_id, "unit_id": task.unit_id,
        "unit_name": task.unit_name, "state": task.state.value, "words": task.words,
        "asked_by": task.asked_by, "asked_at": task.asked_at, "due_at": task.due_at, "beat": task.beat,
        "confidential": task.confidential, "displayed_at": task.displayed_at,
        "finding": "" if answer is None else answer.finding.value,
        "answer": "" if answer is None else answer.text,
        "answered_at": None if answer is None else answer.at,
        "lon": place.lon if place else None, "lat": place.lat if place else None,
        "accuracy_m": place.accuracy_m if place else None,
        "acts": [
            {"action": one.action.value, "at": one.at.isoformat(), "by": one.by, "reason": one.reason}
            for one in task.acts
        ],
    }  # fmt: skip


def _task(row: Row[Any]) -> Verification:
    place = None if row.lon is None else Position(lon=row.lon, lat=row.lat, accuracy_m=row.accuracy_m)
    answer = None
    if row.answered_at is not None:
        answer = VerificationAnswer(VerificationFinding(row.finding), row.answer, row.answered_at, place)
    return Verification(
        task_id=row.task_id, draft_id=row.draft_id, case_id=row.case_id, unit_id=row.unit_id,
        unit_name=row.unit_name, state=VerificationState(row.state), words=row.words, asked_by=row.asked_by,
        asked_at=row.asked_at, due_at=row.due_at, beat=row.beat, confidential=row.confidential,
        displayed_at=row.displayed_at, answer=answer,
        acts=tuple(
            VerificationAct(
                VerificationAction(one["action"]), datetime.fromisoformat(one["at"]), one["by"], one["reason"]
            )
            for one in row.acts
        ),
    )  # fmt: skip
