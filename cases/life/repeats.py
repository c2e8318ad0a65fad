"""Looks up the cases that a draft may repeat: a few rows by class and time, judged by the pure rule."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.drafting.model import Draft, Duplicate, FieldName
from cases.gazetteer.lookup import Gazetteer
from cases.incidents import store as incident_store
from cases.incidents.model import may_belong
from cases.life import store
from cases.life.duplicates import box_around, crossings, duplicate, repeat_of, streets_of
from cases.life.model import Case
from cases.life.position import ReportPosition, position_of_report
from cases.settings import CasesSettings

ASKED = 50
MOST = 5
"""Repeats that are offered for one draft, the newest first."""


class Repeats:
    def __init__(self, gazetteer: Gazetteer, settings: CasesSettings) -> None:
        self._gazetteer = gazetteer
        self._settings = settings

    async def of(self, connection: AsyncConnection, draft: Draft, now: datetime) -> tuple[Duplicate, ...]:
        """Mass incidents that it may be about; then cases of the same class at the same spot in the last day,
        newest first, none without a place.
        """
        position = position_of_report(draft, self._gazetteer)
        incidents = [
            duplicate(parent, "incident")
            for parent in await self._parents(connection)
            if may_belong(parent, draft, None if position is None else position.position)
        ]
        known = {one.case_id for one in incidents}
        others = await self._cases(connection, draft, now, position)
        return (*incidents, *(one for one in others if one.case_id not in known))[:MOST]

    async def _parents(self, connection: AsyncConnection) -> list[Case]:
        return [
            await store.get(connection, incident.case_id)
            for incident in await incident_store.open_ones(connection)
        ]

    async def _cases(
        self, connection: AsyncConnection, draft: Draft, now: datetime, position: ReportPosition | None
    ) -> tuple[Duplicate, ...]:
        category = draft.value(FieldName.CATEGORY)
        address, crossing = draft.value(FieldName.ADDRESS), draft.value(FieldName.CROSSING)
        places = [*([address] if address else []), *(crossings(crossing) if crossing else [])]
        near = self._settings.duplicate_within_m
        close = position is not None and (position.invented or position.position.accuracy_m <= near)
        if category is None or not (places or close):
            return ()
        at = None if position is None else position.position
        found = await store.open_at(
            connection,
            district=None,
            places=places,
            category=category,
            since=now - timedelta(hours=self._settings.duplicate_within_h),
            box=box_around(at.lon, at.lat, near) if at is not None and close else None,
            limit=ASKED,
        )
        recent = now - timedelta(minutes=self._settings.duplicate_street_within_min)
        known = {case.case_id for case in found}
        if streets_of(draft):
            found += [
                case
                for case in await store.open_since(connection, category=category, since=recent, limit=ASKED)
                if case.case_id not in known
            ]
        repeats = (
            repeat_of(
                case,
                draft,
                position=position,
                now=now,
                within_m=near,
                within_h=self._settings.duplicate_within_h,
                street_within_min=self._settings.duplicate_street_within_min,
            )
            for case in found
            if case.draft_id != draft.draft_id
        )
        return tuple(repeat for repeat in repeats if repeat is not None)[:MOST]
