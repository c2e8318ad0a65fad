"""A dispatch's chain: one delivery for each bearer and attempt, and the rules by which the next one begins.

Pure. Names: a *bearer* is a way to the crew; a *delivery* is one try to tell it one thing by one bearer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from field.contract.bearer import Reports
from field.delivery.bearer import Bearer
from field.events import DeliveryStage

SaidBy = Literal["terminal", "text", "call", "messenger"]
"""By what a unit says a step. A messenger carries no job: a notice there is beside the chain."""

Purpose = Literal["job", "recall", "talk"]
"""Tell the job; take it back; connect the crew with the citizen."""

DeliveryState = Literal["open", "answered", "declined", "recalled", "ended"]

Overdue = Literal[
    "no_bearer",
    "unreachable",
    "not_sent",
    "not_delivered",
    "not_displayed",
    "no_answer",
    "failed",
    "declined",
]
"""Why a bearer, or all of them, did not do."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way to the unit. `address` is its name there (`app:17`, `tetra:2621001`, `phone:13904510009`)."""

    bearer: Bearer
    address: str
    reports: Reports = "displayed"


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """`number` counts from 1 for a dispatch; the id follows from both, so no restart makes it twice."""

    delivery_id: UUID
    dispatch_id: UUID
    unit_id: str
    number: int
    purpose: Purpose
    bearer: Bearer
    address: str
    reports: Reports
    queued_at: datetime
    stage: DeliveryStage = DeliveryStage.QUEUED
    why: str = ""
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    displayed_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def over(self) -> bool:
        return self.stage.over

    @property
    def told(self) -> bool:
        """Whether the crew may know by it: a telephone has told nothing before it was picked up."""
        if self.displayed_at is not None or self.answered_at is not None:
            return True
        return self.bearer != "call" and (self.sent_at is not None or self.delivered_at is not None)


def delivery_id(dispatch_id: UUID, number: int) -> UUID:
    """The same for the same attempt in every process."""
    return uuid5(dispatch_id, f"delivery-{number}")


@dataclass(frozen=True, slots=True)
class DeliveryLimits:
    """Seconds since the delivery began; `next_unit_s` since the dispatcher was told."""

    delivered_s: float
    displayed_s: float
    answered_s: float
    next_unit_s: float

    def of(self, stage: DeliveryStage) -> timedelta:
        seconds = {
            DeliveryStage.DELIVERED: self.delivered_s, DeliveryStage.DISPLAYED: self.displayed_s,
            DeliveryStage.ACCEPTED: self.answered_s,
        }  # fmt: skip
        return timedelta(seconds=seconds[stage])


@dataclass(frozen=True, slots=True)
class EscalationRules:
    """See `field.delivery.settings.EscalationSettings`."""

    bearers: tuple[Bearer, ...] = ("terminal", "text", "call")
    calls: int = 1
    call_s: float = 180.0
    normal: DeliveryLimits = DeliveryLimits(60.0, 180.0, 300.0, 120.0)
    urgent: DeliveryLimits = DeliveryLimits(15.0, 30.0, 60.0, 30.0)

    def limits(self, *, urgent: bool) -> DeliveryLimits:
        """The times after which the next step follows."""
        return self.urgent if urgent else self.normal

    def plan(self, routes: tuple[Route, ...]) -> tuple[Route, ...]:
        """The routes in the order in which they are tried."""
        found: list[Route] = []
        for bearer in self.bearers:
            mine = [route for route in routes if route.bearer == bearer]
            found += mine * (self.calls if bearer == "call" else 1)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class DispatchDelivery:
    """What became of bringing one dispatch to its unit. `plan` are the ways in their order; `overdue_at` is
    when the dispatcher was told that none of them did, `offered_at` when another unit was offered to him.
    """

    dispatch_id: UUID
    unit_id: str
    case_id: UUID | None
    urgent: bool
    opened_at: datetime
    plan: tuple[Route, ...]
    deliveries: tuple[DeliveryAttempt, ...] = ()
    state: DeliveryState = "open"
    overdue_at: datetime | None = None
    overdue: Overdue | None = None
    offered_at: datetime | None = None

    @property
    def jobs(self) -> tuple[DeliveryAttempt, ...]:
        """The deliveries of the job itself, the first one first."""
        return tuple(one for one in self.deliveries if one.purpose == "job")

    def find(self, wanted: UUID) -> DeliveryAttempt | None:
        return next((one for one in self.deliveries if one.delivery_id == wanted), None)

    def newest(self, bearer: SaidBy, purpose: Purpose = "job") -> DeliveryAttempt | None:
        """The last attempt over this bearer; None without one."""
        mine = [one for one in self.deliveries if (one.bearer, one.purpose) == (bearer, purpose)]
        return mine[-1] if mine else None
