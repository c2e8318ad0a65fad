"""Builds the automated calls of a centre: a service for each purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.room import Health
from hotline.outbound.alarms.service import AlarmCalls
from hotline.outbound.automated import AutomatedCalls, CallContext
from hotline.outbound.conferences.policy import ConferenceTarget
from hotline.outbound.conferences.service import ConferenceCalls
from hotline.outbound.crews.service import CrewCalls
from hotline.outbound.follow_ups.service import FollowUpCalls
from hotline.outbound.notices.service import NoticeCalls
from hotline.outbound.requests import CallRequests
from hotline.outbound.warnings.service import WarningCalls
from hotline.ports import HotlinePorts
from hotline.settings import HotlineSettings


class AllAutomatedCalls:
    """Each service by its name."""

    def __init__(
        self, settings: HotlineSettings, ports: HotlinePorts, members: CallRequests[ConferenceTarget]
    ) -> None:
        context = CallContext(settings.system_name, ports.storage, ports.bus, ports.clock, ports.audit)
        self.alarms = AlarmCalls(settings.alarms, ports.outbound.alarms, context)
        self.crews = CrewCalls(settings.crews, ports.outbound.crews, context)
        self.follow_ups = FollowUpCalls(settings.follow_ups, ports.outbound.follow_ups, context)
        self.notices = NoticeCalls(settings.notices, ports.outbound.notices, context)
        self.warnings = WarningCalls(settings.warnings, ports.outbound.warnings, context)
        self.conferences = ConferenceCalls(settings.conferences, members, ports.conferences.calls, context)

    def __iter__(self) -> Iterator[AutomatedCalls[Any]]:
        return iter((self.alarms, self.crews, self.follow_ups, self.notices, self.warnings, self.conferences))

    def health(self) -> list[Health]:
        """Only what is wrong."""
        return [health for calls in self for health in calls.health()]

    async def start(self) -> None:
        for calls in self:
            await calls.start()

    async def stop(self) -> None:
        for calls in self:
            await calls.stop()
