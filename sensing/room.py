"""The room as a part of the process."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from core.listening import Addresses
from core.room import Health
from core.tasks import Tasks
from sensing.cameras.http import camera_routes
from sensing.cameras.service import CameraRegister
from sensing.gb28181.platform import GbPlatform
from sensing.health.watch import CameraHealth
from sensing.ports import SensingPorts
from sensing.settings import SensingSettings
from sensing.snapshots.http import snapshot_routes
from sensing.snapshots.picture import CameraPictures
from sensing.snapshots.service import CameraSnapshots


class SensingRoom:
    """Implements `core.room.Room`. Without networks in the settings no camera is ever asked."""

    name = "sensing"

    def __init__(self, settings: SensingSettings, ports: SensingPorts) -> None:
        self._settings = settings
        self.register = CameraRegister(ports.storage, ports.audit, settings.accounts)
        self.platform = GbPlatform(
            settings.gb28181, Addresses(settings.networks), ports.storage, self.register
        )
        self.cameras = CameraHealth(ports.storage, self.register, settings, self.platform.conditions)
        pictures = CameraPictures(settings, registered=self.platform.picture)
        self.snapshots = CameraSnapshots(
            ports.storage, self.register, pictures, ports.cases, ports.photos, ports.views
        )
        self.routers: Sequence[APIRouter] = (
            snapshot_routes(self.snapshots, ports.current_user),
            camera_routes(self.register, ports.cases, ports.current_user),
        )
        self._tasks = Tasks("sensing")

    async def start(self) -> None:
        self._tasks.forever("register", self.register.watch)
        if self._settings.networks:
            self._tasks.forever("health", self.cameras.run)
        if self._settings.networks and self._settings.gb28181.enabled:
            self._tasks.forever("gb28181", self.platform.run)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.cameras.stop()
        await self.platform.stop()

    def health(self) -> Sequence[Health]:
        if self._settings.gb28181.enabled:
            return (self.cameras.health(), self.platform.health())
        return (self.cameras.health(),)


def build(settings: SensingSettings, ports: SensingPorts) -> SensingRoom:
    return SensingRoom(settings, ports)
