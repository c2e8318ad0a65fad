"""The role `radio`: the room of field units, fed by the centre's dispatches over the broker."""

from __future__ import annotations

from cases.events import DispatchQueued, DispatchRecalled, DispatchShared
from gateway.app import Part, Process
from gateway.bus import LocalBus
from gateway.mqtt.intake import Intake
from gateway.mqtt.mirror import Mirror
from gateway.settings import Settings
from gateway.web.figures import FiguresServer
from gateway.wiring.floor import RadioFloor
from gateway.wiring.link import LinkPart, Relays, role_link
from gateway.wiring.storage import StoragePart, open_storage
from radio_bridge.events import (
    DeliveryChanged,
    DispatchOverdue,
    EmergencyChanged,
    JobSent,
    NetworkChanged,
    TalkgroupChanged,
    TextChanged,
    UnitChanged,
    UnitPretended,
    UnitReported,
    UnitsMoved,
    UnitUnreachable,
)
from radio_bridge.ports import RadioPorts
from radio_bridge.room import build

SHARED = (
    UnitReported, JobSent, UnitUnreachable, TextChanged, EmergencyChanged, UnitPretended, DeliveryChanged,
    DispatchOverdue,
)  # fmt: skip


def assemble(settings: Settings) -> Process:
    storage = open_storage(settings, "radio", SHARED)
    bus = LocalBus()
    link = role_link(settings, "radio")
    intake = Intake(link, storage, deliver=bus.deliver, show=bus.publish)
    intake.take(
        "centre",
        (
            DispatchQueued, DispatchRecalled, DispatchShared, TextChanged, EmergencyChanged, TalkgroupChanged,
        ),
    )  # fmt: skip
    mirror = Mirror(link, role="radio")
    bus.subscribe(UnitChanged, mirror.publish, name="mirror")
    bus.subscribe(UnitsMoved, mirror.publish, name="mirror.places")
    bus.subscribe(NetworkChanged, mirror.publish, name="mirror.networks")
    room = build(
        settings.radio.model_copy(update={"tenant": settings.tenant}),
        RadioPorts(storage=storage, bus=bus, link=link),
    )
    floor = RadioFloor(settings, storage, bus, room.networks.floors, room.emergency_calls)
    room.networks.attach(floor.sound.floor, floor.sound.ears)
    parts: list[Part] = [
        StoragePart(storage),
        bus,
        Relays(storage, bus, link, "radio"),
        intake,
        mirror,
        room,
        floor,
        room.networks,
        LinkPart(link),
    ]
    process = Process("radio", parts)
    parts.append(FiguresServer(settings.metrics, "radio", process.health))
    return process
