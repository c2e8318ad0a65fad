"""Follow-ups in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from citizen.followup.model import (
    ANSWERABLE,
    OPEN,
    REPLIABLE,
    ConcernState,
    FollowUp,
    FollowUpState,
    Rates,
    share,
)
from citizen.followup.tables import HELD, follow_ups
from core.storage.dialect import insert_if_new, lock_number

_COLUMNS = tuple(column.name for column in follow_ups.c)
_OPEN = [one.value for one in OPEN]
_COUNTS = or_(follow_ups.c.way != "none", follow_ups.c.state == FollowUpState.ANSWERED.value)
"""Who was not asked is heard once he has rated of his own accord; he counts as neither asked nor answered."""
GROUPS: Mapping[str, Any] = {
    "district": follow_ups.c.district, "category": follow_ups.c.category, "source": follow_ups.c.source,
    "department": follow_ups.c.department,
}  # fmt: skip


async def add(connection: AsyncConnection, one: FollowUp) -> bool:
    row = {name: getattr(one, name) for name in _COLUMNS}
    return await insert_if_new(
        connection, follow_ups, {**row, "state": one.state.value, "concern": one.concern.value}
    )


async def get(connection: AsyncConnection, follow_up_id: UUID, *, lock: bool = False) -> FollowUp | None:
    wanted = select(follow_ups).where(follow_ups.c.follow_up_id == follow_up_id)
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    return None if row is None else _follow_up(row)


async def open_of(
    connection: AsyncConnection, case_id: UUID, number: str, *, lock: bool = False
) -> FollowUp | None:
    """The newest of this case and number that waits for an answer and that nobody is calling about."""
    table = follow_ups.c
    wanted = (
        select(follow_ups)
        .where(
            table.case_id == case_id, table.number == number, table.taken_by == "",
            table.calling.is_(False), table.state.in_([one.value for one in ANSWERABLE]),
        )
        .order_by(table.closed_at.desc())
        .limit(1)
    )  # fmt: skip
    row = (await connection.execute(wanted.with_for_update() if lock else wanted)).first()
    return None if row is None else _follow_up(row)


async def change(connection: AsyncConnection, follow_up_id: UUID, **values: Any) -> None:
    await connection.execute(
        update(follow_ups).where(follow_ups.c.follow_up_id == follow_up_id).values(**values)
    )


async def withdraw(connection: AsyncConnection, case_id: UUID) -> int:
    """End what is open of a case, ratings that nobody asked for too; how many."""
    unasked = and_(follow_ups.c.way == "none", follow_ups.c.state == FollowUpState.UNANSWERED.value)
    wanted = update(follow_ups).where(
        follow_ups.c.case_id == case_id, or_(follow_ups.c.state.in_(_OPEN), unasked)
    )
    return int((await connection.execute(wanted.values(state=FollowUpState.WITHDRAWN.value))).rowcount)


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[FollowUp]:
    """To be asked, or waited for long enough; the longest due first."""
    wanted = (
        select(follow_ups)
        .where(
            follow_ups.c.state.in_([FollowUpState.DUE.value, FollowUpState.ASKED.value]),
            follow_ups.c.due_at <= now,
        )
        .order_by(follow_ups.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return await _all(connection, wanted)


async def to_call(connection: AsyncConnection, now: datetime, limit: int) -> list[FollowUp]:
    """For agents, the longest due first."""
    wanted = (
        select(follow_ups)
        .where(follow_ups.c.state == FollowUpState.CALL.value, follow_ups.c.due_at <= now)
        .order_by(follow_ups.c.due_at)
        .limit(limit)
    )
    return await _all(connection, wanted)


async def to_dial(
    connection: AsyncConnection, now: datetime, since: datetime, limit: int, *, new: bool
) -> list[FollowUp]:
    """Those whose automatic call may be running, and with `new` those that are due, closed `since` then."""
    table = follow_ups.c
    due_now = and_(table.due_at <= now, table.closed_at >= since)
    now_or_running = or_(table.calling.is_(True), due_now) if new else table.calling.is_(True)
    wanted = (
        select(follow_ups)
        .where(table.state == FollowUpState.DIAL.value, table.number != "", now_or_running)
        .order_by(table.calling.desc(), table.due_at, table.follow_up_id)
        .limit(limit)
    )
    return await _all(connection, wanted)


async def spare(connection: AsyncConnection, but: FollowUp, until: datetime | None) -> None:
    """No automatic call rings this telephone before then, about anything else either; None: nor later."""
    table = follow_ups.c
    others = and_(table.number == but.number, table.follow_up_id != but.follow_up_id)
    if until is None:
        await _change_dialled(connection, others, state=FollowUpState.UNANSWERED.value)
    else:
        await _change_dialled(connection, and_(others, table.due_at < until), due_at=until)


async def withdraw_erased(connection: AsyncConnection) -> int:
    """End what has no number left to call; how many."""
    gone = follow_ups.c.number == ""
    return await _change_dialled(connection, gone, state=FollowUpState.WITHDRAWN.value)


async def end_dialled(connection: AsyncConnection, before: datetime) -> int:
    """End automatic calls about cases that were closed before then, unless they may be running; how many."""
    old = and_(follow_ups.c.closed_at < before, follow_ups.c.calling.is_(False))
    return await _change_dialled(connection, old, state=FollowUpState.UNANSWERED.value)


async def give_to_agents(connection: AsyncConnection) -> int:
    """Have agents make all automatic calls; how many."""
    by_agent = {"state": FollowUpState.CALL.value, "way": "agent", "attempts": 0, "calling": False}
    return await _change_dialled(connection, true(), **by_agent)


async def _change_dialled(connection: AsyncConnection, where: ColumnElement[bool], **values: Any) -> int:
    dialled = follow_ups.c.state == FollowUpState.DIAL.value
    return int((await connection.execute(update(follow_ups).where(dialled, where).values(**values))).rowcount)


async def listed(connection: AsyncConnection, state: str, limit: int) -> list[FollowUp]:
    """The newest, of one state or of all."""
    wanted = select(follow_ups)
    if state:
        wanted = wanted.where(follow_ups.c.state == state)
    return await _all(connection, wanted.order_by(follow_ups.c.closed_at.desc()).limit(limit))


async def concerns(connection: AsyncConnection, limit: int) -> list[FollowUp]:
    """Reporters who are not satisfied and whom nobody has looked at, the oldest first."""
    wanted = (
        select(follow_ups)
        .where(follow_ups.c.concern == ConcernState.OPEN.value)
        .order_by(follow_ups.c.answered_at)
        .limit(limit)
    )
    return await _all(connection, wanted)


async def is_planned(connection: AsyncConnection, report_id: UUID, closed_at: datetime) -> bool:
    """Whether this report has a follow-up of this closing."""
    wanted = select(follow_ups.c.follow_up_id).where(
        follow_ups.c.report_id == report_id, follow_ups.c.closed_at == closed_at
    )
    return (await connection.execute(wanted.limit(1))).first() is not None


async def of_case(connection: AsyncConnection, case_id: UUID, limit: int) -> list[FollowUp]:
    wanted = select(follow_ups).where(follow_ups.c.case_id == case_id, _COUNTS)
    return await _all(connection, wanted.order_by(follow_ups.c.closed_at.desc()).limit(limit))


async def answerable(
    connection: AsyncConnection, where: ColumnElement[bool], since: datetime
) -> FollowUp | None:
    """The newest that may be answered."""
    wanted = (
        select(follow_ups)
        .where(
            where,
            follow_ups.c.closed_at >= since,
            follow_ups.c.state.in_([one.value for one in ANSWERABLE]),
        )
        .order_by(follow_ups.c.closed_at.desc())
        .limit(1)
    )
    found = await _all(connection, wanted)
    return found[0] if found else None


async def asked_of(connection: AsyncConnection, number: str, since: datetime) -> FollowUp | None:
    """The newest question by text message to this number that has no answer: one that waits for it before
    one that was given up, and none that was not asked yet.
    """
    waits = case((follow_ups.c.state == FollowUpState.ASKED.value, 0), else_=1)
    wanted = (
        select(follow_ups)
        .where(
            follow_ups.c.number == number,
            follow_ups.c.way == "sms",
            follow_ups.c.closed_at >= since,
            follow_ups.c.state.in_([one.value for one in REPLIABLE]),
        )
        # All wait for the same time: what is due later was asked later.
        .order_by(waits, follow_ups.c.due_at.desc(), follow_ups.c.closed_at.desc())
        .limit(1)
    )
    found = await _all(connection, wanted)
    return found[0] if found else None


async def answered_by_text(
    connection: AsyncConnection, number: str, closed: datetime, since: datetime
) -> FollowUp | None:
    """What this number answered last by text message; `since` bounds the answer, `closed` its case."""
    wanted = (
        select(follow_ups)
        .where(
            follow_ups.c.number == number,
            follow_ups.c.closed_at >= closed,
            follow_ups.c.answered_by == "sms",
            follow_ups.c.answered_at >= since,
        )
        .order_by(follow_ups.c.answered_at.desc())
        .limit(1)
    )
    found = await _all(connection, wanted)
    return found[0] if found else None


async def hold_number(connection: AsyncConnection, number: str) -> None:
    """Nobody else takes a reply of this number until the transaction ends."""
    digest = hashlib.sha256(f"reply:{number}".encode()).digest()
    await lock_number(connection, int.from_bytes(digest[:8], "big", signed=True))


async def of_report(connection: AsyncConnection, report_id: UUID, since: datetime) -> FollowUp | None:
    return await answerable(connection, follow_ups.c.report_id == report_id, since)


async def rates(
    connection: AsyncConnection, since: datetime, until: datetime, by: str, districts: Sequence[str]
) -> dict[str, Rates]:
    """Of the cases that were closed in `[since, until)`, by group; `districts` limits them where there are
    any.
    """
    table = follow_ups.c
    group = GROUPS[by] if by else None

    def count(condition: ColumnElement[bool]) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    columns = [
        count(table.way != "none"),
        count(and_(table.way != "none", table.state == FollowUpState.ANSWERED.value)),
        count(table.contacted.is_(True)), count(table.contacted.is_not(None)),
        count(table.solved.is_(True)), count(table.solved.is_not(None)),
        count(table.satisfaction <= 2), count(table.satisfaction.is_not(None)),
        count(table.concern != ConcernState.NONE.value), count(table.concern == ConcernState.OPEN.value),
    ]  # fmt: skip
    wanted = select(*([group] if group is not None else []), *columns).where(
        table.closed_at >= since, table.closed_at < until, table.state != FollowUpState.WITHDRAWN.value,
        _COUNTS,
    )  # fmt: skip
    if districts:
        wanted = wanted.where(table.district.in_(districts))
    if group is not None:
        wanted = wanted.group_by(group).order_by(group)
    found = {}
    for row in await connection.execute(wanted):
        name, values = (row[0], row[1:]) if group is not None else ("", tuple(row))
        asked, answered, touched, touch, solved, solve, pleased, please, sorry, left = values
        found[name] = Rates(
            asked, answered, share(touched, touch), share(solved, solve), share(pleased, please), sorry, left
        )
    return found


async def open_count(connection: AsyncConnection) -> int:
    wanted = select(func.count()).select_from(follow_ups).where(follow_ups.c.state.in_(_OPEN))
    return int((await connection.execute(wanted)).scalar_one())


async def forget(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Erase numbers and notes of cases that were closed before then, of so many at most; how many. Nobody is
    called any more.
    """
    table = follow_ups.c
    await _change_dialled(connection, table.closed_at < before, state=FollowUpState.WITHDRAWN.value)
    old = (
        select(table.follow_up_id)
        .where(table.closed_at < before, HELD)
        .order_by(table.closed_at)
        .limit(limit)
    )
    found = await connection.execute(
        update(follow_ups).where(table.follow_up_id.in_(old)).values(number="", note="", concern_note="")
    )
    return int(found.rowcount)


async def _all(connection: AsyncConnection, wanted: Any) -> list[FollowUp]:
    return [_follow_up(row) for row in await connection.execute(wanted)]


def _follow_up(row: Row[Any]) -> FollowUp:
    told = dict(row._mapping)  # noqa: SLF001
    return FollowUp(
        **{**told, "state": FollowUpState(told["state"]), "concern": ConcernState(told["concern"])}
    )
