"""The reducer of chains: `apply(chain, signal, rules, at)`. Pure, total; what does not fit changes nothing.

Only time starts the next bearer (`DeliveryTick`), so two signals at one moment cannot start it twice. An
answer counts by whatever bearer it comes, also by one that was passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from cases.events import CrewStep, DispatchStep
from field.delivery.bearer import Bearer
from field.delivery.model import (
    DeliveryAttempt,
    DeliveryLimits,
    DeliveryState,
    DispatchDelivery,
    EscalationRules,
    Overdue,
    Purpose,
    Route,
    SaidBy,
    delivery_id,
)
from field.events import DeliveryStage

MOST_DELIVERIES: Final = 60
"""Of one dispatch: attempts, recalls and calls to the citizen together."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The bearer's word on a delivery: it took it, the unit is not there, or it cannot be done."""

    delivery_id: UUID
    how: Literal["sent", "unreachable", "failed", "stopped", "done"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class UnitReached:
    """The delivery is at the unit, or was on its screen."""

    delivery_id: UUID
    stage: Literal["delivered", "displayed"]


@dataclass(frozen=True, slots=True)
class StepReported:
    """The unit said `step` by `bearer`."""

    bearer: SaidBy
    step: CrewStep


@dataclass(frozen=True, slots=True)
class Recalled:
    """The centre took the job back."""


@dataclass(frozen=True, slots=True)
class DeliveryTick:
    """Time has passed."""


Signal = Carried | UnitReached | StepReported | Recalled | DeliveryTick


@dataclass(frozen=True, slots=True)
class TellDispatcher:
    """Every bearer was tried, or the crew has declined."""

    why: Overdue


@dataclass(frozen=True, slots=True)
class OfferNext:
    """Another unit is to be offered to the dispatcher."""

    why: Overdue


Effect = TellDispatcher | OfferNext

_ANSWERS: Final[dict[DispatchStep, DeliveryState]] = {
    DispatchStep.ACCEPTED: "answered",
    DispatchStep.ON_THE_WAY: "answered",
    DispatchStep.ARRIVED: "answered",
    DispatchStep.DONE: "ended",
    DispatchStep.DECLINED: "declined",
    DispatchStep.RETURNED: "declined",
}


def opened(
    dispatch_id: UUID,
    unit_id: str,
    routes: tuple[Route, ...],
    rules: EscalationRules,
    *,
    urgent: bool,
    at: datetime,
    case_id: UUID | None = None,
) -> DispatchDelivery:
    """A new chain, its first delivery begun. Without a way the first look tells the dispatcher."""
    delivery = DispatchDelivery(dispatch_id, unit_id, case_id, urgent, at, rules.plan(routes))
    return begin(delivery, delivery.plan[0], "job", at) if delivery.plan else delivery


def begin(delivery: DispatchDelivery, route: Route, purpose: Purpose, at: datetime) -> DispatchDelivery:
    """With one more delivery; as it was when it has too many."""
    number = len(delivery.deliveries) + 1
    if number > MOST_DELIVERIES:
        return delivery
    made = DeliveryAttempt(
        delivery_id(delivery.dispatch_id, number), delivery.dispatch_id, delivery.unit_id, number, purpose,
        route.bearer, route.address, route.reports, at,
    )  # fmt: skip
    return replace(delivery, deliveries=(*delivery.deliveries, made))


def apply(
    delivery: DispatchDelivery, signal: Signal, rules: EscalationRules, at: datetime
) -> tuple[DispatchDelivery, tuple[Effect, ...]]:
    """The chain after the signal, and what is to be told."""
    match signal:
        case Carried():
            return _carried(delivery, signal, at), ()
        case UnitReached(wanted, stage):
            return _with(delivery, _reached(delivery.find(wanted), DeliveryStage(stage), at)), ()
        case StepReported(bearer, step):
            return _said(delivery, bearer, step, at)
        case Recalled():
            return _recalled(delivery, at), ()
        case DeliveryTick():
            return _looked(delivery, rules, at)


def due_at(delivery: DispatchDelivery, rules: EscalationRules) -> datetime | None:
    """When a look can do something next; None: never, as things stand."""
    if delivery.state != "open" or delivery.offered_at is not None:
        return None
    limits = rules.limits(urgent=delivery.urgent)
    if delivery.overdue_at is not None:
        return delivery.overdue_at + timedelta(seconds=limits.next_unit_s)
    current = delivery.jobs[-1] if delivery.jobs else None
    return delivery.opened_at if current is None else _expires(current, limits, rules)[0]


def _carried(delivery: DispatchDelivery, signal: Carried, at: datetime) -> DispatchDelivery:
    one = delivery.find(signal.delivery_id)
    if one is None or one.over:
        return delivery
    match signal.how:
        case "sent":
            return _with(delivery, _reached(one, DeliveryStage.SENT, at))
        case "unreachable" if one.stage.rank == 0:
            return _with(delivery, replace(one, stage=DeliveryStage.UNREACHABLE, why="unreachable"))
        case "failed" | "stopped" | "done" as how:
            return _with(delivery, replace(one, stage=DeliveryStage(how), why=signal.why, ended_at=at))
    return delivery


def _reached(one: DeliveryAttempt | None, stage: DeliveryStage, at: datetime) -> DeliveryAttempt | None:
    """It came at least so far; None when that is no news. What comes later implies what came before it, but
    only its own time is written down.
    """
    if one is None or one.stage in {DeliveryStage.FAILED, DeliveryStage.STOPPED, DeliveryStage.DONE}:
        return None
    already = {
        DeliveryStage.SENT: one.sent_at,
        DeliveryStage.DELIVERED: one.delivered_at,
        DeliveryStage.DISPLAYED: one.displayed_at,
    }
    if already[stage] is not None:
        return None
    after = _timed(one, stage, at)
    further = stage.rank > one.stage.rank
    return replace(after, stage=stage, why="") if further else after


def _timed(one: DeliveryAttempt, stage: DeliveryStage, at: datetime) -> DeliveryAttempt:
    if stage is DeliveryStage.SENT:
        return replace(one, sent_at=at)
    return (
        replace(one, delivered_at=at) if stage is DeliveryStage.DELIVERED else replace(one, displayed_at=at)
    )


def _said(
    delivery: DispatchDelivery, bearer: SaidBy, step: CrewStep, at: datetime
) -> tuple[DispatchDelivery, tuple[Effect, ...]]:
    one = delivery.newest(bearer)
    if step in {DispatchStep.DELIVERED, DispatchStep.DISPLAYED}:
        return _with(delivery, _reached(one, DeliveryStage(step), at)), ()
    state = _ANSWERS[step]
    if one is not None and one.answered_at is None and one.stage is not DeliveryStage.STOPPED:
        stage = DeliveryStage.DECLINED if state == "declined" else DeliveryStage.ACCEPTED
        delivery = _with(
            delivery, replace(one, stage=stage, why="", answered_at=at, ended_at=one.ended_at or at)
        )
    if delivery.state in {"recalled", "declined", "ended"}:
        return delivery, ()
    delivery = _end_calls(replace(delivery, state=state), at)
    if state != "declined":
        return delivery, ()
    delivery = replace(
        delivery,
        overdue="declined",
        overdue_at=delivery.overdue_at or at,
        offered_at=delivery.offered_at or at,
    )
    return delivery, (TellDispatcher("declined"), OfferNext("declined"))


def _end_calls(delivery: DispatchDelivery, at: datetime) -> DispatchDelivery:
    """No telephone rings for what is answered: the call that answers it is over already."""
    for one in delivery.jobs:
        if one.bearer == "call" and not one.over:
            delivery = _with(delivery, replace(one, stage=DeliveryStage.STOPPED, why="answered", ended_at=at))
    return delivery


def _recalled(delivery: DispatchDelivery, at: datetime) -> DispatchDelivery:
    if delivery.state in {"recalled", "ended"}:
        return delivery
    told: dict[tuple[Bearer, str], Route] = {}
    for one in delivery.jobs:
        if one.told:
            told[one.bearer, one.address] = Route(one.bearer, one.address, one.reports)
        if not one.over:
            delivery = _with(delivery, replace(one, stage=DeliveryStage.STOPPED, why="recalled", ended_at=at))
    delivery = replace(delivery, state="recalled")
    # By each bearer by which the crew may know of the job, it learns that it has it no more.
    for route in told.values():
        delivery = begin(delivery, route, "recall", at)
    return delivery


def _looked(
    delivery: DispatchDelivery, rules: EscalationRules, at: datetime
) -> tuple[DispatchDelivery, tuple[Effect, ...]]:
    due = due_at(delivery, rules)
    if due is None or at < due:
        return delivery, ()
    if delivery.overdue_at is not None:
        return replace(delivery, offered_at=at), (OfferNext(delivery.overdue or "no_answer"),)
    tried = delivery.jobs
    if len(tried) < len(delivery.plan) and len(delivery.deliveries) < MOST_DELIVERIES:
        return begin(delivery, delivery.plan[len(tried)], "job", at), ()
    limits = rules.limits(urgent=delivery.urgent)
    why: Overdue = _expires(tried[-1], limits, rules)[1] if tried else "no_bearer"
    return replace(delivery, overdue=why, overdue_at=at), (TellDispatcher(why),)


def _expires(
    one: DeliveryAttempt, limits: DeliveryLimits, rules: EscalationRules
) -> tuple[datetime, Overdue]:
    """When this delivery no longer does, and why: the earliest of what is still missing."""
    if one.stage is DeliveryStage.UNREACHABLE or one.over:
        return one.queued_at, "unreachable" if one.stage is DeliveryStage.UNREACHABLE else "failed"
    if one.bearer == "call":
        return one.queued_at + timedelta(seconds=rules.call_s), "no_answer"
    why, missing = _missing(one)
    return one.queued_at + limits.of(missing), why


def _missing(one: DeliveryAttempt) -> tuple[Overdue, DeliveryStage]:
    """What this bearer has not told yet, and by when it should."""
    if one.stage is DeliveryStage.QUEUED:
        return "not_sent", DeliveryStage.DELIVERED
    if one.reports != "sent" and one.stage.rank < DeliveryStage.DELIVERED.rank:
        return "not_delivered", DeliveryStage.DELIVERED
    if one.reports == "displayed" and one.stage is not DeliveryStage.DISPLAYED:
        return "not_displayed", DeliveryStage.DISPLAYED
    return "no_answer", DeliveryStage.ACCEPTED


def _with(delivery: DispatchDelivery, changed: DeliveryAttempt | None) -> DispatchDelivery:
    if changed is None:
        return delivery
    deliveries = tuple(changed if one.number == changed.number else one for one in delivery.deliveries)
    return replace(delivery, deliveries=deliveries)
