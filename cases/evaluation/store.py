"""The questions of evaluation to the months and the facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.evaluation.model import COUNTS, added, day_number
from cases.evaluation.tables import facts, months
from core.storage import Uuid

Days = tuple[date, date]
"""The first, and the first that no longer belongs to it."""
MANY_KEYS: Final = frozenset({"cell"})
"""Dimensions with so many keys that those to be shown are found first."""
FactPlace = tuple[int, UUID]
"""`filed_order` and id of a fact."""


class Months(NamedTuple):
    """Whole months, both included, in the form yyyymm."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class EvaluationFilter:
    """What counts: filed (or declined) on a day from `since`, before `until`. Of each attribute one of its
    values must hold; an empty one limits nothing. `districts` and `departments` of the reader's scope are
    joined by what has none.
    """

    since: date
    until: date
    districts: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    own_districts: frozenset[str] = frozenset()
    own_departments: frozenset[str] = frozenset()

    @property
    def by_month(self) -> bool:
        """Whether the months know the answer: they are kept by district alone."""
        return not (self.departments or self.classes or self.own_departments)


async def counted(
    connection: AsyncConnection, wanted: EvaluationFilter, dimension: str, *, most: int
) -> tuple[dict[str, dict[str, int]], int]:
    """The counts of the keys of the dimension with most reports, and how many keys there are beside them."""
    if dimension not in MANY_KEYS:
        found = await _sums(connection, wanted, dimension, None)
        largest = sorted(found, key=lambda key: (-found[key]["received"], key))[:most]
        return {key: found[key] for key in largest}, len(found) - len(largest)
    keys, left_out = await _largest(connection, wanted, dimension, most)
    return await _sums(connection, wanted, dimension, keys), left_out


async def _largest(
    connection: AsyncConnection, wanted: EvaluationFilter, dimension: str, most: int
) -> tuple[list[str], int]:
    parts = union_all(*(_part(wanted, dimension, one, ("received",)) for one in _parts(wanted))).subquery()
    many = func.sum(parts.c.received)
    query = (
        select(parts.c.key, func.count().over())
        .group_by(parts.c.key)
        .having(many > 0)
        .order_by(many.desc(), parts.c.key)
        .limit(most)
    )
    rows = (await connection.execute(query)).all()
    return [row[0] for row in rows], int(rows[0][1]) - len(rows) if rows else 0


async def _sums(
    connection: AsyncConnection, wanted: EvaluationFilter, dimension: str, keys: Sequence[str] | None
) -> dict[str, dict[str, int]]:
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for part in _parts(wanted):
        query = _part(wanted, dimension, part, COUNTS)
        if keys is not None:
            whole = query.subquery()
            query = select(whole).where(whole.c.key.in_(keys))
        for row in (await connection.execute(query)).mappings():
            rows.setdefault(row["key"], []).append(row)
    sums = {name: added(some) for name, some in rows.items()}
    return {name: one for name, one in sums.items() if any(one.values())}


def _parts(wanted: EvaluationFilter) -> list[Months | Days]:
    """What the answer is added up from: whole months where they know it, and days."""
    if not wanted.by_month:
        return [_span(wanted)]
    whole, rest = split(wanted.since, wanted.until)
    return [*([whole] if whole is not None else []), *rest]


def _part(wanted: EvaluationFilter, dimension: str, part: Months | Days, names: Sequence[str]) -> Select[Any]:
    by_month = isinstance(part, Months)
    table = months if by_month else facts
    sums: list[Any] = [func.sum(table.c[name]).label(name) for name in names]
    if isinstance(part, Months):
        in_time = (months.c.month >= part.first, months.c.month <= part.last)
        where = (months.c.dimension == dimension, *in_time, *_districts(months.c.district, wanted))
        key: ColumnElement[Any] = months.c.key
        return select(key.label("key"), *sums).where(*where).group_by(key)
    key = cast(facts.c[dimension], String)
    return select(key.label("key"), *sums).where(*conditions(wanted, part)).group_by(key)


def split(since: date, until: date) -> tuple[Months | None, list[Days]]:
    """The whole months, None without one; and the days beside them."""
    first = since if since.day == 1 else _next_month(since)
    last = until.replace(day=1)
    if first >= last:
        return None, [(since, until)] if since < until else []
    rest = [(one, two) for one, two in ((since, first), (last, until)) if one < two]
    return Months(day_number(first) // 100, day_number(last - timedelta(days=1)) // 100), rest


def conditions(wanted: EvaluationFilter, days: Days | None = None) -> list[ColumnElement[bool]]:
    """What a fact must be."""
    since, until = days or _span(wanted)
    out: list[ColumnElement[bool]] = [facts.c.day >= day_number(since), facts.c.day < day_number(until)]
    return out + attribute_conditions(wanted, facts.c.district)


def attribute_conditions(wanted: EvaluationFilter, district: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """What a fact must be, whenever it was filed."""
    out = _districts(district, wanted)
    if wanted.departments:
        out.append(facts.c.department.in_(wanted.departments))
    if wanted.own_departments:
        out.append(facts.c.department.in_(sorted(wanted.own_departments)))
    if wanted.classes:
        out.append(or_(*(_of_class(facts.c["class"], one) for one in wanted.classes)))
    return out


async def behind(
    connection: AsyncConnection,
    where: Sequence[ColumnElement[bool]],
    *,
    after: FactPlace | None,
    limit: int,
) -> tuple[int, list[RowMapping]]:
    """How many facts there are, and those behind the place `after`, the newest first."""
    total = int(await connection.scalar(select(func.count()).select_from(facts).where(*where)) or 0)
    columns = (
        facts.c.subject_id, facts.c.is_case, facts.c.filed_order, facts.c.filed_at, facts.c["class"],
        facts.c.source, facts.c.district, facts.c.confidential,
    )  # fmt: skip
    query = select(*columns).where(*where)
    key = (facts.c.filed_order, facts.c.subject_id)
    if after is not None:
        place = tuple_(bindparam("order", after[0], BigInteger), bindparam("id", after[1], Uuid))
        query = query.where(tuple_(*key) < place)
    query = query.order_by(*(one.desc() for one in key)).limit(limit)
    return total, list((await connection.execute(query)).mappings())


async def weekly(
    connection: AsyncConnection, wanted: EvaluationFilter, dimension: str, newest: date
) -> list[tuple[str, int, int]]:
    """(key, cases since the day `newest`, cases before it) of what `wanted` covers."""
    key = facts.c[dimension]
    recent = facts.c.day >= day_number(newest)
    now = func.sum(case((recent, facts.c.filed), else_=0))
    earlier = func.sum(case((recent, 0), else_=facts.c.filed))
    query = select(key, now, earlier).where(*conditions(wanted), key != "").group_by(key)
    return [(str(row[0]), int(row[1]), int(row[2])) for row in await connection.execute(query)]


async def repeated(
    connection: AsyncConnection, wanted: EvaluationFilter, limit: int
) -> list[tuple[UUID, int]]:
    """(first complaint, how many repeat it in this time), the most repeated first."""
    many = func.count()
    query = (
        select(facts.c.repeat_root, many)
        .where(*conditions(wanted), facts.c.repeat_root.is_not(None))
        .group_by(facts.c.repeat_root)
        .order_by(many.desc(), facts.c.repeat_root)
        .limit(limit)
    )
    return [(row[0], int(row[1])) for row in await connection.execute(query)]


def _districts(column: ColumnElement[Any], wanted: EvaluationFilter) -> list[ColumnElement[bool]]:
    out: list[ColumnElement[bool]] = []
    if wanted.districts:
        out.append(column.in_(wanted.districts))
    if wanted.own_districts:
        out.append(or_(column == "", column.in_(sorted(wanted.own_districts))))
    return out


def _of_class(column: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    """A whole reference (`scheme@version/code`), or a code of any generation."""
    return column == wanted if "/" in wanted else column.endswith(f"/{wanted}", autoescape=True)


def _span(wanted: EvaluationFilter) -> Days:
    return wanted.since, wanted.until


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
