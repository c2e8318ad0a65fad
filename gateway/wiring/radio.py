"""The role `radio`: the room of field units, fed by the centre's dispatches over the broker."""

from __future__ import annotations

from cases.events import (
    DispatchQueued,
    DispatchRecalled,
    DispatchShared,
    VerificationAsked,
    VerificationChanged,
)
from core.room import ServicePart
from field.events import (
    DeliveryChanged,
    DispatchOverdue,
    EmergencyChanged,
    InspectorReported,
    JobSent,
    TalkgroupChanged,
    TextChanged,
    UnitChanged,
    UnitPretended,
    UnitReported,
    UnitsMoved,
    UnitUnreachable,
)
from field.ports import RadioPorts
from field.radio.room import build
from gateway.app import Process
from gateway.bus import LocalBus
from gateway.descriptors import Descriptors
from gateway.mqtt.consumer import EventConsumer
from gateway.mqtt.link import MqttLink
from gateway.mqtt.mirror import Mirror
from gateway.mqtt.settings import BrokerSettings
from gateway.settings import Settings
from gateway.web.metrics_server import MetricsServer
from gateway.wiring.early_warning import early_warnings
from gateway.wiring.files import FilesPart
from gateway.wiring.lease import LeasePart
from gateway.wiring.link import LinkPart, Relays, role_link
from gateway.wiring.radio_floor import RadioFloor
from gateway.wiring.storage import StoragePart, open_storage
from radio_bridge.events import NetworkChanged, RadioCallWanted
from radio_bridge.networks.service import NetworkService
from radio_bridge.ports import NetworkPorts
from radio_bridge.transmissions.events import TransmissionEnded

SHARED = (
    UnitReported, InspectorReported, JobSent, UnitUnreachable, TextChanged, EmergencyChanged, UnitPretended,
    DeliveryChanged, DispatchOverdue, TransmissionEnded,
)  # fmt: skip


class RecorderPart:
    """The link to a trunk-recorder's broker; how it is, its driver says."""

    name = "recorder"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.radio.trunk_recorder.broker
        self._links: list[MqttLink] = []

    def link(self) -> MqttLink:
        """A new link, before the start; what the recorder says while it is away is of no use later."""
        broker = BrokerSettings.model_validate({**self._settings.model_dump(), "session_expiry_s": 0})
        self._links.append(MqttLink(broker, client_id="songhua-recorder"))
        return self._links[-1]

    async def start(self) -> None:
        for link in self._links:
            await link.start()

    async def stop(self) -> None:
        for link in self._links:
            await link.stop()


def assemble(settings: Settings) -> Process:
    storage = open_storage(settings, "radio", SHARED)
    bus = LocalBus()
    link = role_link(settings, "radio")
    recorder = RecorderPart(settings)
    consumer = EventConsumer(link, storage, deliver=bus.deliver, show=bus.publish)
    consumer.take(
        "centre",
        (
            DispatchQueued, DispatchRecalled, DispatchShared, VerificationAsked, VerificationChanged,
            TextChanged, EmergencyChanged, TalkgroupChanged,
        ),
    )  # fmt: skip
    mirror = Mirror(link, role="radio")
    bus.subscribe(UnitChanged, mirror.publish, name="mirror")
    bus.subscribe(UnitsMoved, mirror.publish, name="mirror.places")
    bus.subscribe(NetworkChanged, mirror.publish, name="mirror.networks")
    bus.subscribe(RadioCallWanted, mirror.publish, name="mirror.radio-calls")
    room = build(
        settings.field.model_copy(update={"tenant": settings.tenant}),
        RadioPorts(storage=storage, bus=bus, link=link),
    )
    networks = NetworkService(
        settings.radio, NetworkPorts(bus, storage.clock, room.roll_call, room.terminals, recorder.link)
    )
    room.attach(networks.floors, networks.data, networks.listened)
    floor = RadioFloor(settings, storage, bus, networks.floors, room.emergency_calls)
    networks.attach(floor.sound.floor, floor.sound.ears)
    lease = LeasePart(settings, "radio")
    if settings.radio.standby:
        link.on_taken_over = lease.taken_over
    parts: list[ServicePart] = [
        lease,
        FilesPart(settings, "radio"),
        StoragePart(storage),
        bus,
        Relays(settings.storage, storage, bus, link, "radio"),
        consumer,
        mirror,
        room,
        floor,
        networks,
        LinkPart(link),
        recorder,
    ]
    process = Process("radio", parts, turn=lease.turn if settings.radio.standby else None)
    parts += [Descriptors(), *early_warnings(process)]
    parts.append(MetricsServer(settings.metrics, "radio", process.health, settings.metrics_tls))
    return process
