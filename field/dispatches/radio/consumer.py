"""Orders of the centre, in the room's own words."""

from __future__ import annotations

from dataclasses import fields

from cases.events import (
    OUTSIDE_INSPECTORS,
    DispatchQueued,
    DispatchRecalled,
    DispatchShared,
    VerificationAsked,
    VerificationChanged,
    VerificationState,
)
from core.bus import Bus
from field.dispatches.model import JobContent
from field.dispatches.radio.downlink import Downlink
from field.dispatches.radio.service import Dispatches

_AS_ORDERED = tuple(
    field.name
    for field in fields(JobContent)
    if field.name in DispatchQueued.model_fields.keys() - {"category", "with_units"}
)
"""What an order and a job have under the same name."""


class DispatchConsumer:
    """Takes durable events: each handler returns after commit, and does nothing for a copy."""

    def __init__(self, dispatches: Dispatches, downlink: Downlink) -> None:
        self._dispatches = dispatches
        self._downlink = downlink

    def attach(self, bus: Bus) -> None:
        """Subscribe to the centre's orders."""
        bus.subscribe(DispatchQueued, self.queued, name="field.queued")
        bus.subscribe(DispatchShared, self.shared, name="field.shared")
        bus.subscribe(DispatchRecalled, self.recalled, name="field.recalled")
        bus.subscribe(VerificationAsked, self.asked, name="field.verification-asked")
        bus.subscribe(VerificationChanged, self.verified, name="field.verification-changed")

    async def queued(self, event: DispatchQueued) -> None:
        content = JobContent(
            **{name: getattr(event, name) for name in _AS_ORDERED},
            category=event.category_name or event.category,
            category_code=event.category,
            with_units=tuple(event.with_units),
        )
        await self._dispatches.queue(event, event.dispatch_id, event.unit_id, content, case_id=event.case_id)
        self._downlink.wake()

    async def shared(self, event: DispatchShared) -> None:
        """Others are on the same case: the crew is told their names."""
        await self._dispatches.share(event.dispatch_id, event.unit_id, event.with_units)

    async def recalled(self, event: DispatchRecalled) -> None:
        await self._dispatches.recall(event, event.dispatch_id, event.unit_id, event.reason)
        self._downlink.wake()

    async def asked(self, event: VerificationAsked) -> None:
        """A place to look at goes to its inspector as a job does, over the terminal alone: it rings nobody,
        and its own time limit says when nobody has answered.
        """
        content = JobContent(
            case_number=event.number,
            category=event.category_name or event.category,
            place=event.place,
            description=event.description,
            urgent=event.urgent,
            confidential=event.confidential,
            lon=event.lon,
            lat=event.lat,
            accuracy_m=event.accuracy_m,
            category_code=event.category,
            kind="verification",
            due_at=event.due_at.isoformat(),
        )
        await self._dispatches.queue(event, event.task_id, event.unit_id, content)
        self._downlink.wake()

    async def verified(self, event: VerificationChanged) -> None:
        """What was taken back leaves the inspector's list. What is overdue stays: he may be answering it."""
        if event.state is VerificationState.RECALLED and not event.unit_id.startswith(OUTSIDE_INSPECTORS):
            await self._dispatches.recall(event, event.task_id, event.unit_id, event.reason)
            self._downlink.wake()
