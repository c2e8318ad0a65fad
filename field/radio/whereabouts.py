"""What the role `radio` does about units beside their jobs: where they are, which groups they are on, and who
pretended to be whom.
"""

from __future__ import annotations

from core.tasks import Tasks
from field.dispatches.radio.service import Dispatches
from field.mobile.radio.driver import MobileDriver
from field.ports import RadioPorts
from field.settings import FieldSettings as RadioSettings
from field.talkgroups.radio.affiliations import Affiliations
from field.units.places.radio.consumer import PositionConsumer
from field.units.places.radio.service import PositionService
from field.units.radio.owntracks_link import BEARER, OwnTracks
from field.units.radio.pretended import ImpersonationWatch


class Whereabouts:
    """Made before the link starts, because it subscribes."""

    def __init__(
        self, settings: RadioSettings, ports: RadioPorts, driver: MobileDriver, dispatches: Dispatches
    ) -> None:
        clock = ports.storage.clock
        self.places = PositionService(ports.storage, ports.bus, settings.places)
        self.affiliations = Affiliations(ports.storage, ports.bus, driver, clock)
        self.pretended = ImpersonationWatch(ports.storage, ports.link, tenant=settings.tenant)
        self.affiliations.attach()
        PositionConsumer(self.places, driver, clock).attach()

        async def presence(unit_id: str, online: bool) -> None:
            await dispatches.presence(unit_id, online=online, bearer=BEARER)

        OwnTracks(ports.link, self.places, clock, presence)

    def start(self, tasks: Tasks) -> None:
        tasks.forever("places", self.places.run)
        tasks.forever("pretended", self.pretended.run)

    async def stop(self) -> None:
        """Write what came last, if the database is there."""
        await self.places.stop()
