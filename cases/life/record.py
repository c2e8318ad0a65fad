"""What every act on a case leaves behind: a line in its log, the terms it is found by, and the event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.assignments import store as assignment_store
from cases.closing import store as closing_store
from cases.deadlines import store as clock_store
from cases.deadlines.model import DeadlineFact
from cases.dispatch import store as dispatch_store
from cases.events import (
    CaseChanged,
    CaseDeadlinePassed,
    CaseDeadlineWarned,
    CaseSource,
    CaseState,
    CaseView,
)
from cases.knowledge import uses
from cases.life import store
from cases.life.model import Case
from cases.life.reports import of_cases
from cases.life.versions import versions
from cases.merging import store as merge_store
from cases.merging.model import CaseFamily
from cases.relations import store as relation_store
from cases.responsibility import store as department_store
from cases.search.service import CaseSearch
from cases.superior import store as superior_store
from cases.views import CaseViews, closing_view, order_view, standing
from core.actor import Actor, system
from core.clock import Clock
from core.metrics import counter
from core.storage import Transaction

CLOCK = system("deadlines")
_facts = counter("cases_deadlines", "Warnings and deadlines that passed", ["fact"])
_EVENTS = {DeadlineFact.WARNED: CaseDeadlineWarned, DeadlineFact.PASSED: CaseDeadlinePassed}


class CaseRecord:
    def __init__(self, views: CaseViews, search: CaseSearch, clock: Clock) -> None:
        self._views = views
        self._search = search
        self._clock = clock

    async def view(self, connection: AsyncConnection, case_id: UUID) -> CaseView:
        """As it is inside a transaction. Raises `NoSuchCase`."""
        return (await self.views(connection, [await store.get(connection, case_id)]))[0]

    async def views(self, connection: AsyncConnection, found: Sequence[Case]) -> list[CaseView]:
        """The answers for these cases, in their order."""
        ids = [case.case_id for case in found]
        family = await merge_store.family(connection, found)
        sent = await dispatch_store.of_cases(connection, ids)
        calls = await self._calls(connection, family)
        told = await uses.of_cases(connection, calls)
        clocks = await clock_store.of_cases(connection, ids)
        departments = await department_store.of_cases(connection, ids)
        signed = await assignment_store.signed(connection, ids)
        known = await versions(connection, ids)
        related = await relation_store.of_cases(connection, ids)
        # Nearly every case came by telephone, is open and goes on for no other: these ask for nothing.
        written = [case.case_id for case in found if case.source is not CaseSource.TELEPHONE]
        followers = [one.case_id for some in family.followers.values() for one in some]
        reports: dict[UUID, list[UUID]] = {case_id: [] for case_id in ids}
        reports |= await of_cases(connection, [*written, *followers])
        ordered = await superior_store.of_cases(
            connection, [case.case_id for case in found if case.source is CaseSource.SUPERIOR]
        )
        closed = [case.case_id for case in found if case.state is CaseState.CLOSED]
        closings = await closing_store.of_cases(connection, closed)
        return [
            self._views.view(
                case, calls[case.case_id], sent[case.case_id], told[case.case_id],
                clocks[case.case_id], departments[case.case_id], signed=case.case_id in signed,
            ).model_copy(
                update=standing(case, known[case.case_id], family, related[case.case_id], reports)
                | {
                    "closing": closing_view(case, closings.get(case.case_id)),
                    "ordered": order_view(ordered.get(case.case_id)),
                }
            )
            for case in found
        ]  # fmt: skip

    async def _calls(self, connection: AsyncConnection, family: CaseFamily) -> dict[UUID, list[UUID]]:
        """The calls of each case, and after them those of the cases for which it goes on."""
        whole = {
            case_id: [case_id, *(one.case_id for one in some)] for case_id, some in family.followers.items()
        }
        links = await store.links(connection, list({one for some in whole.values() for one in some}))
        return {
            case_id: list(dict.fromkeys(link.call_id for one in some for link in links[one]))
            for case_id, some in whole.items()
        }

    async def tell(
        self,
        transaction: Transaction,
        case: Case,
        what: str,
        actor: Actor,
        reason: str,
        *,
        at: datetime | None = None,
        private: bool = False,
    ) -> CaseView:
        """Log the act and emit it, inside the transaction that does it; `at` when it was, if not now.
        `private`: the reason stands in the log alone, which fewer people read.
        """
        await self._log(transaction, case, what, actor, reason, at)
        view = await self._found_as_it_is(transaction, case)
        await transaction.emit(
            CaseChanged(
                call_id=view.call_ids[0] if view.call_ids else None,
                confidential=case.confidential,
                case=view,
                act=what,
                actor=actor.id,
                reason="" if private else reason,
            ),
            stream=f"case:{case.case_id}",
        )
        return view

    async def tell_facts(self, transaction: Transaction, case: Case, facts: Sequence[DeadlineFact]) -> None:
        """Log and emit what was found of the case's clock, inside the transaction that keeps it."""
        if not facts:
            return
        view = await self._found_as_it_is(transaction, case)
        for fact in facts:
            await self._log(transaction, case, f"deadline-{fact.value}", CLOCK, "", None)
            event = _EVENTS[fact](confidential=case.confidential, case=view)
            await transaction.emit(event, stream=f"case:{case.case_id}")
            _facts.labels(fact.value).inc()

    async def _found_as_it_is(self, transaction: Transaction, case: Case) -> CaseView:
        await self._search.put(transaction.connection, case)
        return await self.view(transaction.connection, case.case_id)

    async def _log(
        self,
        transaction: Transaction,
        case: Case,
        what: str,
        actor: Actor,
        reason: str,
        at: datetime | None,
    ) -> None:
        await store.log(
            transaction.connection,
            case.case_id,
            at=at or self._clock.now(),
            actor=actor.id,
            act=what,
            reason=reason,
        )
