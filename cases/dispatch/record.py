"""What a dispatch leaves behind, in one transaction: its row, a line in the case's log, the unit's order and
the events. For dispatchers, and for departments that send their own units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from uuid import UUID

from cases.dispatch import store
from cases.dispatch.model import Dispatch
from cases.errors import WrongStep
from cases.events import (
    CaseState,
    DispatchChanged,
    DispatchQueued,
    DispatchRecalled,
    DispatchShared,
)
from cases.life import store as case_store
from cases.life.model import Case
from cases.search.service import CaseSearch
from cases.views import CaseViews, dispatch_view
from core.actor import Actor
from core.clock import Clock
from core.storage import Transaction

_TOLD = tuple(
    field.name for field in fields(Case) if field.name in DispatchQueued.model_fields.keys() - {"description"}
)
"""What a case and its order have under the same name. A description is told of an open case alone."""


class DispatchRecord:
    """Every method is part of a transaction that holds the case's row."""

    def __init__(self, clock: Clock, search: CaseSearch, views: CaseViews) -> None:
        self._clock = clock
        self._search = search
        self._views = views

    async def add(
        self, transaction: Transaction, case: Case, new: Dispatch, actor: Actor, reason: str = ""
    ) -> None:
        """A further unit for the case. Raises `WrongStep`."""
        connection = transaction.connection
        if case.state is not CaseState.FILED:
            raise WrongStep(
                f"a case that is {case.state} is not handled any more",
                remedy="reopen it first", state=case.state.value,
            )  # fmt: skip
        sent = (await store.of_cases(connection, [case.case_id]))[case.case_id]
        if any(one.unit_id == new.unit_id and not one.ended for one in sent):
            raise WrongStep("this unit already has the case", remedy="recall it first, or wait")
        await store.add(connection, new)
        await self._search.put(connection, case)
        # Also who is about to lose it: until it knows that, it believes to have it.
        others = [one.unit_id for one in sent if not one.ended]
        await transaction.emit(self._job(case, new, others), stream=f"unit:{new.unit_id}")
        await self.tell(transaction, case, new, "reassign" if reason else "dispatch", actor, reason)

    async def take_back(
        self, transaction: Transaction, case: Case, after: Dispatch, actor: Actor, reason: str
    ) -> None:
        """Keep a recall, and tell the unit."""
        await store.save(transaction.connection, after)
        event = DispatchRecalled(
            dispatch_id=after.dispatch_id, case_id=case.case_id, unit_id=after.unit_id, reason=reason
        )
        await transaction.emit(event, stream=f"unit:{after.unit_id}")
        await self.tell(transaction, case, after, "recall", actor, reason)

    async def share(self, transaction: Transaction, case: Case, *, but: UUID | None = None) -> None:
        """Each unit that has the case learns which others have it: that has changed."""
        sent = (await store.of_cases(transaction.connection, [case.case_id]))[case.case_id]
        having = [one for one in sent if not one.ended]
        for one in having if len(sent) > 1 else ():
            if one.dispatch_id == but:
                continue
            event = DispatchShared(
                dispatch_id=one.dispatch_id,
                case_id=case.case_id,
                unit_id=one.unit_id,
                with_units=sorted(other.unit_id for other in having if other is not one),
            )
            await transaction.emit(event, stream=f"unit:{one.unit_id}")

    async def tell(
        self,
        transaction: Transaction,
        case: Case,
        dispatch: Dispatch,
        what: str,
        actor: Actor,
        reason: str = "",
    ) -> None:
        await case_store.log(
            transaction.connection,
            case.case_id,
            at=self._clock.now(),
            actor=actor.id,
            act=what,
            reason=reason,
            dispatch_id=dispatch.dispatch_id,
        )
        links = (await case_store.links(transaction.connection, [case.case_id]))[case.case_id]
        await transaction.emit(
            DispatchChanged(
                call_id=links[0].call_id if links else None,
                confidential=case.confidential,
                dispatch=dispatch_view(dispatch),
            ),
            stream=f"case:{case.case_id}",
        )

    def _job(self, case: Case, dispatch: Dispatch, others: Sequence[str]) -> DispatchQueued:
        """What the unit is told. A confidential case goes without the citizen's own words."""
        return DispatchQueued(
            **{name: getattr(case, name) for name in _TOLD},
            dispatch_id=dispatch.dispatch_id,
            unit_id=dispatch.unit_id,
            case_number=case.number,
            category_name=self._views.category_name(case.category),
            place=self._views.place(case),
            description="" if case.confidential else case.description,
            urgent=case.urgency in {"urgent", "danger"},
            with_units=sorted(others),
        )
