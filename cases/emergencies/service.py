"""An emergency makes one case, and writes what happens into its history: raised, said again, where the unit
is, who was asked, who acknowledged, how it was cleared.

Each event counts once, in whatever order and however often it comes: after a kill of a role, or of the
broker, they come late and again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.dispatch import store as dispatch_store
from cases.emergencies.model import ACT, CATEGORY, description_of, entry_of
from cases.errors import NoSuchCase
from cases.events import CaseFiled, CaseSource, CaseState, PositionSource
from cases.life import store
from cases.life.model import Case, CaseAction
from cases.life.numbers import case_number, city_day
from cases.life.position import ReportPosition
from cases.life.service import CaseService
from cases.settings import CasesSettings
from core.actor import Actor, system
from core.log import logger
from core.metrics import counter
from core.storage import Storage, Transaction
from field.events import EmergencyChanged

_log = logger("cases")
_events = counter("cases_emergencies", "What was told of units' emergencies, by what became of it", ["fate"])

SOURCE: Final = "cases.emergency"
WRITER: Final = system("emergencies")
FALSE_ALARM: Final = "误报 false alarm"


class EmergencyCases:
    """`cases` tells desks and others of what is changed here."""

    def __init__(self, storage: Storage, cases: CaseService, settings: CasesSettings) -> None:
        self._storage = storage
        self._cases = cases
        self._settings = settings

    async def hear(self, event: EmergencyChanged) -> None:
        """Take it in, once. Raises `StorageAway`: it comes again."""
        if event.case_id is None:
            _events.labels("without_case").inc()
            return
        async with self._storage.write() as transaction:
            if not await transaction.first_time(SOURCE, str(event.id)):
                _events.labels("again").inc()
                return
            case = await self._case(transaction, event.case_id) or await self._file(transaction, event)
            case = await self._place(transaction.connection, case, event)
            who = Actor(event.actor or WRITER.id, event.actor or WRITER.name)
            words, where = entry_of(event), event.what == "located"
            await self._cases.tell(
                transaction, case, f"{ACT}{event.what}", who, words, at=event.at, private=where
            )
            if event.what == "cleared" and event.nothing_in_case:
                await self._cancel(transaction, case, who, event)
        _events.labels(event.what).inc()

    async def _case(self, transaction: Transaction, case_id: UUID) -> Case | None:
        try:
            return await store.get(transaction.connection, case_id, lock=True)
        except NoSuchCase:
            return None

    async def _file(self, transaction: Transaction, event: EmergencyChanged) -> Case:
        """Its id is the emergency's: there is never a second one. Others than dispatchers, supervisors and
        acceptors do not read its words.
        """
        assert event.case_id is not None
        connection = transaction.connection
        counted, day = self._settings.city_code, city_day(event.raised_at, self._settings.timezone_h)
        case = Case(
            case_id=event.case_id,
            number=case_number(counted, day, await store.next_sequence(connection, counted, day)),
            spoken_code=await store.unused_code(connection),
            state=CaseState.FILED,
            category=CATEGORY,
            district=None,
            address=None,
            crossing=None,
            description=description_of(event),
            urgency="danger",
            handoff=None,
            confidential=True,
            filed_at=event.raised_at,
            filed_by=WRITER.id,
            source=CaseSource.EMERGENCY,
            updated_at=self._storage.clock.now(),
        )
        case = self._cases.placed(case, None)
        case = await self._cases.file(connection, case, WRITER, drafted={}, final={})
        view = await self._cases.view_in(connection, case.case_id)
        filed = CaseFiled(call_id=None, draft_id=None, confidential=True, case=view, drafted={}, final={})
        await transaction.emit(filed, stream=f"case:{case.case_id}")
        return case

    async def _place(self, connection: AsyncConnection, case: Case, event: EmergencyChanged) -> Case:
        """The case is where its unit is, so that the nearest ones can be found for it."""
        if event.position is None or event.what not in {"raised", "located"}:
            return case
        where = event.position
        moved = replace(
            case, lon=where.lon, lat=where.lat, accuracy_m=where.accuracy_m,
            position_source=PositionSource.UNIT, cell=None,
        )  # fmt: skip
        moved = self._cases.placed(moved, ReportPosition(where, PositionSource.UNIT))
        await store.move(connection, moved)
        return moved

    async def _cancel(
        self, transaction: Transaction, case: Case, who: Actor, event: EmergencyChanged
    ) -> None:
        """A false alarm needs no handling; a case that somebody is sent to, or has ended, stays as it is."""
        sent = (await dispatch_store.of_cases(transaction.connection, [case.case_id]))[case.case_id]
        if case.state is not CaseState.FILED or any(not one.ended for one in sent):
            _log.info("a false alarm's case is left to people", case=str(case.case_id))
            return
        reason = f"{FALSE_ALARM}: {event.note}"
        await self._cases.step(transaction, case, CaseAction.CANCEL, who, reason, at=event.at)
