"""The broker's side of the role `centre`: the link, what comes in over it, and the other roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.events import Event
from core.room import ServicePart
from core.storage import OutboxRelay, Storage
from field.events import (
    DeliveryChanged,
    DispatchOverdue,
    EmergencyChanged,
    InspectorReported,
    JobSent,
    TextChanged,
    UnitChanged,
    UnitPretended,
    UnitReported,
    UnitsMoved,
    UnitUnreachable,
)
from gateway.bus import LocalBus
from gateway.mqtt.consumer import EventConsumer
from gateway.mqtt.link import MqttLink
from gateway.mqtt.speech import SpeechCentreLink
from gateway.settings import Settings
from gateway.wiring.link import LinkPart, Neighbours, Relays, role_link
from radio_bridge.events import NetworkChanged, RadioCallWanted
from radio_bridge.transmissions.events import TransmissionEnded
from speech.events import TranscriptSegment

FROM_RADIO = (
    UnitReported, InspectorReported, JobSent, UnitUnreachable, UnitChanged, TextChanged, EmergencyChanged,
    UnitsMoved, UnitPretended, NetworkChanged, DeliveryChanged, DispatchOverdue, RadioCallWanted,
    TransmissionEnded,
)  # fmt: skip
"""Events that the role `radio` sends."""
SHOWN = (UnitChanged, UnitsMoved, NetworkChanged)
"""Those that desks of every switch show; the others are acted upon, by the centre that leads alone."""


class BrokerSide:
    """`link` and `speech` are what rooms are wired to; everything that listens is made before `parts` start.
    `admit` says whether words that come in are taken.

    `city` is the link of what one centre does for the city: units' pages, talkgroups, crews. Where another
    centre leads it is never connected, and who asks for it is told that the broker is away.
    """

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        bus: LocalBus,
        admit: Callable[[TranscriptSegment], Event | None],
    ) -> None:
        self.link = role_link(settings, "centre")
        self._consumer = EventConsumer(self.link, storage, deliver=bus.deliver, show=bus.publish)
        leads = settings.switch.leads
        self.city = self.link if leads else MqttLink(settings.broker("centre"), client_id="songhua-no-city")
        self._consumer.take("radio", FROM_RADIO if leads else SHOWN)
        self.speech = SpeechCentreLink(
            self.link, deliver=bus.deliver, show=bus.publish, admit=admit, nodes=settings.switch.speech_nodes
        )
        self._neighbours = Neighbours(self.link, ("radio",))
        self._settings, self._storage, self._bus = settings.storage, storage, bus

    def parts(self, *beside: OutboxRelay) -> Sequence[ServicePart]:
        """In the order of the start: the link last. `beside` runs with the relay of events."""
        relays = Relays(self._settings, self._storage, self._bus, self.link, "centre", beside=beside)
        return (relays, self._consumer, self._neighbours, self.speech, LinkPart(self.link))
