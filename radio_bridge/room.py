"""The room of field units: the working half for the role `radio`, the register for the role `centre`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from core.room import Health
from core.tasks import Tasks
from radio_bridge.answers import Answers
from radio_bridge.chain.asked import TalkRequests
from radio_bridge.chain.log import DeliveryLog
from radio_bridge.chain.phone import CrewPhone
from radio_bridge.chain.service import Chains
from radio_bridge.chain.watch import Bearers, ChainWatch
from radio_bridge.dispatches.downlink import Downlink
from radio_bridge.dispatches.inlet import Inlet
from radio_bridge.dispatches.service import Dispatches
from radio_bridge.drivers.mobile.driver import MobileDriver
from radio_bridge.emergency.calls import EmergencyCalls
from radio_bridge.emergency.service import EmergencyDesk, EmergencyWatch
from radio_bridge.field import FieldHalf
from radio_bridge.networks.air import AirData, JobSide, TerminalThenRadio
from radio_bridge.networks.board import NetworkBoard
from radio_bridge.networks.service import Networks
from radio_bridge.photos.files import Files
from radio_bridge.photos.service import Photos, PhotoTickets
from radio_bridge.ports import DirectoryPorts, RadioPorts
from radio_bridge.settings import RadioSettings
from radio_bridge.statuses.service import FieldWords, StatusDesk
from radio_bridge.talkgroups.service import Talkgroups
from radio_bridge.texts.service import TextDesk, TextTraffic
from radio_bridge.units.nearest.service import NearestUnits
from radio_bridge.units.service import UnitRegister
from radio_bridge.uplink import Uplink

if TYPE_CHECKING:
    from fastapi import APIRouter


class RadioRoom:
    """Speaks with the units. Built before the link starts, because it subscribes. `networks` is a part of its
    own: floor control is attached to it, and starts before.
    """

    name = "radio_bridge"
    routers: Sequence[APIRouter] = ()

    def __init__(self, settings: RadioSettings, ports: RadioPorts) -> None:
        self._driver = MobileDriver(
            ports.link,
            ports.storage.clock,
            tenant=settings.tenant,
            receipt_expiry_s=settings.receipt_expiry_s,
        )
        chains = Chains(settings.escalation.rules(), settings.skills)
        self.bearers = Bearers(self._driver.network, language=settings.texts_language)
        self.dispatches = Dispatches(
            ports.storage,
            ports.bus,
            self._driver,
            retry_s=settings.retry_s,
            chains=chains,
            ways=self.bearers.ways,
        )
        self.chains = ChainWatch(ports.storage, chains, self.bearers, kept_days=settings.escalation.kept_days)
        carriers = TerminalThenRadio(self._driver)
        self.texts = TextTraffic(
            ports.storage, carriers, retry_s=settings.retry_s, kept_days=settings.texts_kept_days
        )
        self.emergencies = EmergencyWatch(
            ports.storage, carriers, answer_within=timedelta(seconds=settings.emergency_answer_s)
        )
        self.emergency_calls = EmergencyCalls(self.emergencies, ports.storage.clock)
        TalkRequests(ports.storage, chains, self._driver, ports.storage.clock).attach()
        self.words = FieldWords(ports.storage, self.dispatches, self.bearers)
        self.field = FieldHalf(settings, ports, self._driver, self.dispatches)
        self.networks = Networks(
            settings, ports.storage, ports.bus, self._presence, self._driver, ports.recorder
        )
        self._downlink = Downlink(self.dispatches.offer_due, self.texts.offer_due)
        jobs = JobSide(self.chains.delivered, self.chains.displayed, self.chains.failed, self.words.heard)
        self.air = carriers.air = AirData(
            ports.storage,
            self.texts,
            self.emergencies,
            self.field.places,
            wake=self._downlink.wake,
            jobs=jobs,
        )
        self.air.attach(self.networks.data)
        for listened in self.networks.listened:
            listened.attach_data(self.air)
        for network in self.networks.data:
            self.bearers.attach(network)
        photos = PhotoTickets(
            ports.storage,
            self._driver,
            per_hour=settings.photos_per_hour,
            mb_per_day=settings.photos_mb_per_day,
        )
        uplink = Uplink(self.dispatches, self._downlink, self.texts, self.emergencies, photos)
        uplink.greet = self.field.affiliations.tell
        self._driver.attach(uplink, uplink.network_is_back)
        Inlet(self.dispatches, self._downlink).attach(ports.bus)
        Answers(self._downlink, self.emergencies).attach(ports.bus)
        self._tasks = Tasks("radio_bridge")

    async def start(self) -> None:
        self._tasks.forever("downlink", self._downlink.run)
        self._tasks.forever("emergencies", self.emergencies.run)
        self._tasks.forever("emergency-calls", self.emergency_calls.run)
        self._tasks.forever("texts", self.texts.forget)
        self._tasks.forever("chains", self.chains.run)
        self._tasks.forever("old-chains", self.chains.forget)
        self.field.start(self._tasks)
        if self.networks.data:
            self._tasks.forever("air-data", self.air.run)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.field.stop()

    async def _presence(self, unit_id: str, online: bool, bearer: str) -> None:
        await self.dispatches.presence(unit_id, online=online, bearer=bearer)

    def health(self) -> Sequence[Health]:
        found = self._driver.health()
        return (Health(self.name, found.state, found.why),)


class DirectoryRoom:
    """The register over HTTP; `register` is what other rooms' ports are wired to."""

    name = "units"

    def __init__(self, settings: RadioSettings, ports: DirectoryPorts) -> None:
        self.register = UnitRegister(ports.storage, ports.bus, ports.accounts, ports.audit)
        self.talkgroups = Talkgroups(ports.storage, ports.bus, ports.incidents, ports.audit)
        self.texts = TextDesk(ports.storage)
        self.emergencies = EmergencyDesk(ports.storage, ports.audit)
        self.deliveries = DeliveryLog(ports.storage)
        self.crew_phone = CrewPhone(
            ports.storage, ports.bus, Chains(settings.escalation.rules(), settings.skills), ports.audit
        )
        self.statuses = StatusDesk(ports.storage, ports.audit)
        self.nearest = NearestUnits(ports.storage, ports.case_places, settings.skills)
        self.photos = photos_of(settings, ports)
        self._tasks = Tasks("units")
        self.networks = NetworkBoard(ports.bus, ports.storage.clock)
        # Imported here: the role `radio` serves no pages, and would load a fifth more for them.
        from radio_bridge.routes import routes  # noqa: PLC0415

        self.routers: Sequence[APIRouter] = routes(self, ports.current_user)

    async def start(self) -> None:
        if self.photos is not None:
            self._tasks.forever("photos", self.photos.run)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Sequence[Health]:
        return () if self.photos is None else (self.photos.health(),)


def build(settings: RadioSettings, ports: RadioPorts) -> RadioRoom:
    return RadioRoom(settings, ports)


def build_directory(settings: RadioSettings, ports: DirectoryPorts) -> DirectoryRoom:
    return DirectoryRoom(settings, ports)


def photos_of(settings: RadioSettings, ports: DirectoryPorts) -> Photos | None:
    if ports.photos is None:
        return None
    return Photos(
        ports.storage,
        Files(settings.photos, ports.photos.vault, settings.photos_spare_mb * 1024 * 1024),
        ports.audit,
        case_of=ports.photos.case_of,
        coming_days=settings.photos_coming_days,
        loose_days=settings.photos_loose_days,
    )
