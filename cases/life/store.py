"""Cases, the calls they came from, and the log of every act, in the database."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.area_class import AreaClass
from cases.errors import NoSuchCase
from cases.events import CaseSource, CaseState, PositionSource
from cases.life.model import OPEN, REOPENING, Case
from cases.life.numbers import new_code
from cases.merging.store import and_survivors
from cases.search import terms
from cases.search.model import COUNTER_BITS, order_of
from cases.tables import case_calls, case_counters, case_history, cases
from core.storage.dialect import insert_if_new, next_number

_COLUMNS = tuple(column for column in cases.c if column.name not in {"drafted", "final", "search_version"})
_MOVED = frozenset(
    {
        "lon", "lat", "accuracy_m", "position_source", "cell", "beat", "area_class", "district",
        "subdistrict", "updated_at",
    }
)  # fmt: skip
_NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True, slots=True)
class CaseCallLink:
    """A call that a case belongs to. `caller` is the number as it came, empty when withheld."""

    call_id: UUID
    caller: str


@dataclass(frozen=True, slots=True)
class CaseLogEntry:
    """A line of a case's log."""

    at: datetime
    actor: str
    act: str
    reason: str
    dispatch_id: UUID | None = None


def caller_key(number: str) -> str:
    """The number as it is looked up: digits only, without the country code 86 and leading zeros."""
    digits = _NOT_DIGITS.sub("", number)
    if number.startswith("+86") or (digits.startswith("0086")):
        digits = digits.removeprefix("00").removeprefix("86")
    return digits.lstrip("0")


async def next_sequence(connection: AsyncConnection, district: str, day: date) -> int:
    """The next number of the district's day. The row stays locked until the transaction ends: no gaps."""
    keys = {"district": district, "day": f"{day:%Y%m%d}"}
    return await next_number(connection, case_counters, keys, "last")


async def unused_code(connection: AsyncConnection) -> str:
    """A short code that no case has."""
    while True:
        code = new_code()
        taken = await connection.execute(select(cases.c.case_id).where(cases.c.spoken_code == code))
        if taken.first() is None:
            return code


async def add(
    connection: AsyncConnection,
    case: Case,
    *,
    drafted: Mapping[str, Any],
    final: Mapping[str, Any],
) -> Case:
    """The case with its place in the order of filing."""
    first = order_of(case.filed_at)
    taken = select(func.max(cases.c.filed_order)).where(
        cases.c.filed_order.between(first, first + (1 << COUNTER_BITS) - 1)
    )
    last = await connection.scalar(taken)
    placed = replace(case, filed_order=first if last is None else last + 1)
    await connection.execute(
        insert(cases).values(
            **_row(placed), drafted=dict(drafted), final=dict(final), search_version=terms.VERSION
        )
    )
    return placed


async def save(connection: AsyncConnection, case: Case) -> None:
    """Write the state of a case and its times."""
    await connection.execute(
        update(cases)
        .where(cases.c.case_id == case.case_id)
        .values(
            state=case.state.value,
            acceptor=case.acceptor,
            updated_at=case.updated_at,
            merged_into=case.merged_into,
        )
    )


async def move(connection: AsyncConnection, case: Case) -> None:
    """Where it is."""
    await connection.execute(
        update(cases)
        .where(cases.c.case_id == case.case_id)
        .values({name: value for name, value in _row(case).items() if name in _MOVED})
    )


async def set_area_class(connection: AsyncConnection, case_id: UUID, area_class: AreaClass | None) -> None:
    """Write the class of the area that it lies in."""
    await connection.execute(update(cases).where(cases.c.case_id == case_id).values(area_class=area_class))


async def set_confidential(connection: AsyncConnection, case_id: UUID, *, confidential: bool) -> None:
    """Write whether only acceptors and dispatchers may see the case."""
    await connection.execute(
        update(cases).where(cases.c.case_id == case_id).values(confidential=confidential)
    )


async def get(connection: AsyncConnection, case_id: UUID, *, lock: bool = False) -> Case:
    """Raises `NoSuchCase`. `lock` holds the row for this transaction (PostgreSQL)."""
    query = select(*_COLUMNS).where(cases.c.case_id == case_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    if row is None:
        raise NoSuchCase("no case has this id", remedy="look for it by its number")
    return _case(row)


async def of_ids(connection: AsyncConnection, case_ids: Collection[UUID]) -> dict[UUID, Case]:
    """Those of these cases that there are."""
    if not case_ids:
        return {}
    query = select(*_COLUMNS).where(cases.c.case_id.in_(list(case_ids)))
    return {row["case_id"]: _case(row) for row in (await connection.execute(query)).mappings()}


async def by_code_or_number(connection: AsyncConnection, text: str) -> Case | None:
    """The case with this spoken code or number; None without one."""
    row = (
        (
            await connection.execute(
                select(*_COLUMNS).where(or_(cases.c.spoken_code == text, cases.c.number == text))
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else _case(row)


async def by_filed_order(connection: AsyncConnection, keys: Sequence[int]) -> list[Case]:
    """The cases of these places, as they are given."""
    if not keys:
        return []
    query = select(*_COLUMNS).where(cases.c.filed_order.in_(list(keys)))
    found = {row["filed_order"]: _case(row) for row in (await connection.execute(query)).mappings()}
    return [found[key] for key in keys if key in found]


async def open_of_caller(connection: AsyncConnection, number: str, limit: int = 20) -> list[Case]:
    """Open cases that came from this number, or go on for such a case, newest first; none for a withheld
    number.
    """
    key = caller_key(number)
    if not key:
        return []
    mine = select(case_calls.c.case_id).where(case_calls.c.caller_key == key)
    return await _open_where(connection, cases.c.case_id.in_(and_survivors(mine)), limit)


async def open_at(
    connection: AsyncConnection,
    *,
    district: str | None,
    places: Sequence[str],
    category: str | None = None,
    since: datetime | None = None,
    box: tuple[float, float, float, float] | None = None,
    limit: int = 20,
) -> list[Case]:
    """Open cases at one of the places in words, or inside `box` (west, south, east, north, WGS-84)."""
    conditions: list[ColumnElement[bool]] = []
    named = [place for place in places if place]
    if named:
        same = or_(cases.c.address.in_(named), cases.c.crossing.in_(named))
        conditions.append(same if district is None else and_(same, cases.c.district == district))
    if box is not None:
        west, south, east, north = box
        conditions.append(and_(cases.c.lon.between(west, east), cases.c.lat.between(south, north)))
    if not conditions:
        return []
    where = or_(*conditions)
    if category is not None:
        where = and_(where, cases.c.category == category)
    if since is not None:
        where = and_(where, cases.c.filed_at >= since)
    return await _open_where(connection, where, limit)


async def open_since(
    connection: AsyncConnection, *, category: str, since: datetime, limit: int
) -> list[Case]:
    """Open cases of this class that were filed since then, newest first."""
    return await _open_where(connection, and_(cases.c.category == category, cases.c.filed_at >= since), limit)


async def link(
    connection: AsyncConnection, case_id: UUID, link: CaseCallLink, *, by: str, at: datetime
) -> bool:
    """Tie a call to a case; False when it was tied before."""
    row = {
        "case_id": case_id,
        "call_id": link.call_id,
        "caller": link.caller,
        "caller_key": caller_key(link.caller),
        "linked_at": at,
        "linked_by": by,
    }
    return await insert_if_new(connection, case_calls, row)


async def unlink(connection: AsyncConnection, case_id: UUID, call_id: UUID) -> bool:
    """Untie a call from a case; False when it was not tied."""
    done = await connection.execute(
        delete(case_calls).where(case_calls.c.case_id == case_id, case_calls.c.call_id == call_id)
    )
    return done.rowcount > 0


async def links(connection: AsyncConnection, case_ids: Sequence[UUID]) -> dict[UUID, list[CaseCallLink]]:
    """The calls of each case, oldest first."""
    out: dict[UUID, list[CaseCallLink]] = {case_id: [] for case_id in case_ids}
    if not case_ids:
        return out
    rows = await connection.execute(
        select(case_calls)
        .where(case_calls.c.case_id.in_(list(case_ids)))
        .order_by(case_calls.c.linked_at, case_calls.c.call_id)
    )
    for row in rows:
        out[row.case_id].append(CaseCallLink(row.call_id, row.caller))
    return out


async def log(
    connection: AsyncConnection,
    case_id: UUID,
    *,
    at: datetime,
    actor: str,
    act: str,
    reason: str = "",
    dispatch_id: UUID | None = None,
) -> None:
    """Append to the log of a case; with `dispatch_id` it is a step of that dispatch."""
    await connection.execute(
        insert(case_history).values(
            case_id=case_id, dispatch_id=dispatch_id, at=at, actor=actor, act=act, reason=reason
        )
    )


async def reopened_at(connection: AsyncConnection, case_id: UUID) -> datetime | None:
    """When the case was last reopened; None when it never was."""
    query = select(func.max(case_history.c.at)).where(
        case_history.c.case_id == case_id, case_history.c.act.in_(sorted(REOPENING))
    )
    found: datetime | None = (await connection.execute(query)).scalar_one()
    return found


async def history(connection: AsyncConnection, case_id: UUID) -> list[CaseLogEntry]:
    """The log of a case, oldest first."""
    rows = await connection.execute(
        select(case_history)
        .where(case_history.c.case_id == case_id)
        .order_by(case_history.c.at, case_history.c.seq)
    )
    return [CaseLogEntry(row.at, row.actor, row.act, row.reason, row.dispatch_id) for row in rows]


async def _open_where(connection: AsyncConnection, where: ColumnElement[bool], limit: int) -> list[Case]:
    query = (
        select(*_COLUMNS)
        .where(cases.c.state.in_([state.value for state in OPEN]), where)
        .order_by(cases.c.filed_at.desc())
        .limit(limit)
    )
    return [_case(row) for row in (await connection.execute(query)).mappings()]


def _row(case: Case) -> dict[str, Any]:
    source = case.position_source
    enums = {"state": case.state.value, "source": case.source.value}
    return {**asdict(case), **enums, "position_source": None if source is None else source.value}


def _case(row: RowMapping) -> Case:
    enums = {"state": CaseState(row["state"]), "source": CaseSource(row["source"])}
    source = row["position_source"]
    return Case(**{**row, **enums, "position_source": None if source is None else PositionSource(source)})
