"""Evaluation for its readers: figures by a dimension, the cases behind them, hot spots, repeats."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.assignments.store import names_of_handlers
from cases.beats.model import Beat
from cases.catalogue.model import Catalogues
from cases.errors import BadEvaluation, NoSuchCategory
from cases.evaluation import store
from cases.evaluation.figures import FIGURES
from cases.evaluation.hotspots import Hotspot, hotspots
from cases.evaluation.model import COUNTS, DIMENSIONS, SUMS, added, rates, score
from cases.evaluation.projector import EvaluationProjector
from cases.evaluation.store import EvaluationFilter, FactPlace
from cases.evaluation.tables import facts
from cases.events import CaseView
from cases.gazetteer import Gazetteer
from cases.life import store as case_store
from cases.life.record import CaseRecord
from cases.privacy import sees_all, within
from cases.responsibility.model import ResponsibleDepartment
from core.actor import Actor
from core.scopes import Scope
from core.storage import Storage

MOST_ROWS: Final = 1_000
MOST_DAYS: Final = 3_700
MOST_SHOWN: Final = 200
PLACES: Final = ("cell", "street", "district")
"""Where hot spots are looked for."""


@dataclass(frozen=True, slots=True)
class EvaluationRow:
    """One key of the dimension. `score` is None where no weighted rate has a value."""

    key: str
    name_zh: str
    name_en: str
    counts: Mapping[str, int]
    rates: Mapping[str, float | None]
    score: float | None


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """The largest `MOST_ROWS` rows; `left_out` says how many there are beside. `total` is of all. `complete`:
    nothing that has happened is still to be counted, as it is while an old database is read.
    """

    since: date
    until: date
    by: str
    rows: Sequence[EvaluationRow]
    total: EvaluationRow
    left_out: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class CountedReport:
    """A declined report behind a figure: it has no case to open."""

    draft_id: UUID
    at: Any
    category: str
    source: str


@dataclass(frozen=True, slots=True)
class CasesBehind:
    """`count` is the figure. Of the page, `hidden` cases are confidential and not for this reader."""

    count: int
    cases: Sequence[CaseView]
    declined: Sequence[CountedReport] = ()
    hidden: int = 0
    following: FactPlace | None = None


@dataclass(frozen=True, slots=True)
class PlaceName:
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RepeatedComplaint:
    """`repeats`: cases in the time asked for that repeat `first`. `first` is None where it is hidden."""

    first_id: UUID
    first: CaseView | None
    repeats: int


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """As the reader asks: before his scope is applied."""

    since: date
    until: date
    districts: Sequence[str] = ()
    departments: Sequence[str] = ()
    classes: Sequence[str] = field(default_factory=tuple)


class Evaluation:
    """Each method may raise `Forbidden`, `BadEvaluation` and `StorageAway`."""

    def __init__(
        self,
        storage: Storage,
        projector: EvaluationProjector,
        record: CaseRecord,
        *,
        catalogues: Catalogues,
        gazetteer: Gazetteer,
        departments: Callable[[], Sequence[ResponsibleDepartment]],
        beats: Callable[[], Mapping[str, Beat]],
        weights: Mapping[str, float],
    ) -> None:
        self._storage = storage
        self._projector = projector
        self._record = record
        self._catalogues = catalogues
        self._gazetteer = gazetteer
        self._departments = departments
        self._beats = beats
        self._weights = weights

    async def evaluate(self, actor: Actor, asked: EvaluationRequest, by: str) -> EvaluationResult:
        """Figures of what was filed in the time, as it stands now."""
        wanted = self._filter(actor, asked)
        _require(by, DIMENSIONS, "by")
        complete = await self._projector.nearly()
        async with self._storage.read() as connection:
            most = MOST_DAYS if by == "day" else MOST_ROWS
            found, left_out = await store.counted(connection, wanted, by, most=most)
            # In every fact, and of few values: the total without adding up what is not shown.
            whole, _ = await store.counted(connection, wanted, "district", most=MOST_DAYS)
            handlers = await names_of_handlers(connection, list(found)) if by == "handler" else {}
        order = sorted(found, key=lambda key: key if by == "day" else (-found[key]["received"], key))
        rows = [self._row(by, key, found[key], handlers.get(key)) for key in order]
        total = self._row("", "", added(whole.values()))
        return EvaluationResult(asked.since, asked.until, by, rows, total, left_out, complete)

    async def behind(
        self,
        actor: Actor,
        asked: EvaluationRequest,
        count: str,
        *,
        by: str = "",
        key: str = "",
        repeat_of: UUID | None = None,
        after: FactPlace | None = None,
        limit: int = MOST_SHOWN,
    ) -> CasesBehind:
        """The cases that a count of `COUNTS` is made of, the newest first; of one key of a dimension, or of
        all.
        """
        wanted = self._filter(actor, asked)
        _require(count, [one for one in COUNTS if one not in SUMS], "count")
        where = [*store.conditions(wanted), facts.c[count] == 1]
        if by:
            _require(by, DIMENSIONS, "by")
            where.append(_is(by, key))
        if repeat_of is not None:
            where.append(facts.c.repeat_root == repeat_of)
        await self._projector.nearly()
        async with self._storage.read() as connection:
            total, rows = await store.behind(connection, where, after=after, limit=limit + 1)
            page = rows[:limit]
            views = await self._views(connection, [row["filed_order"] for row in page if row["is_case"]])
        shown = [one for one in views if sees_all(actor, one)]
        last = page[-1] if len(rows) > limit else None
        return CasesBehind(
            count=total,
            cases=shown,
            declined=[
                CountedReport(row["subject_id"], row["filed_at"], row["class"], row["source"])
                for row in page
                if not row["is_case"]
            ],
            hidden=len(views) - len(shown),
            following=None if last is None else (last["filed_order"], last["subject_id"]),
        )

    async def hotspots(
        self, actor: Actor, asked: EvaluationRequest, by: str, *, weeks: int
    ) -> list[tuple[Hotspot, PlaceName]]:
        """Places with more than usual in the time asked for, compared with as many days `weeks` times before
        it; the most surprising first.
        """
        _require(by, PLACES, "by")
        wanted = self._filter(actor, asked)
        span = asked.until - asked.since
        try:
            longer = replace(wanted, since=asked.since - weeks * span)
        except OverflowError:
            raise BadEvaluation(
                "the time before it begins before the calendar", remedy="give a later `from`"
            ) from None
        await self._projector.nearly()
        async with self._storage.read() as connection:
            counts = await store.weekly(connection, longer, by, asked.since)
        found = hotspots(counts, weeks)[:MOST_SHOWN]
        return [(one, self._name(by, one.key)) for one in found]

    async def repeated(self, actor: Actor, asked: EvaluationRequest) -> list[RepeatedComplaint]:
        """Complaints that were made again in the time asked for, the most repeated first."""
        wanted = self._filter(actor, asked)
        await self._projector.nearly()
        async with self._storage.read() as connection:
            found = await store.repeated(connection, wanted, MOST_SHOWN)
            known = await case_store.of_ids(connection, [case_id for case_id, _ in found])
            seen = [one for one in known.values() if within(actor, one) and sees_all(actor, one)]
            firsts = {one.case_id: one for one in await self._record.views(connection, seen)}
        return [RepeatedComplaint(case_id, firsts.get(case_id), repeats) for case_id, repeats in found]

    def names(self, by: str, key: str) -> PlaceName:
        """What a key of a dimension is called."""
        return self._name(by, key)

    # --- one answer ---------------------------------------------------------------------------------

    def _filter(self, actor: Actor, asked: EvaluationRequest) -> EvaluationFilter:
        return filter_of(actor, asked, self.refs(asked.classes))

    def refs(self, classes: Sequence[str]) -> tuple[str, ...]:
        """Whole references where they are known: those are looked up."""
        out: list[str] = []
        for one in classes:
            known = [row.ref for table in self._catalogues.all() if (row := table.get(one)) is not None]
            out += known or [one]
        return tuple(out)

    def _row(self, by: str, key: str, counts: Mapping[str, int], called: str | None = None) -> EvaluationRow:
        name = self._name(by, key) if called is None else PlaceName(called, called)
        found = rates(counts)
        return EvaluationRow(key, name.zh, name.en, counts, found, score(found, self._weights))

    def _name(self, by: str, key: str) -> PlaceName:
        if by == "class":
            try:
                known = self._catalogues.by_ref(key)
            except NoSuchCategory:
                return PlaceName(key, key)
            return PlaceName(known.name_zh, known.name_en)
        if by == "district" and (district := self._gazetteer.district(key)) is not None:
            return PlaceName(district.name_zh, district.name_en)
        if by == "street":
            street = next((one for one in self._gazetteer.subdistricts if one.code == key), None)
            return PlaceName(key, key) if street is None else PlaceName(street.name_zh, street.name_zh)
        named: ResponsibleDepartment | Beat | None = None
        if by == "department":
            named = next((one for one in self._departments() if one.department_id == key), None)
        elif by == "beat":
            named = self._beats().get(key)
        return (
            PlaceName(key, key) if named is None else PlaceName(named.name_zh, named.name_en or named.name_zh)
        )

    async def _views(self, connection: AsyncConnection, keys: Sequence[int]) -> list[CaseView]:
        return await self._record.views(connection, await case_store.by_filed_order(connection, keys))


def filter_of(actor: Actor, asked: EvaluationRequest, classes: tuple[str, ...]) -> EvaluationFilter:
    """What this reader may ask. Raises `Forbidden`, `BadEvaluation`."""
    rights.EVALUATE.check(actor)
    if not asked.since < asked.until:
        raise BadEvaluation("the time ends before it begins", remedy="give a later `to`")
    if (asked.until - asked.since) > timedelta(days=MOST_DAYS):
        raise BadEvaluation("the time is longer than ten years", remedy="ask for less")
    return EvaluationFilter(
        asked.since, asked.until, tuple(asked.districts), tuple(asked.departments), classes,
        own_districts=actor.scopes.of(Scope.DISTRICT), own_departments=actor.scopes.of(Scope.DEPARTMENT),
    )  # fmt: skip


def of_figure(name: str, part: str) -> str:
    """The count that a figure is made of: its `numerator`, which of a mean is what it is a mean over, or its
    `denominator`. Raises `BadEvaluation`.
    """
    _require(name, FIGURES, "figure")
    formula = FIGURES[name]
    if part == "denominator" or formula.numerator in SUMS:
        return formula.denominator
    return formula.numerator


def _is(by: str, key: str) -> ColumnElement[bool]:
    if by == "day":
        return cast(facts.c.day, String) == key
    return facts.c[by] == key


def _require(value: str, known: Any, what: str) -> None:
    if value not in known:
        raise BadEvaluation(f"there is no {what} {value!r}", remedy=f"one of: {', '.join(known)}")
