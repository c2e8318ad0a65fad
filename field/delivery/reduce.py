"""The reducer of chains: `apply(chain, signal, rules, at)`. Pure, total; what does not fit changes nothing.

Only time starts the next bearer (`Looked`), so two signals at one moment cannot start it twice. An answer
counts by whatever bearer it comes, also by one that was passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from field.delivery.model import (
    RANK,
    Bearer,
    Chain,
    ChainState,
    Delivery,
    Limits,
    Overdue,
    Purpose,
    Route,
    Rules,
    Stage,
    delivery_id,
)
from field.events import Step

MOST_DELIVERIES: Final = 60
"""Of one dispatch: attempts, recalls and calls to the citizen together."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The bearer's word on a delivery: it took it, the unit is not there, or it cannot be done."""

    delivery_id: UUID
    how: Literal["sent", "unreachable", "failed", "stopped", "done"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reached:
    """The delivery is at the unit, or was on its screen."""

    delivery_id: UUID
    stage: Literal["delivered", "displayed"]


@dataclass(frozen=True, slots=True)
class Said:
    """The unit said `step` by `bearer`."""

    bearer: Bearer
    step: Step


@dataclass(frozen=True, slots=True)
class Recalled:
    """The centre took the job back."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Time has passed."""


Signal = Carried | Reached | Said | Recalled | Looked


@dataclass(frozen=True, slots=True)
class TellDispatcher:
    """Every bearer was tried, or the crew has declined."""

    why: Overdue


@dataclass(frozen=True, slots=True)
class OfferNext:
    """Another unit is to be offered to the dispatcher."""

    why: Overdue


Effect = TellDispatcher | OfferNext

_ANSWERS: Final[dict[Step, ChainState]] = {
    "accepted": "answered", "on_the_way": "answered", "arrived": "answered",
    "done": "ended", "declined": "declined", "returned": "declined",
}  # fmt: skip


def opened(
    dispatch_id: UUID,
    unit_id: str,
    routes: tuple[Route, ...],
    rules: Rules,
    *,
    urgent: bool,
    at: datetime,
    case_id: UUID | None = None,
) -> Chain:
    """A new chain, its first delivery begun. Without a way the first look tells the dispatcher."""
    chain = Chain(dispatch_id, unit_id, case_id, urgent, at, rules.plan(routes))
    return begin(chain, chain.plan[0], "job", at) if chain.plan else chain


def begin(chain: Chain, route: Route, purpose: Purpose, at: datetime) -> Chain:
    """With one more delivery; as it was when it has too many."""
    number = len(chain.deliveries) + 1
    if number > MOST_DELIVERIES:
        return chain
    made = Delivery(
        delivery_id(chain.dispatch_id, number), chain.dispatch_id, chain.unit_id, number, purpose,
        route.bearer, route.address, route.reports, at,
    )  # fmt: skip
    return replace(chain, deliveries=(*chain.deliveries, made))


def apply(chain: Chain, signal: Signal, rules: Rules, at: datetime) -> tuple[Chain, tuple[Effect, ...]]:
    """The chain after the signal, and what is to be told."""
    match signal:
        case Carried():
            return _carried(chain, signal, at), ()
        case Reached(wanted, stage):
            return _with(chain, _reached(chain.find(wanted), Stage(stage), at)), ()
        case Said(bearer, step):
            return _said(chain, bearer, step, at)
        case Recalled():
            return _recalled(chain, at), ()
        case Looked():
            return _looked(chain, rules, at)


def due_at(chain: Chain, rules: Rules) -> datetime | None:
    """When a look can do something next; None: never, as things stand."""
    if chain.state != "open" or chain.offered_at is not None:
        return None
    limits = rules.limits(urgent=chain.urgent)
    if chain.overdue_at is not None:
        return chain.overdue_at + timedelta(seconds=limits.next_unit_s)
    current = chain.jobs[-1] if chain.jobs else None
    return chain.opened_at if current is None else _expires(current, limits, rules)[0]


def _carried(chain: Chain, signal: Carried, at: datetime) -> Chain:
    one = chain.find(signal.delivery_id)
    if one is None or one.over:
        return chain
    match signal.how:
        case "sent":
            return _with(chain, _reached(one, Stage.SENT, at))
        case "unreachable" if RANK[one.stage] == 0:
            return _with(chain, replace(one, stage=Stage.UNREACHABLE, why="unreachable"))
        case "failed" | "stopped" | "done" as how:
            return _with(chain, replace(one, stage=Stage(how), why=signal.why, ended_at=at))
    return chain


def _reached(one: Delivery | None, stage: Stage, at: datetime) -> Delivery | None:
    """It came at least so far; None when that is no news. What comes later implies what came before it, but
    only its own time is written down.
    """
    if one is None or one.stage in {Stage.FAILED, Stage.STOPPED, Stage.DONE}:
        return None
    already = {
        Stage.SENT: one.sent_at, Stage.DELIVERED: one.delivered_at, Stage.DISPLAYED: one.displayed_at,
    }  # fmt: skip
    if already[stage] is not None:
        return None
    after = _timed(one, stage, at)
    further = RANK[stage] > RANK.get(one.stage, len(RANK))
    return replace(after, stage=stage, why="") if further else after


def _timed(one: Delivery, stage: Stage, at: datetime) -> Delivery:
    if stage is Stage.SENT:
        return replace(one, sent_at=at)
    return replace(one, delivered_at=at) if stage is Stage.DELIVERED else replace(one, displayed_at=at)


def _said(chain: Chain, bearer: Bearer, step: Step, at: datetime) -> tuple[Chain, tuple[Effect, ...]]:
    one = chain.newest(bearer)
    if step in ("delivered", "displayed"):
        return _with(chain, _reached(one, Stage(step), at)), ()
    state = _ANSWERS[step]
    if one is not None and one.answered_at is None and one.stage is not Stage.STOPPED:
        stage = Stage.DECLINED if state == "declined" else Stage.ACCEPTED
        chain = _with(chain, replace(one, stage=stage, why="", answered_at=at, ended_at=one.ended_at or at))
    if chain.state in {"recalled", "declined", "ended"}:
        return chain, ()
    chain = _end_calls(replace(chain, state=state), at)
    if state != "declined":
        return chain, ()
    chain = replace(
        chain, overdue="declined", overdue_at=chain.overdue_at or at, offered_at=chain.offered_at or at
    )
    return chain, (TellDispatcher("declined"), OfferNext("declined"))


def _end_calls(chain: Chain, at: datetime) -> Chain:
    """No telephone rings for what is answered: the call that answers it is over already."""
    for one in chain.jobs:
        if one.bearer == "call" and not one.over:
            chain = _with(chain, replace(one, stage=Stage.STOPPED, why="answered", ended_at=at))
    return chain


def _recalled(chain: Chain, at: datetime) -> Chain:
    if chain.state in {"recalled", "ended"}:
        return chain
    told: dict[tuple[Bearer, str], Route] = {}
    for one in chain.jobs:
        if one.told:
            told[one.bearer, one.address] = Route(one.bearer, one.address, one.reports)
        if not one.over:
            chain = _with(chain, replace(one, stage=Stage.STOPPED, why="recalled", ended_at=at))
    chain = replace(chain, state="recalled")
    # By each bearer by which the crew may know of the job, it learns that it has it no more.
    for route in told.values():
        chain = begin(chain, route, "recall", at)
    return chain


def _looked(chain: Chain, rules: Rules, at: datetime) -> tuple[Chain, tuple[Effect, ...]]:
    due = due_at(chain, rules)
    if due is None or at < due:
        return chain, ()
    if chain.overdue_at is not None:
        return replace(chain, offered_at=at), (OfferNext(chain.overdue or "no_answer"),)
    tried = chain.jobs
    if len(tried) < len(chain.plan) and len(chain.deliveries) < MOST_DELIVERIES:
        return begin(chain, chain.plan[len(tried)], "job", at), ()
    limits = rules.limits(urgent=chain.urgent)
    why: Overdue = _expires(tried[-1], limits, rules)[1] if tried else "no_bearer"
    return replace(chain, overdue=why, overdue_at=at), (TellDispatcher(why),)


def _expires(one: Delivery, limits: Limits, rules: Rules) -> tuple[datetime, Overdue]:
    """When this delivery no longer does, and why: the earliest of what is still missing."""
    if one.stage is Stage.UNREACHABLE or one.over:
        return one.queued_at, "unreachable" if one.stage is Stage.UNREACHABLE else "failed"
    if one.bearer == "call":
        return one.queued_at + timedelta(seconds=rules.call_s), "no_answer"
    why, missing = _missing(one)
    return one.queued_at + limits.of(missing), why


def _missing(one: Delivery) -> tuple[Overdue, Stage]:
    """What this bearer has not told yet, and by when it should."""
    if one.stage is Stage.QUEUED:
        return "not_sent", Stage.DELIVERED
    if one.reports != "sent" and RANK[one.stage] < RANK[Stage.DELIVERED]:
        return "not_delivered", Stage.DELIVERED
    if one.reports == "displayed" and one.stage is not Stage.DISPLAYED:
        return "not_displayed", Stage.DISPLAYED
    return "no_answer", Stage.ACCEPTED


def _with(chain: Chain, changed: Delivery | None) -> Chain:
    if changed is None:
        return chain
    deliveries = tuple(changed if one.number == changed.number else one for one in chain.deliveries)
    return replace(chain, deliveries=deliveries)
