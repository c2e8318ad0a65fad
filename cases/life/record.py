"""What every act on a case leaves behind: a line in its log, the terms it is found by, and the event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.assignments import store as assignment_store
from cases.deadlines import store as clock_store
from cases.deadlines.model import DeadlineFact
from cases.dispatch import store as dispatch_store
from cases.events import CaseChanged, CaseDeadlinePassed, CaseDeadlineWarned, CaseView
from cases.knowledge import uses
from cases.life import store
from cases.life.model import Case
from cases.responsibility import store as department_store
from cases.search.service import CaseSearch
from cases.views import CaseViews
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
        links = await store.links(connection, ids)
        sent = await dispatch_store.of_cases(connection, ids)
        calls = {case_id: [link.call_id for link in links[case_id]] for case_id in ids}
        told = await uses.of_cases(connection, calls)
        clocks = await clock_store.of_cases(connection, ids)
        departments = await department_store.of_cases(connection, ids)
        signed = await assignment_store.signed(connection, ids)
        return [
            self._views.view(
                case, calls[case.case_id], sent[case.case_id], told[case.case_id],
                clocks[case.case_id], departments[case.case_id], signed=case.case_id in signed,
            )
            for case in found
        ]  # fmt: skip

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
