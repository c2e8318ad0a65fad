"""Chains in the database: a signal is applied in the transaction of what caused it, and told with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from core.metrics import counter
from core.storage import Transaction
from field.delivery import store
from field.delivery.bearer import Bearer
from field.delivery.model import DeliveryAttempt, DispatchDelivery, EscalationRules, Purpose, Route
from field.delivery.reduce import Carried, Effect, OfferNext, Signal, apply, begin, due_at, opened
from field.dispatches import store as job_store
from field.events import DeliveryChanged, DeliveryView, DispatchOverdue, UnitCandidate
from field.units.nearest.rank import RankingRequest
from field.units.nearest.reasons import candidate
from field.units.nearest.service import OFFERED, ranked, skills_for

_steps = counter("field_deliveries", "Deliveries of jobs by how far they came", ["bearer", "stage"])
_overdue = counter("field_dispatches_overdue", "Dispatches that nobody answered in time", ["why"])

SHOWN_DIGITS = 4


class DeliveryService:
    """`skills` is which skills a category asks for, see `units.nearest.service.skills_for`."""

    def __init__(self, rules: EscalationRules, skills: Mapping[str, Collection[str]]) -> None:
        self.rules = rules
        self._skills = skills

    async def open(
        self,
        transaction: Transaction,
        dispatch_id: UUID,
        unit_id: str,
        routes: Sequence[Route],
        *,
        urgent: bool,
        case_id: UUID | None,
    ) -> None:
        """Begin a dispatch's chain; one that is there stays as it is."""
        if await store.find(transaction.connection, dispatch_id) is not None:
            return
        at = transaction.clock.now()
        delivery = opened(
            dispatch_id, unit_id, tuple(routes), self.rules, urgent=urgent, at=at, case_id=case_id
        )
        await store.add(transaction, delivery, due_at(delivery, self.rules))
        for one in delivery.deliveries:
            await self._tell(transaction, one)

    async def apply(
        self, transaction: Transaction, dispatch_id: UUID, signal: Signal
    ) -> DispatchDelivery | None:
        """The chain afterwards; None for a dispatch without one (of an earlier version)."""
        delivery = await store.find(transaction.connection, dispatch_id, change=True)
        if delivery is None:
            return None
        after, effects = apply(delivery, signal, self.rules, transaction.clock.now())
        await self._keep(transaction, delivery, after, effects)
        return after

    async def carried(
        self, transaction: Transaction, dispatch_id: UUID, bearer: Bearer, purpose: Purpose, signal: str
    ) -> None:
        """What the bearer said of the newest such delivery: `sent`, `unreachable`."""
        delivery = await store.find(transaction.connection, dispatch_id, change=True)
        one = delivery.newest(bearer, purpose) if delivery is not None else None
        if one is not None:
            how = Carried(one.delivery_id, "sent" if signal == "sent" else "unreachable")
            await self.apply(transaction, dispatch_id, how)

    async def begin(
        self, transaction: Transaction, dispatch_id: UUID, route: Route, purpose: Purpose
    ) -> DeliveryAttempt | None:
        """One more delivery; None when the dispatch has no chain or too many of them."""
        delivery = await store.find(transaction.connection, dispatch_id, change=True)
        if delivery is None:
            return None
        after = begin(delivery, route, purpose, transaction.clock.now())
        await self._keep(transaction, delivery, after, ())
        return after.deliveries[-1] if len(after.deliveries) > len(delivery.deliveries) else None

    async def _keep(
        self,
        transaction: Transaction,
        before: DispatchDelivery,
        after: DispatchDelivery,
        effects: Sequence[Effect],
    ) -> None:
        if after == before:
            return
        await store.save(transaction, before, after, due_at(after, self.rules))
        known = {one.number: one for one in before.deliveries}
        for one in after.deliveries:
            if known.get(one.number) != one:
                await self._tell(transaction, one)
        for effect in effects:
            await self._tell_dispatcher(transaction, after, effect)

    async def _tell(self, transaction: Transaction, one: DeliveryAttempt) -> None:
        _steps.labels(one.bearer, one.stage.value).inc()
        event = DeliveryChanged(dispatch_id=one.dispatch_id, unit_id=one.unit_id, delivery=view(one))
        # A stream of its own: a unit's reports wait for no news about bearers.
        await transaction.emit(event, stream=f"chain:{one.dispatch_id}")

    async def _tell_dispatcher(
        self, transaction: Transaction, delivery: DispatchDelivery, effect: Effect
    ) -> None:
        units: Sequence[UnitCandidate] = ()
        if isinstance(effect, OfferNext):
            units = await self._candidates(transaction, delivery)
        else:
            _overdue.labels(effect.why).inc()
        event = DispatchOverdue(
            dispatch_id=delivery.dispatch_id,
            unit_id=delivery.unit_id,
            urgent=delivery.urgent,
            step="next_unit" if isinstance(effect, OfferNext) else "told",
            why=effect.why,
            units=list(units),
        )
        await transaction.emit(event, stream=f"chain:{delivery.dispatch_id}")

    async def _candidates(
        self, transaction: Transaction, delivery: DispatchDelivery
    ) -> Sequence[UnitCandidate]:
        connection = transaction.connection
        job = await job_store.find(connection, delivery.dispatch_id)
        content = None if job is None else job.content
        has_it = {delivery.unit_id}
        if delivery.case_id is not None:
            has_it |= await store.units_of_case(connection, delivery.case_id)
        asked = RankingRequest(
            None if content is None else content.position,
            skills_for("" if content is None else content.category_code, self._skills),
            frozenset(has_it),
        )
        return [candidate(one) for one in await ranked(connection, transaction.clock, asked, most=OFFERED)]


def view(one: DeliveryAttempt) -> DeliveryView:
    """As it is told: of a telephone's number the last digits alone."""
    network, _, name = one.address.partition(":")
    hidden = one.bearer == "call" or network == "phone"
    return DeliveryView(
        delivery_id=one.delivery_id,
        number=one.number,
        purpose=one.purpose,
        bearer=one.bearer,
        address=f"{network}:…{name[-SHOWN_DIGITS:]}" if hidden else one.address,
        stage=one.stage,
        why=one.why,
        queued_at=one.queued_at,
        sent_at=one.sent_at,
        delivered_at=one.delivered_at,
        displayed_at=one.displayed_at,
        answered_at=one.answered_at,
        ended_at=one.ended_at,
    )
