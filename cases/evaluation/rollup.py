"""The sums of each month by each dimension: kept by differences, and made from the facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import String, cast, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.evaluation.model import COUNTS, DIMENSIONS
from cases.evaluation.tables import facts, months
from core.storage.dialect import add_up

_Key = tuple[str, int, str, str]


async def apply(
    connection: AsyncConnection, old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]
) -> None:
    """Take these rows of facts out of the sums and add those."""
    change: dict[_Key, dict[str, int]] = {}
    for sign, rows in ((-1, old), (1, new)):
        for row in rows:
            for dimension in DIMENSIONS:
                key = (dimension, row["day"] // 100, str(row[dimension]), row["district"])
                sums = change.setdefault(key, dict.fromkeys(COUNTS, 0))
                for name in COUNTS:
                    sums[name] += sign * row[name]
    await add_up(connection, months, _rows(change))


async def from_facts(connection: AsyncConnection) -> None:
    """Fill the empty table of months."""
    for dimension in DIMENSIONS:
        by = (facts.c.day // 100, cast(facts.c[dimension], String), facts.c.district)
        sums = [func.sum(facts.c[name]) for name in COUNTS]
        query = select(literal(dimension), *by, *sums).group_by(*by)
        names = ["dimension", "month", "key", "district", *COUNTS]
        await connection.execute(insert(months).from_select(names, query))


def _rows(change: Mapping[_Key, Mapping[str, int]]) -> Sequence[dict[str, Any]]:
    """In one order, so that nobody waits for another in a circle."""
    return [
        {"dimension": key[0], "month": key[1], "key": key[2], "district": key[3], **change[key]}
        for key in sorted(change)
        if any(change[key].values())
    ]
