"""The room as a part of the process: what held last holds before any call, then the database counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter

from core.audit import TransactionAudit
from core.room import Health
from core.second_person import SecondPerson
from core.storage import Storage
from core.tasks import Tasks
from runtime_settings.copy import ValuesCopy
from runtime_settings.http import router
from runtime_settings.ports import CurrentUser, RuntimeSetting
from runtime_settings.service import RuntimeSettings


class RuntimeSettingsRoom:
    """Implements `core.room.Room`."""

    name = "settings"

    def __init__(self, service: RuntimeSettings, routers: Sequence[APIRouter]) -> None:
        self.service = service
        self.routers = routers
        self._tasks = Tasks("settings")

    async def start(self) -> None:
        await self.service.restore()
        self._tasks.forever("watch", self.service.watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Sequence[Health]:
        faults = self.service.faults
        if not faults:
            return (Health("settings", "up"),)
        why = "; ".join(f"{name}: {fault}" for name, fault in sorted(faults.items())[:3])
        return (Health("settings", "degraded", f"not all settings hold as they were changed: {why}"),)


def build(
    each: Sequence[RuntimeSetting],
    *,
    copy_file: Path,
    storage: Storage,
    audit: TransactionAudit,
    second_person: SecondPerson,
    current_user: CurrentUser,
) -> RuntimeSettingsRoom:
    """`copy_file`: where the values that held last are kept on this machine."""
    service = RuntimeSettings(each, storage, audit, ValuesCopy(copy_file), second=second_person)
    return RuntimeSettingsRoom(service, [router(service, current_user)])
