"""Oversight of access rights: approvals, the sealed account, and their alarms, put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter

from core.events import Event
from core.room import Health
from core.storage import Storage
from identity.alarms.http import router as alarm_routes
from identity.alarms.service import RightsAlarms
from identity.alarms.suspicions import ALARM, Suspicions
from identity.approvals.http import router as approval_routes
from identity.approvals.service import Approvals
from identity.break_glass.http import router as break_glass_routes
from identity.break_glass.service import BreakGlass
from identity.http import CurrentUser, SessionResponses
from identity.service import IdentityService
from identity.settings import IdentitySettings


class Oversight:
    """`approvals`, `suspicions` and `alarms` are what other rooms and the desk are wired to."""

    def __init__(
        self,
        identity: IdentityService,
        storage: Storage,
        settings: IdentitySettings,
        current: CurrentUser,
        publish: Callable[[Event], None],
    ) -> None:
        self.approvals = Approvals(storage, settings.approvals)
        self.break_glass = BreakGlass(identity, storage, settings.break_glass)
        self.suspicions = Suspicions(storage)
        self.alarms = RightsAlarms(
            (self.approvals.alarms, self.break_glass.alarms, self.suspicions.alarms),
            {"request": self.approvals.take, "seal": self.break_glass.take, ALARM: self.suspicions.take},
            publish,
            contact=settings.security_contact,
        )
        self.routers: Sequence[APIRouter] = (
            approval_routes(self.approvals, current),
            alarm_routes(self.alarms, current),
            break_glass_routes(
                self.break_glass, current, SessionResponses(identity, settings, current.cookies)
            ),
        )

    async def start(self) -> None:
        await self.approvals.start()
        await self.break_glass.start()
        await self.alarms.start()

    async def stop(self) -> None:
        await self.alarms.stop()
        await self.break_glass.stop()
        await self.approvals.stop()

    def health(self, found: Health) -> Health:
        """`found` is the room's otherwise: what is worse is told."""
        alarm = self.alarms.health()
        return found if alarm is None or found.state != "up" else alarm
