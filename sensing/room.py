"""The room as a part of the process."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from cases.events import CaseFiled, VerificationChanged
from core.room import Health
from core.tasks import Tasks
from sensing.cameras.http import camera_routes
from sensing.cameras.service import CameraRegister
from sensing.health.watch import CameraHealth
from sensing.patches.http import patch_routes
from sensing.patches.service import ChangePatches
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
        self.cameras = CameraHealth(ports.storage, self.register, settings)
        self.snapshots = CameraSnapshots(
            ports.storage, self.register, CameraPictures(settings), ports.cases, ports.photos, ports.views
        )
        self.patches = ChangePatches(ports.storage, ports.audit, ports.verifications)
        ports.bus.subscribe(VerificationChanged, self.patches.hear, name="sensing.patches-verification")
        ports.bus.subscribe(CaseFiled, self.patches.on_filed, name="sensing.patches-filed")
        self.routers: Sequence[APIRouter] = (
            snapshot_routes(self.snapshots, ports.current_user),
            camera_routes(self.register, ports.cases, ports.current_user),
            patch_routes(self.patches, ports.current_user),
        )
        self._tasks = Tasks("sensing")

    async def start(self) -> None:
        self._tasks.forever("register", self.register.watch)
        if self._settings.networks:
            self._tasks.forever("health", self.cameras.run)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.cameras.stop()

    def health(self) -> Sequence[Health]:
        return (self.cameras.health(),)


def build(settings: SensingSettings, ports: SensingPorts) -> SensingRoom:
    return SensingRoom(settings, ports)
