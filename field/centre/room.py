"""Field units in the role `centre`: the register, and what people do, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cases.events import CaseFiled, VerificationChanged
from core.room import Health
from core.tasks import Tasks
from field.centre.routes import routes
from field.delivery.centre.log import DeliveryLog
from field.delivery.centre.messenger import CrewMessenger
from field.delivery.centre.phone import CrewPhone
from field.delivery.service import DeliveryService
from field.emergency.centre.service import EmergencyService
from field.inspectors.service import Inspectors
from field.map.store import MapFiles
from field.photos.centre.files import PhotoFiles
from field.photos.centre.service import Photos
from field.ports import CentrePorts
from field.settings import FieldSettings
from field.statuses.centre.service import StatusTableService
from field.talkgroups.centre.service import Talkgroups
from field.texts.centre.service import TextService
from field.units.centre.enrolment.service import UnitEnrolments
from field.units.centre.service import UnitRegister
from field.units.nearest.service import NearestUnits

if TYPE_CHECKING:
    from fastapi import APIRouter


class FieldRoom:
    """`register` is what other rooms' ports are wired to."""

    name = "units"

    def __init__(self, settings: FieldSettings, ports: CentrePorts) -> None:
        self.register = UnitRegister(ports.storage, ports.bus, ports.accounts, ports.audit)
        self.enrolments = UnitEnrolments(
            ports.storage, self.register, ports.audit, minutes=settings.enrolment_minutes
        )
        self.talkgroups = Talkgroups(ports.storage, ports.bus, ports.incidents, ports.audit)
        self.texts = TextService(ports.storage)
        self.emergencies = EmergencyService(ports.storage, ports.audit)
        self.deliveries = DeliveryLog(ports.storage)
        self.crew_phone = CrewPhone(
            ports.storage,
            ports.bus,
            DeliveryService(settings.escalation.rules(), settings.skills),
            ports.audit,
        )
        self.messenger = CrewMessenger(
            ports.storage, ports.bus, DeliveryService(settings.escalation.rules(), settings.skills)
        )
        self.statuses = StatusTableService(ports.storage, ports.audit)
        self.nearest = NearestUnits(ports.storage, ports.case_places, settings.skills)
        self.photos = Photos(
            ports.storage,
            PhotoFiles(settings.photos, ports.photos.vault, settings.photos_spare_mb * 1024 * 1024),
            ports.audit,
            case_of=ports.photos.case_of,
            districts_of=ports.photos.districts_of,
            coming_days=settings.photos_coming_days,
            loose_days=settings.photos_loose_days,
        )
        self.inspectors = Inspectors(ports.storage, hours=settings.timezone_h)
        self.maps = MapFiles(settings.maps)
        ports.bus.subscribe(CaseFiled, self._on_filed, name="units.filed")
        ports.bus.subscribe(VerificationChanged, self._on_verification, name="units.verification")
        self._tasks = Tasks("units")
        self.routers: Sequence[APIRouter] = routes(self, ports.current_user)

    async def start(self) -> None:
        self._tasks.forever("photos", self.photos.run)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _on_filed(self, event: CaseFiled) -> None:
        """What an inspector took for an own report belongs to the case that it became."""
        if event.draft_id is not None:
            await self.photos.file(event.draft_id, event.case.case_id)

    async def _on_verification(self, event: VerificationChanged) -> None:
        """What was taken for a draft's task belongs to the case that the draft became."""
        if event.case_id is not None:
            await self.photos.file(event.task_id, event.case_id)

    def health(self) -> Sequence[Health]:
        return (self.photos.health(),)


def build(settings: FieldSettings, ports: CentrePorts) -> FieldRoom:
    return FieldRoom(settings, ports)
