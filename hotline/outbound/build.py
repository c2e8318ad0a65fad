"""Builds the automated calls of a centre: a service for each purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.room import Health
from hotline.outbound.alarms.service import AlarmCalls
from hotline.outbound.automated import AutomatedCalls, CallContext
from hotline.outbound.crews.service import CrewCalls
from hotline.ports import HotlinePorts
from hotline.settings import HotlineSettings


class AllAutomatedCalls:
    """Each service by its name; None where nobody is called for that purpose."""

    def __init__(self, settings: HotlineSettings, ports: HotlinePorts) -> None:
        alarms, crews = ports.outbound.alarms, ports.outbound.crews
        context = CallContext(settings.system_name, ports.storage, ports.bus, ports.clock, ports.audit)
        self.alarms = None if alarms is None else AlarmCalls(settings.alarms, alarms, context)
        self.crews = None if crews is None else CrewCalls(settings.crews, crews, context)

    def __iter__(self) -> Iterator[AutomatedCalls[Any]]:
        return (calls for calls in (self.alarms, self.crews) if calls is not None)

    def health(self) -> list[Health]:
        """Only what is wrong."""
        return [health for calls in self for health in calls.health()]

    async def start(self) -> None:
        for calls in self:
            await calls.start()

    async def stop(self) -> None:
        for calls in self:
            await calls.stop()
