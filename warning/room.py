"""The room as a part of the process."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from core.room import Health
from core.tasks import Tasks
from warning.calling.service import WarningCalling
from warning.http import warning_acts, warning_routes
from warning.ledger.service import WarningLedger
from warning.paging.service import WarningPaging
from warning.ports import WarningPorts
from warning.sending.service import WarningSending
from warning.settings import WarningSettings
from warning.sirens.service import SirenControl


class WarningRoom:
    """Implements `core.room.Room`. Nothing is sent that people have not released."""

    name = "warning"

    def __init__(self, settings: WarningSettings, ports: WarningPorts) -> None:
        self.sending = WarningSending(ports.storage, ports.audiences, ports.districts_of)
        self.ledger = WarningLedger(ports.storage, ports.audit, settings, self.sending)
        self.routers: Sequence[APIRouter] = (
            warning_routes(self.ledger, self.sending, ports.current_user),
            warning_acts(self.ledger, ports.current_user),
        )
        self.calling = WarningCalling(ports.storage, settings.calls)
        """Whom the hotline is to call."""
        self.sirens = SirenControl(ports.storage, settings.sirens)
        self.paging = WarningPaging(ports.storage, settings.paging, ports.pages)
        """Is told by the switch how far a page has come."""
        self._tasks = Tasks("warning")

    async def start(self) -> None:
        self._tasks.forever("sending", self.sending.run)
        self._tasks.forever("sweep", self.ledger.run)
        self._tasks.forever("sirens", self.sirens.run)
        self._tasks.forever("paging", self.paging.run)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Sequence[Health]:
        return (Health(self.name, "up"),)


def build(settings: WarningSettings, ports: WarningPorts) -> WarningRoom:
    return WarningRoom(settings, ports)
