"""The role `speech`: the speech room and its link to the broker. It touches no database and no switch."""

from __future__ import annotations

from core.room import ServicePart
from gateway.app import Process
from gateway.descriptors import Descriptors
from gateway.mqtt.link import MqttLink
from gateway.mqtt.speech import SpeechNodeLink, presence
from gateway.settings import Settings
from gateway.web.metrics_server import MetricsServer
from gateway.wiring.early_warning import early_warnings
from gateway.wiring.files import FilesPart
from gateway.wiring.lease import LeasePart
from gateway.wiring.link import LinkPart
from speech.directory import AnnouncedTaps
from speech.room import SpeechPorts, build


def assemble(settings: Settings) -> Process:
    node = settings.speech.node
    link = MqttLink(
        settings.broker("speech"),
        client_id=f"songhua-speech-{node}",
        presence=presence(settings.tenant, node),
    )
    taps = AnnouncedTaps()
    side = SpeechNodeLink(link, node, announced=taps.announce, retired=taps.retire)
    room = build(settings.speech, SpeechPorts(directory=taps, sink=side, board=side))
    parts: list[ServicePart] = [
        LeasePart(settings, "speech"),
        FilesPart(settings, "speech"),
        LinkPart(link),
        room,
    ]
    process = Process("speech", parts)
    parts += [Descriptors(), *early_warnings(process)]
    parts.append(MetricsServer(settings.metrics, "speech", process.health, settings.metrics_tls))
    return process
