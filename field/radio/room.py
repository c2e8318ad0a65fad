"""Field units in the role `radio`: what is sent to them and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from core.room import Health
from core.tasks import Tasks
from field.contract.data import DataNetwork, DataSource
from field.delivery.radio.asked import TalkRequests
from field.delivery.radio.watch import Bearers, DeliveryWatch
from field.delivery.service import DeliveryService
from field.dispatches.radio.consumer import DispatchConsumer
from field.dispatches.radio.downlink import Downlink
from field.dispatches.radio.service import Dispatches
from field.emergency.radio.calls import EmergencyCalls
from field.emergency.radio.watch import EmergencyWatch
from field.inspectors.radio.reports import InspectorReports
from field.mobile.radio.driver import MobileDriver
from field.photos.radio.tickets import PhotoTickets
from field.ports import RadioPorts
from field.radio.air import AirData, JobPort, TerminalThenRadio
from field.radio.answers import AnswerConsumer
from field.radio.uplink import Uplink
from field.radio.whereabouts import Whereabouts
from field.settings import FieldSettings
from field.statuses.radio.driver_reports import DriverReports
from field.texts.radio.traffic import TextTraffic
from field.units.radio.roll_call import PresencePoll

if TYPE_CHECKING:
    from fastapi import APIRouter


class FieldRadioRoom:
    """Built before the link starts, because it subscribes. `terminals` is the network of mobile terminals,
    `roll_call` takes who is present in radio networks, `emergency_calls` presses for emergency talk.
    """

    name = "field"
    routers: Sequence[APIRouter] = ()

    def __init__(self, settings: FieldSettings, ports: RadioPorts) -> None:
        self.terminals = MobileDriver(
            ports.link,
            ports.storage.clock,
            tenant=settings.tenant,
            receipt_expiry_s=settings.receipt_expiry_s,
        )
        delivery_service = DeliveryService(settings.escalation.rules(), settings.skills)
        self.bearers = Bearers(self.terminals.network, language=settings.texts_language)
        self.dispatches = Dispatches(
            ports.storage,
            ports.bus,
            self.terminals,
            retry_s=settings.retry_s,
            delivery_service=delivery_service,
            ways=self.bearers.ways,
        )
        self.delivery_service = DeliveryWatch(
            ports.storage, delivery_service, self.bearers, kept_days=settings.escalation.kept_days
        )
        carriers = TerminalThenRadio(self.terminals)
        self.texts = TextTraffic(
            ports.storage, carriers, retry_s=settings.retry_s, kept_days=settings.texts_kept_days
        )
        self.emergencies = EmergencyWatch(
            ports.storage, carriers, answer_within=timedelta(seconds=settings.emergency_answer_s)
        )
        self.emergency_calls = EmergencyCalls(self.emergencies, ports.storage.clock)
        InspectorReports(ports.storage, self.terminals, ports.storage.clock).attach()
        TalkRequests(ports.storage, delivery_service, self.terminals, ports.storage.clock).attach()
        self.words = DriverReports(ports.storage, self.dispatches, self.bearers)
        self.whereabouts = Whereabouts(settings, ports, self.terminals, self.dispatches)
        self.roll_call = PresencePoll(ports.storage, self._presence)
        self._downlink = Downlink(self.dispatches.offer_due, self.texts.offer_due)
        jobs = JobPort(
            self.delivery_service.delivered,
            self.delivery_service.displayed,
            self.delivery_service.failed,
            self.words.heard,
        )
        self.air = carriers.air = AirData(
            ports.storage,
            self.texts,
            self.emergencies,
            self.whereabouts.places,
            wake=self._downlink.wake,
            jobs=jobs,
        )
        self._networks: Sequence[DataNetwork] = ()
        photos = PhotoTickets(
            ports.storage,
            self.terminals,
            per_hour=settings.photos_per_hour,
            mb_per_day=settings.photos_mb_per_day,
        )
        uplink = Uplink(self.dispatches, self._downlink, self.texts, self.emergencies, photos)
        uplink.greet = self.whereabouts.affiliations.tell
        self.terminals.attach(uplink, uplink.network_is_back)
        DispatchConsumer(self.dispatches, self._downlink).attach(ports.bus)
        AnswerConsumer(self._downlink, self.emergencies).attach(ports.bus)
        self._tasks = Tasks("field")

    def attach(
        self, names: Iterable[str], data: Sequence[DataNetwork], listened: Sequence[DataSource] = ()
    ) -> None:
        """Before it starts: the radio networks by name, those that carry texts and positions of radios, and
        those that only report what they hear.
        """
        self.roll_call.watch(names)
        self._networks = data
        self.air.attach(data)
        for source in listened:
            source.attach_data(self.air)
        for network in data:
            self.bearers.attach(network)

    async def start(self) -> None:
        self._tasks.forever("downlink", self._downlink.run)
        self._tasks.forever("emergencies", self.emergencies.run)
        self._tasks.forever("emergency-calls", self.emergency_calls.run)
        self._tasks.forever("texts", self.texts.forget)
        self._tasks.forever("chains", self.delivery_service.run)
        self._tasks.forever("old-chains", self.delivery_service.forget)
        self.whereabouts.start(self._tasks)
        if self.roll_call.watches:
            self._tasks.forever("roll-call", self.roll_call.run)
        if self._networks:
            self._tasks.forever("air-data", self.air.run)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.whereabouts.stop()

    async def _presence(self, unit_id: str, online: bool, bearer: str) -> None:
        await self.dispatches.presence(unit_id, online=online, bearer=bearer)

    def health(self) -> Sequence[Health]:
        found = self.terminals.health()
        return (Health(self.name, found.state, found.why),)


def build(settings: FieldSettings, ports: RadioPorts) -> FieldRadioRoom:
    return FieldRadioRoom(settings, ports)
