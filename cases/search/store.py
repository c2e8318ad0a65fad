"""The questions to the index of terms, in the words of each database, and the rows that they lead to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    Text,
    Tuple,
    bindparam,
    column,
    func,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.search.model import CaseAudience, CaseFilter, from_microseconds, microseconds, order_of
from cases.search.terms import Term, asked, facet
from cases.tables import case_clocks, cases
from core.storage import UtcDateTime

HIGHEST = 2**62
SORTED_HERE = 3_000
"""Answers that PostgreSQL's index of terms is asked for before one walks."""
Groups = Sequence[Sequence[Term]]
"""One term of each group must be there."""


@dataclass(frozen=True, slots=True)
class CaseQuestion:
    """Terms and a range of `filed_order`, its end excluded. `nothing` where no case can answer."""

    groups: Groups
    low: int = 0
    high: int = HIGHEST
    nothing: bool = False

    def with_terms(self, *groups: Sequence[Term]) -> CaseQuestion:
        return CaseQuestion((*self.groups, *groups), self.low, self.high, self.nothing)


def question_of(wanted: CaseFilter, audience: CaseAudience) -> CaseQuestion:
    """What a filter asks of the index, within what this audience may be told."""
    fields = {
        "state": wanted.states, "class": wanted.categories, "district": wanted.districts,
        "urgency": wanted.urgencies, "source": wanted.sources, "unit": wanted.units,
        "deadline": wanted.deadlines, "department": wanted.departments,
    }  # fmt: skip
    groups = [[Term(facet(name, one)) for one in values] for name, values in fields.items() if values]
    own = Term(facet("by", audience.person))
    if audience.districts:
        groups.append([*(Term(facet("district", one)) for one in ("", *sorted(audience.districts))), own])
    words = asked(wanted.text)
    if words and not audience.confidential:
        # That a hidden word matches would tell it.
        groups.append([Term(facet("open", "")), own])
    return CaseQuestion(
        (*words, *groups),
        0 if wanted.since is None else order_of(wanted.since),
        HIGHEST if wanted.until is None else order_of(wanted.until),
        nothing=bool(wanted.text) and not words,
    )


async def settled(connection: AsyncConnection, question: CaseQuestion) -> CaseQuestion:
    """The question with whole words where there are such: to look up all that begin alike takes time."""
    groups = []
    for group in question.groups:
        terms = [
            replace(term, prefix=False) if term.word and await _is_known(connection, term) else term
            for term in group
        ]
        groups.append(tuple(terms))
    return replace(question, groups=tuple(groups))


async def _is_known(connection: AsyncConnection, term: Term) -> bool:
    whole = CaseQuestion(((replace(term, prefix=False),),))
    return await count(connection, whole, most=1) > 0


async def put(connection: AsyncConnection, filed_order: int, terms: Collection[str]) -> None:
    """Replace the terms of a case."""
    if connection.dialect.name == "sqlite":
        await connection.execute(_SQLITE_REMOVE, {"key": filed_order})
        await connection.execute(_SQLITE_ADD, {"key": filed_order, "terms": " ".join(sorted(terms))})
    else:
        await connection.execute(_POSTGRESQL_PUT, {"key": filed_order, "terms": sorted(terms)})


async def orders(
    connection: AsyncConnection, question: CaseQuestion, *, newest_first: bool = True, limit: int
) -> list[int]:
    """The `filed_order` of cases that answer, in order of filing."""
    if question.nothing or question.low >= question.high:
        return []
    order = "DESC" if newest_first else "ASC"
    if not question.groups:
        key = cases.c.filed_order
        query = select(key).where(key >= question.low, key < question.high).limit(limit)
        found = await connection.execute(query.order_by(key.desc() if newest_first else key))
    elif connection.dialect.name == "postgresql":
        return await _planned(connection, question, newest_first=newest_first, limit=limit)
    else:
        found = await connection.execute(
            text(_ORDERED["sqlite"].format(order=order)), _asked(connection, question, limit)
        )
    return [int(row[0]) for row in found]


async def _planned(
    connection: AsyncConnection, question: CaseQuestion, *, newest_first: bool, limit: int
) -> list[int]:
    """PostgreSQL guesses how many cases have all of several terms, and reads the whole table where it guesses
    wrong. So few answers are taken from the index and sorted here; with more, one walks to a page soon.
    """
    await _plan(connection, by_terms=True)
    some = await connection.execute(text(_SOME), _asked(connection, question, SORTED_HERE + 1))
    keys = sorted((int(row[0]) for row in some), reverse=newest_first)
    if len(keys) > SORTED_HERE:
        await _plan(connection, by_terms=False)
        order = "DESC" if newest_first else "ASC"
        walked = await connection.execute(
            text(_ORDERED["postgresql"].format(order=order)), _asked(connection, question, limit)
        )
        keys = [int(row[0]) for row in walked]
    await connection.execute(text(_ANY_PLAN))
    return keys[:limit]


async def _plan(connection: AsyncConnection, *, by_terms: bool) -> None:
    """For this transaction: by the index of terms, or along `filed_order`."""
    ways = {"terms": "on" if by_terms else "off", "order": "off" if by_terms else "on"}
    await connection.execute(text(_ONE_PLAN), ways)


async def count(connection: AsyncConnection, question: CaseQuestion, *, most: int) -> int:
    """How many cases answer, `most` where there are more."""
    if question.nothing or question.low >= question.high:
        return 0
    if not question.groups:
        key = cases.c.filed_order
        inner = select(key).where(key >= question.low, key < question.high).limit(most).subquery()
        return int((await connection.execute(select(func.count()).select_from(inner))).scalar_one())
    found = await connection.execute(
        text(_COUNTED[connection.dialect.name]), _asked(connection, question, most)
    )
    return int(found.scalar_one())


async def among(connection: AsyncConnection, question: CaseQuestion, keys: Sequence[int]) -> set[int]:
    """Those of these cases that answer."""
    if question.nothing or not keys:
        return set()
    inside = {key for key in keys if question.low <= key < question.high}
    if not question.groups or not inside:
        return inside
    given = {"question": _expression(connection, question.groups), "keys": sorted(inside)}
    found = await connection.execute(_AMONG[connection.dialect.name], given)
    return {int(row[0]) for row in found}


async def changed_before(
    connection: AsyncConnection, before: tuple[int, int] | None, limit: int
) -> list[tuple[int, int]]:
    """(microseconds of `updated_at`, `filed_order`) of cases, last changed first, behind `before`."""
    key = (cases.c.updated_at, cases.c.filed_order)
    query = select(*key).order_by(key[0].desc(), key[1].desc()).limit(limit)
    if before is not None:
        query = query.where(_behind(key, before))
    return [(microseconds(row[0]), int(row[1])) for row in await connection.execute(query)]


async def changed(
    connection: AsyncConnection, question: CaseQuestion, before: tuple[int, int] | None, limit: int
) -> list[tuple[int, int]]:
    """As `changed_before`, of the cases that answer alone: all of them are looked at."""
    if question.nothing or question.low >= question.high:
        return []
    key = (cases.c.updated_at, cases.c.filed_order)
    query = select(*key).where(cases.c.filed_order >= question.low, cases.c.filed_order < question.high)
    if question.groups:
        answering = _ANSWERING[connection.dialect.name].bindparams(
            question=_expression(connection, question.groups)
        )
        query = query.where(cases.c.filed_order.in_(answering.columns(column("key", BigInteger))))
    if before is not None:
        query = query.where(_behind(key, before))
    rows = await connection.execute(query.order_by(key[0].desc(), key[1].desc()).limit(limit))
    return [(microseconds(row[0]), int(row[1])) for row in rows]


async def due_after(
    connection: AsyncConnection, after: tuple[int, int] | None, limit: int
) -> list[tuple[int, int]]:
    """(microseconds of the deadline, `filed_order`) of cases whose clock runs, the earliest first."""
    return await _running(connection, select(*_DUE).where(_RUNS), after, limit)


async def due(
    connection: AsyncConnection, question: CaseQuestion, after: tuple[int, int] | None, limit: int
) -> list[tuple[int, int]]:
    """As `due_after`, of the cases that answer alone: all of them are looked at."""
    if question.nothing or question.low >= question.high:
        return []
    order = _DUE[1]
    query = select(*_DUE).where(_RUNS, order >= question.low, order < question.high)
    if question.groups:
        answering = _ANSWERING[connection.dialect.name].bindparams(
            question=_expression(connection, question.groups)
        )
        query = query.where(order.in_(answering.columns(column("key", BigInteger))))
    return await _running(connection, query, after, limit)


async def _running(
    connection: AsyncConnection, query: Select[Any], after: tuple[int, int] | None, limit: int
) -> list[tuple[int, int]]:
    if after is not None:
        query = query.where(tuple_(*_DUE) > _key(after))
    rows = await connection.execute(query.order_by(*_DUE).limit(limit))
    return [(microseconds(row[0]), int(row[1])) for row in rows]


_DUE = (case_clocks.c.due_at, case_clocks.c.filed_order)
_RUNS = case_clocks.c.stopped_at.is_(None)


def _behind(key: tuple[Any, Any], before: tuple[int, int]) -> ColumnElement[bool]:
    return tuple_(*key) < _key(before)


def _key(place: tuple[int, int]) -> Tuple:
    at, filed_order = from_microseconds(place[0]), place[1]
    return tuple_(bindparam("at", at, UtcDateTime), bindparam("key", filed_order, BigInteger))


def _asked(connection: AsyncConnection, question: CaseQuestion, limit: int) -> dict[str, Any]:
    expression = _expression(connection, question.groups)
    return {"question": expression, "low": question.low, "high": question.high, "limit": limit}


def _expression(connection: AsyncConnection, groups: Groups) -> str:
    """In the database's language. A term holds letters, digits and colons alone, so it needs no escape."""
    if connection.dialect.name == "sqlite":
        return " AND ".join(
            "(" + " OR ".join(f'"{term.text}"{" *" if term.prefix else ""}' for term in group) + ")"
            for group in groups
        )
    return " & ".join(
        "(" + " | ".join(f"'{term.text}'{':*' if term.prefix else ''}" for term in group) + ")"
        for group in groups
    )


_ORDERED = {
    "sqlite": "SELECT rowid FROM case_search WHERE case_search MATCH :question "
    "AND rowid >= :low AND rowid < :high ORDER BY rowid {order} LIMIT :limit",
    "postgresql": "SELECT filed_order FROM case_search "
    "WHERE terms @@ CAST(CAST(:question AS TEXT) AS TSQUERY) "
    "AND filed_order >= :low AND filed_order < :high ORDER BY filed_order {order} LIMIT :limit",
}
_SOME = (
    "SELECT filed_order FROM case_search WHERE terms @@ CAST(CAST(:question AS TEXT) AS TSQUERY) "
    "AND filed_order >= :low AND filed_order < :high LIMIT :limit"
)
_ONE_PLAN = (
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', :terms, true), "
    "set_config('enable_indexscan', :order, true), set_config('enable_indexonlyscan', :order, true)"
)
_ANY_PLAN = (
    "SELECT set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true), "
    "set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true)"
)
_COUNTED = {
    "sqlite": "SELECT count(*) FROM (SELECT rowid FROM case_search WHERE case_search MATCH :question "
    "AND rowid >= :low AND rowid < :high LIMIT :limit)",
    "postgresql": "SELECT count(*) FROM (SELECT 1 FROM case_search "
    "WHERE terms @@ CAST(CAST(:question AS TEXT) AS TSQUERY) "
    "AND filed_order >= :low AND filed_order < :high LIMIT :limit) AS found",
}
_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_AMONG = {
    "sqlite": text(
        "SELECT rowid FROM case_search WHERE case_search MATCH :question AND rowid IN :keys"
    ).bindparams(_KEYS),
    "postgresql": text(
        "SELECT filed_order FROM case_search "
        "WHERE terms @@ CAST(CAST(:question AS TEXT) AS TSQUERY) AND filed_order IN :keys"
    ).bindparams(_KEYS),
}
_ANSWERING = {
    "sqlite": text("SELECT rowid AS key FROM case_search WHERE case_search MATCH :question"),
    "postgresql": text(
        "SELECT filed_order AS key FROM case_search WHERE terms @@ CAST(CAST(:question AS TEXT) AS TSQUERY)"
    ),
}
_SQLITE_REMOVE = text("DELETE FROM case_search WHERE rowid = :key")
_SQLITE_ADD = text("INSERT INTO case_search(rowid, terms) VALUES (:key, :terms)")
_POSTGRESQL_PUT = text(
    "INSERT INTO case_search(filed_order, terms) VALUES (:key, array_to_tsvector(CAST(:terms AS TEXT[]))) "
    "ON CONFLICT (filed_order) DO UPDATE SET terms = excluded.terms"
).bindparams(bindparam("terms", type_=ARRAY(Text)))
