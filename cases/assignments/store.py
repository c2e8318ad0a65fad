"""Assignments, their acts and their clocks in the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, and_, case, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.assignments.clocks import AssignmentClock
from cases.assignments.model import Assignment, AssignmentAct
from cases.assignments.tables import assignment_acts, assignment_clocks, assignments
from cases.clocks.model import Counting, Pause
from cases.deadlines.model import ClockEnd
from cases.errors import NoSuchAssignment
from cases.events import AssignmentAction, AssignmentState
from cases.responsibility.store import DepartmentPart
from cases.tables import cases
from core.actor import Actor
from core.storage.schema import LAST

_OWN: Final = tuple(one.name for one in fields(Assignment) if one.name not in {"seq", "photos", "before"})
_BEFORE: Final = "before:"
"""Marks, in the column of photos, one that shows how it was before the work."""
_UNSIGNED: Final = (
    AssignmentState.WAITING.value, AssignmentState.WITHDRAWN.value, AssignmentState.RETURNED.value,
)  # fmt: skip
_CLOCK: Final = tuple(one.name for one in fields(AssignmentClock) if one.name not in {"seq", "pauses"})


@dataclass(frozen=True, slots=True)
class KeptAct:
    """An act on an assignment, and the state to which it led."""

    at: datetime
    actor: str
    actor_name: str
    act: str
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """Of each field one of its values must hold; an empty one limits nothing. `departments` and `districts`
    are None where this viewer is not limited. `number_ends` are the last digits of the case's number.
    """

    states: tuple[AssignmentState, ...] = ()
    wanted_departments: tuple[str, ...] = ()
    only_open: bool = False
    overdue_at: datetime | None = None
    departments: Collection[str] | None = None
    districts: Collection[str] | None = None
    case_id: UUID | None = None
    handler: str = ""
    number_ends: str = ""


@dataclass(frozen=True, slots=True)
class AssignmentPlace:
    """Behind which assignment a page begins."""

    due_order: datetime
    seq: int


async def add(connection: AsyncConnection, assignment: Assignment, due_at: datetime | None) -> None:
    await connection.execute(insert(assignments).values(**_row(assignment, due_at)))


async def save(connection: AsyncConnection, assignment: Assignment, due_at: datetime | None) -> None:
    await connection.execute(
        update(assignments)
        .where(assignments.c.assignment_id == assignment.assignment_id)
        .values(**_row(assignment, due_at))
    )


async def get(connection: AsyncConnection, assignment_id: UUID) -> Assignment:
    """Raises `NoSuchAssignment`."""
    query = select(assignments).where(assignments.c.assignment_id == assignment_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NoSuchAssignment(remedy="look at the list again")
    return _assignment(row)


async def of_cases(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, list[Assignment]]:
    """The assignments of each case, oldest first."""
    out: dict[UUID, list[Assignment]] = {case_id: [] for case_id in case_ids}
    if not case_ids:
        return out
    query = select(assignments).where(assignments.c.case_id.in_(list(case_ids))).order_by(assignments.c.seq)
    for row in (await connection.execute(query)).mappings():
        out[row["case_id"]].append(_assignment(row))
    return out


async def of_case(connection: AsyncConnection, case_id: UUID) -> list[Assignment]:
    return (await of_cases(connection, [case_id]))[case_id]


async def signed(connection: AsyncConnection, case_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of the cases that a department has signed for."""
    if not case_ids:
        return frozenset()
    query = select(assignments.c.case_id).where(
        assignments.c.case_id.in_(list(case_ids)), assignments.c.state.not_in(_UNSIGNED)
    )
    return frozenset((await connection.execute(query)).scalars())


async def is_answer_awaited(connection: AsyncConnection, case_id: UUID) -> bool:
    """Whether a department that must answer has signed for the case and not answered yet."""
    query = select(assignments.c.seq).where(
        assignments.c.case_id == case_id, assignments.c.must_answer.is_(True),
        assignments.c.is_open.is_(True), assignments.c.state.not_in(_UNSIGNED),
    )  # fmt: skip
    return (await connection.execute(query.limit(1))).first() is not None


async def names_of_departments(connection: AsyncConnection, department_ids: Sequence[str]) -> dict[str, str]:
    """The Chinese name of each department that ever had a case, as it was called last. An index leads to the
    newest of those whose clock runs no more, or else to the one that is due last.
    """
    found = {}
    for department_id in dict.fromkeys(department_ids):
        query = (
            select(assignments.c.name_zh)
            .where(assignments.c.department_id == department_id)
            .order_by(assignments.c.due_order.desc(), assignments.c.seq.desc())
            .limit(1)
        )
        name = await connection.scalar(query)
        if name is not None:
            found[department_id] = name
    return found


async def names_of_handlers(connection: AsyncConnection, handlers: Sequence[str]) -> dict[str, str]:
    """What each person and unit that was given a case was called last."""
    query = (
        select(assignments.c.handler, assignments.c.handler_name)
        .where(assignments.c.handler.in_([one for one in handlers if one]))
        .order_by(assignments.c.seq)
    )
    return {row.handler: row.handler_name for row in await connection.execute(query)}


async def page(
    connection: AsyncConnection, wanted: AssignmentFilter, after: AssignmentPlace | None, limit: int
) -> list[tuple[Assignment, AssignmentPlace]]:
    """The assignments whose deadline comes first, then those without a running clock; each with its place.
    Those of a merged case are listed for that case alone.
    """
    rows = (await connection.execute(page_query(wanted, after, limit))).mappings()
    return [(_assignment(row), AssignmentPlace(row["due_order"], row["seq"])) for row in rows]


def page_query(wanted: AssignmentFilter, after: AssignmentPlace | None, limit: int) -> Select[Any]:
    """What `page` asks."""
    query = select(assignments).where(*_conditions(wanted))
    query = query.join(cases, cases.c.case_id == assignments.c.case_id)
    if wanted.case_id is None:
        # No question to an index: by that of merged cases SQLite would read and sort all there are.
        query = query.where(case((cases.c.merged_into.is_(None), 1), else_=0) == 1)
    if wanted.districts is not None:
        query = query.where(or_(cases.c.district.is_(None), cases.c.district.in_(sorted(wanted.districts))))
    if after is not None:
        query = query.where(
            or_(
                assignments.c.due_order > after.due_order,
                and_(assignments.c.due_order == after.due_order, assignments.c.seq > after.seq),
            )
        )
    return query.order_by(assignments.c.due_order, assignments.c.seq).limit(limit)


def _conditions(wanted: AssignmentFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.departments is not None:
        found.append(assignments.c.department_id.in_(sorted(wanted.departments)))
    if wanted.wanted_departments:
        found.append(assignments.c.department_id.in_(wanted.wanted_departments))
    if wanted.states:
        found.append(assignments.c.state.in_([one.value for one in wanted.states]))
    if wanted.only_open:
        found.append(assignments.c.is_open.is_(True))
    if wanted.overdue_at is not None:
        found.append(assignments.c.due_order < wanted.overdue_at)
    if wanted.case_id is not None:
        found.append(assignments.c.case_id == wanted.case_id)
    if wanted.handler:
        found.append(assignments.c.handler == wanted.handler)
    if wanted.number_ends:
        found.append(cases.c.number.endswith(wanted.number_ends, autoescape=True))
    return found


async def note(
    connection: AsyncConnection, assignment: Assignment, what: AssignmentAct, at: datetime
) -> None:
    """Append to the acts on an assignment."""
    await connection.execute(
        insert(assignment_acts).values(
            assignment_id=assignment.assignment_id, at=at, actor=what.by, actor_name=what.by_name,
            act=what.action.value, state=assignment.state.value, text=what.text.strip(),
        )
    )  # fmt: skip


async def note_line(
    connection: AsyncConnection, assignment: Assignment, what: str, actor: Actor, words: str, at: datetime
) -> None:
    """Append what happened to the case of an assignment and left its state as it was."""
    await connection.execute(
        insert(assignment_acts).values(
            assignment_id=assignment.assignment_id, at=at, actor=actor.id, actor_name=actor.name,
            act=what, state=assignment.state.value, text=words,
        )
    )  # fmt: skip


async def acts(connection: AsyncConnection, assignment_id: UUID) -> list[KeptAct]:
    """Every act, oldest first."""
    query = (
        select(assignment_acts)
        .where(assignment_acts.c.assignment_id == assignment_id)
        .order_by(assignment_acts.c.seq)
    )
    return [
        KeptAct(row.at, row.actor, row.actor_name, row.act, row.state, row.text)
        for row in await connection.execute(query)
    ]


async def text_of_act(connection: AsyncConnection, assignment_id: UUID, act: str, at: datetime) -> str:
    """What was written with the act of then, or with the last of its kind; empty for none."""
    query = (
        select(assignment_acts.c.text)
        .where(
            assignment_acts.c.assignment_id == assignment_id,
            assignment_acts.c.act == act,
        )
        .order_by(case((assignment_acts.c.at == at, 0), else_=1), assignment_acts.c.seq.desc())
        .limit(1)
    )
    return (await connection.execute(query)).scalar_one_or_none() or ""


async def add_clock(connection: AsyncConnection, clock: AssignmentClock) -> None:
    await connection.execute(insert(assignment_clocks).values(**_clock_row(clock)))


async def save_clock(connection: AsyncConnection, clock: AssignmentClock) -> None:
    await connection.execute(
        update(assignment_clocks).where(assignment_clocks.c.seq == clock.seq).values(**_clock_row(clock))
    )


async def clocks(
    connection: AsyncConnection, assignment_ids: Sequence[UUID]
) -> dict[UUID, list[AssignmentClock]]:
    """The clocks of each assignment, oldest first."""
    out: dict[UUID, list[AssignmentClock]] = {one: [] for one in assignment_ids}
    if not assignment_ids:
        return out
    query = (
        select(assignment_clocks)
        .where(assignment_clocks.c.assignment_id.in_(list(assignment_ids)))
        .order_by(assignment_clocks.c.seq)
    )
    for row in (await connection.execute(query)).mappings():
        out[row["assignment_id"]].append(_clock(row))
    return out


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Case and assignment of the clocks of which something has to be found; who waits longest first."""
    query = (
        select(assignment_clocks.c.case_id, assignment_clocks.c.assignment_id)
        .where(assignment_clocks.c.next_at < now)
        .order_by(assignment_clocks.c.next_at)
        .limit(limit)
    )
    return [(row.case_id, row.assignment_id) for row in await connection.execute(query)]


def _row(one: Assignment, due_at: datetime | None) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in _OWN}
    return {
        **plain,
        "part": one.part.value,
        "state": one.state.value,
        "last_act": one.last_act.value,
        "photos": [str(photo) for photo in one.photos] + [f"{_BEFORE}{photo}" for photo in one.before],
        "is_open": one.open,
        "due_order": due_at or LAST,
    }


def _assignment(row: RowMapping) -> Assignment:
    own: Mapping[str, Any] = {name: row[name] for name in _OWN} | {
        "part": DepartmentPart(row["part"]),
        "state": AssignmentState(row["state"]),
        "last_act": AssignmentAction(row["last_act"]),
    }
    kept: Sequence[str] = row["photos"]
    return Assignment(
        **own, seq=row["seq"],
        photos=tuple(UUID(one) for one in kept if not one.startswith(_BEFORE)),
        before=tuple(UUID(one.removeprefix(_BEFORE)) for one in kept if one.startswith(_BEFORE)),
    )  # fmt: skip


def _clock_row(clock: AssignmentClock) -> dict[str, Any]:
    plain = {name: getattr(clock, name) for name in _CLOCK}
    pauses = [{edge: at.isoformat() for edge, at in asdict(one).items() if at} for one in clock.pauses]
    return {**plain, "counting": clock.counting.value, "pauses": pauses, "next_at": clock.next_at}


def _clock(row: RowMapping) -> AssignmentClock:
    own: Mapping[str, Any] = {name: row[name] for name in _CLOCK} | {
        "counting": Counting(row["counting"]),
        "ended": None if row["ended"] is None else ClockEnd(row["ended"]),
    }
    pauses = tuple(
        Pause(
            datetime.fromisoformat(one["begin"]), datetime.fromisoformat(one["end"]) if "end" in one else None
        )
        for one in row["pauses"]
    )
    return AssignmentClock(**own, pauses=pauses, seq=row["seq"])
