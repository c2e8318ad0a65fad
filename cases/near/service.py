"""Everything near a case. Each kind of thing is for who may list it by its own operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.events import CaseView, PartView
from cases.life import store as case_store
from cases.life.model import Case, position_of
from cases.life.record import CaseRecord
from cases.near.model import MOST_EACH, NearKind, NearThing, nearest
from cases.near.ports import NearSource
from cases.parts.model import PartSearch
from cases.parts.service import PartRegister
from cases.privacy import require_case, sees_all, within
from cases.search.near import SearchPlace, near
from core.actor import Actor
from core.place import Position
from core.storage import Storage


@dataclass(frozen=True, slots=True)
class NearList:
    """`invented`: nobody has measured where the case is. `cases` are those in `things`."""

    placed: bool
    invented: bool
    things: Sequence[NearThing]
    cases: Sequence[CaseView] = ()


class NearCase:
    """`sources` are what other rooms know."""

    def __init__(
        self, storage: Storage, record: CaseRecord, parts: PartRegister, sources: Sequence[NearSource]
    ) -> None:
        self._storage = storage
        self._record = record
        self._parts = parts
        self._sources = sources

    async def of_case(self, actor: Actor, case_id: UUID, within_m: float, limit: int) -> NearList:
        """The nearest first. Raises `Forbidden`, `NoSuchCase`, `NotYourCase`, `OutOfScope`."""
        rights.SEE_NEAR.check(actor)
        async with self._storage.read() as connection:
            case = await case_store.get(connection, case_id)
            require_case(actor, case)
            place = position_of(case.lon, case.lat, case.accuracy_m)
            if place is None:
                return NearList(placed=False, invented=False, things=())
            around = await self._open_cases(connection, actor, case, place, within_m)
        found = [thing for thing, _ in around]
        if rights.SEE_PARTS.allows(actor):
            wanted = PartSearch(near=place, metres=within_m, limit=MOST_EACH)
            found += [_part(one, one.position) for one in await self._parts.find(wanted) if one.position]
        for source in self._sources:
            found += await source.near(actor, place, within_m, MOST_EACH)
        things = nearest(found, within_m, limit)
        kept = {one.id for one in things if one.kind is NearKind.CASE}
        shown = [view for thing, view in around if thing.id in kept]
        return NearList(placed=True, invented=case.invented, things=things, cases=shown)

    async def _open_cases(
        self, connection: AsyncConnection, actor: Actor, about: Case, place: Position, within_m: float
    ) -> list[tuple[NearThing, CaseView]]:
        """Others that this person sees with their place."""
        if not rights.SEE_CASES.allows(actor):
            return []
        measured = [
            (one.case, one.metres)
            for one in await near(connection, SearchPlace(place.lon, place.lat, within_m))
            if one.metres is not None and one.case.case_id != about.case_id
            and within(actor, one.case) and sees_all(actor, one.case)
        ]  # fmt: skip
        views = await self._record.views(connection, [case for case, _ in measured])
        return [
            (_case(case, view, metres), view) for (case, metres), view in zip(measured, views, strict=True)
        ]


def _case(case: Case, view: CaseView, metres: float) -> NearThing:
    name = " ".join(one for one in (view.number, view.category_name, view.address) if one)
    return NearThing(
        kind=NearKind.CASE, id=str(view.case_id), name=name, metres=metres, lon=case.lon or 0.0,
        lat=case.lat or 0.0, state=view.state.value,
    )  # fmt: skip


def _part(view: PartView, place: Position) -> NearThing:
    return NearThing(
        kind=NearKind.PART, id=view.part_id, name=" ".join(one for one in (view.name, view.label) if one),
        metres=view.metres or 0.0, lon=place.lon, lat=place.lat, state=view.state,
    )  # fmt: skip
