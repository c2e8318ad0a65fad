"""Lists of cases, page by page, and the index that they are read from.

Every question is answered in order of filing from the index of terms. Where cases are ordered by their last
change, few answers are sorted, and with many answers the cases are walked in that order until a page is full.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.deadlines import store as clock_store
from cases.deadlines.model import current
from cases.dispatch import store as dispatch_store
from cases.events import CaseSource, CaseState, DeadlineState
from cases.life import store as case_store
from cases.life.model import Case
from cases.merging import store as merge_store
from cases.responsibility import store as department_store
from cases.search import store
from cases.search.model import (
    URGENCIES,
    CaseAudience,
    CaseCursor,
    CaseFilter,
    CaseOrder,
)
from cases.search.store import CaseQuestion, question_of
from cases.search.terms import VERSION, Term, facet, number_term, words_of
from cases.tables import cases
from cases.views import CaseViews
from core.storage import Storage

MOST_COUNTED = 1_000
"""Counts end here: a reader needs no more than that there are more."""
FEW = 50_000
"""Answers that are sorted where they are not in the order of filing; with more, a page is near anyway."""
WALKED_AT_ONCE = 500
NO_CLOCK = "none"
"""What a case is found by that has no clock."""
_Place = tuple[int, int]
_Sorted = Callable[[AsyncConnection, CaseQuestion, _Place | None, int], Awaitable[list[_Place]]]
_Walk = Callable[[AsyncConnection, _Place | None, int], Awaitable[list[_Place]]]
INDEXED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class CasePage:
    cases: Sequence[Case]
    following: CaseCursor | None
    """Where the next page begins; None after the last."""


class CaseSearch:
    def __init__(self, views: CaseViews) -> None:
        self._views = views

    async def page(
        self,
        connection: AsyncConnection,
        wanted: CaseFilter,
        audience: CaseAudience,
        *,
        order: CaseOrder = CaseOrder.NEWEST,
        after: CaseCursor | None = None,
        limit: int,
    ) -> CasePage:
        """At most `limit` cases behind `after`."""
        question = await store.settled(connection, question_of(wanted, audience))
        find = _WAYS.get(order, _by_filing)
        # One more tells whether there is a next page.
        places = await find(connection, question, order, after, limit + 1)
        found = await case_store.by_filed_order(connection, [place.filed_order for place in places[:limit]])
        return CasePage(found, places[limit - 1] if len(places) > limit else None)

    async def counts(
        self, connection: AsyncConnection, wanted: CaseFilter, audience: CaseAudience
    ) -> Mapping[str, Mapping[str, int]]:
        """How many cases of each state, urgency and source there are under the other filters, up to
        `MOST_COUNTED`.
        """
        out: dict[str, dict[str, int]] = {}
        for name, values in _COUNTED.items():
            question = await store.settled(connection, question_of(_without(wanted, name), audience))
            out[name] = {
                value: await store.count(
                    connection, question.with_terms([Term(facet(name, value))]), most=MOST_COUNTED
                )
                for value in values
            }
        return out

    async def put(self, connection: AsyncConnection, case: Case, *, new: bool = False) -> None:
        """Have the case found as it is now; a `new` one goes on for no other."""
        units = {
            one.unit_id for one in (await dispatch_store.of_cases(connection, [case.case_id]))[case.case_id]
        }
        clock = current((await clock_store.of_cases(connection, [case.case_id]))[case.case_id])
        responsible = (await department_store.of_cases(connection, [case.case_id]))[case.case_id]
        terms = self.terms(
            case, units, deadline=NO_CLOCK if clock is None else clock.state.value,
            departments=[one.department_id for one in responsible],
        )  # fmt: skip
        followers = {} if new else await merge_store.followers(connection, [case.case_id])
        for one in followers.get(case.case_id, ()):
            terms |= _numbers(one.number, one.spoken_code)  # who has the merged one's number finds this one
        await store.put(connection, case.filed_order, terms)

    async def catch_up(self, storage: Storage) -> int:
        """Index the cases that an earlier version has filed; how many."""
        total = 0
        while True:
            async with storage.write() as transaction:
                connection = transaction.connection
                behind = select(cases.c.filed_order).where(cases.c.search_version < VERSION)
                keys = list(await connection.scalars(behind.limit(INDEXED_AT_ONCE)))
                for case in await case_store.by_filed_order(connection, keys):
                    await self.put(connection, case)
                done = cases.c.filed_order.in_(keys)
                await connection.execute(update(cases).where(done).values(search_version=VERSION))
            total += len(keys)
            if len(keys) < INDEXED_AT_ONCE:
                return total

    def terms(
        self,
        case: Case,
        units: Collection[str],
        *,
        deadline: str = NO_CLOCK,
        departments: Collection[str] = (),
    ) -> set[str]:
        """What the case is found by."""
        terms = words_of((
            case.address, case.crossing, case.description, case.asset,
            case.relative, *self._views.names(case),
        ))  # fmt: skip
        terms |= _numbers(case.number, case.spoken_code)
        code = case.category.partition("/")[2]
        facets = {
            "state": (case.state.value,), "class": (case.category, code), "district": (case.district or "",),
            "urgency": (case.urgency or URGENCIES[-1],), "source": (case.source,), "by": (case.filed_by,),
            "unit": units, "deadline": (deadline,), "department": departments,
            "open": () if case.confidential else ("",),
        }  # fmt: skip
        terms.update(facet(name, value) for name, values in facets.items() for value in values)
        return terms


def _numbers(number: str, spoken_code: str) -> set[str]:
    return {number.casefold(), spoken_code, number_term(number.casefold())}


_COUNTED: Mapping[str, Sequence[str]] = {
    "state": tuple(CaseState), "urgency": URGENCIES, "source": tuple(CaseSource),
}  # fmt: skip


def _without(wanted: CaseFilter, name: str) -> CaseFilter:
    match name:
        case "state":
            return replace(wanted, states=())
        case "urgency":
            return replace(wanted, urgencies=())
        case _:
            return replace(wanted, sources=())


async def _by_filing(
    connection: AsyncConnection,
    question: CaseQuestion,
    order: CaseOrder,
    after: CaseCursor | None,
    limit: int,
) -> list[CaseCursor]:
    newest_first = order is not CaseOrder.OLDEST
    keys = await store.orders(
        connection,
        _behind(question, after, newest_first=newest_first),
        newest_first=newest_first,
        limit=limit,
    )
    return [CaseCursor(order, key, key) for key in keys]


async def _by_urgency(
    connection: AsyncConnection,
    question: CaseQuestion,
    order: CaseOrder,
    after: CaseCursor | None,
    limit: int,
) -> list[CaseCursor]:
    """Level by level."""
    out: list[CaseCursor] = []
    for level in range(0 if after is None else after.level, len(URGENCIES)):
        asked = question.with_terms([Term(facet("urgency", URGENCIES[level]))])
        if after is not None and level == after.level:
            asked = _behind(asked, after, newest_first=True)
        keys = await store.orders(connection, asked, limit=limit - len(out))
        out += [CaseCursor(order, key, key, level) for key in keys]
        if len(out) == limit:
            break
    return out


async def _by_change(
    connection: AsyncConnection,
    question: CaseQuestion,
    order: CaseOrder,
    after: CaseCursor | None,
    limit: int,
) -> list[CaseCursor]:
    last = None if after is None else (after.key, after.filed_order)
    found = await _sorted_or_walked(
        connection, question, last, limit, in_order=store.changed, walk=store.changed_before
    )
    return [CaseCursor(order, *one) for one in found]


async def _by_deadline(
    connection: AsyncConnection,
    question: CaseQuestion,
    order: CaseOrder,
    after: CaseCursor | None,
    limit: int,
) -> list[CaseCursor]:
    """Cases whose clock runs, then the others by their filing."""
    out: list[CaseCursor] = []
    if after is None or after.level == 0:
        last = None if after is None else (after.key, after.filed_order)
        # The terms tell how few of many answers have a clock that runs.
        asked = question if _is_whole(question) else question.with_terms(_RUNNING)
        found = await _sorted_or_walked(
            connection, asked, last, limit, in_order=store.due, walk=store.due_after
        )
        out = [CaseCursor(order, *one) for one in found]
        after = None
    asked = question.with_terms(_NOT_RUNNING)
    if len(out) < limit:
        keys = await store.orders(
            connection, _behind(asked, after, newest_first=True), limit=limit - len(out)
        )
        out += [CaseCursor(order, key, key, 1) for key in keys]
    return out


def _is_whole(question: CaseQuestion) -> bool:
    """Whether all cases answer."""
    return not question.groups and (question.low, question.high) == (0, store.HIGHEST)


_RUNS = (DeadlineState.RUNNING, DeadlineState.WARNED, DeadlineState.OVERDUE)
_RUNNING = tuple(Term(facet("deadline", one.value)) for one in _RUNS)
_NOT_RUNNING = tuple(Term(facet("deadline", one)) for one in (NO_CLOCK, DeadlineState.STOPPED.value))


async def _sorted_or_walked(
    connection: AsyncConnection,
    question: CaseQuestion,
    last: tuple[int, int] | None,
    limit: int,
    *,
    in_order: _Sorted,
    walk: _Walk,
) -> list[tuple[int, int]]:
    """Places in an order other than that of filing: few answers are sorted, many are met on the way."""
    whole = _is_whole(question)
    if not whole and await store.count(connection, question, most=FEW + 1) <= FEW:
        return await in_order(connection, question, last, limit)
    if question.nothing:
        return []
    out: list[tuple[int, int]] = []
    while len(out) < limit:
        walked = await walk(connection, last, limit if whole else WALKED_AT_ONCE)
        fits = await store.among(connection, question, [key for _, key in walked])
        out += [one for one in walked if one[1] in fits]
        if not walked:
            break
        last = walked[-1]
    return out[:limit]


_WAYS = {
    CaseOrder.URGENCY: _by_urgency,
    CaseOrder.UPDATED: _by_change,
    CaseOrder.DUE: _by_deadline,
}


def _behind(question: CaseQuestion, after: CaseCursor | None, *, newest_first: bool) -> CaseQuestion:
    if after is None:
        return question
    if newest_first:
        return replace(question, high=min(question.high, after.filed_order))
    return replace(question, low=max(question.low, after.filed_order + 1))
