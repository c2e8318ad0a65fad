"""The OwnTracks apps over MQTT: their topics and JSON on one side, positions and presence on the other.

An app is a second bearer of its unit. What is malformed, or of a device that was not enrolled, is counted and
dropped; the broker's rights keep each device to its own topic.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from core.clock import Clock
from core.link import BrokerLink, BrokerMessage
from core.log import logger
from core.malformed import Malformed
from core.metrics import counter
from field.units.places.radio.service import PositionService
from field.units.radio import owntracks
from field.units.radio.owntracks import BEARER

_log = logger("field")
_taken = counter("field_owntracks", "Messages of location apps by what became of them", ["fate"])

MOST_THERE = 20_000


class OwnTracks:
    """`presence(unit, online)` returns after commit. Make before the link starts: it subscribes."""

    def __init__(
        self,
        link: BrokerLink,
        places: PositionService,
        clock: Clock,
        presence: Callable[[str, bool], Awaitable[None]],
    ) -> None:
        self._places = places
        self._clock = clock
        self._presence = presence
        self._there: set[str] = set()
        for topic_filter in owntracks.FILTERS:
            link.subscribe(topic_filter, self.on_message, name=f"owntracks.{topic_filter.count('/')}")

    async def on_message(self, message: BrokerMessage) -> None:
        """Returns when the message may be acknowledged."""
        try:
            address = owntracks.parse(message.topic)
            said = owntracks.decode(message.payload)
        except Malformed as error:
            _taken.labels("malformed").inc()
            _log.warning("location app's message dropped", why=str(error))
            return
        # The broker's stored copy says where the device was, not that it is there.
        fresh = not message.retained
        if said is None:
            _taken.labels("not_ours").inc()
        elif isinstance(said, owntracks.AppWill):
            _taken.labels("will").inc()
            if fresh:
                await self._went(address.unit_id)
        else:
            _taken.labels("position").inc()
            fix = owntracks.fix_of(said, address.device, self._clock.now())
            if fix is not None:
                self._places.take(address.unit_id, fix, fresh=fresh)
            if fresh:
                await self._came(address.unit_id)

    async def _came(self, unit_id: str) -> None:
        if unit_id in self._there:
            return
        await self._presence(unit_id, True)
        if len(self._there) < MOST_THERE:
            self._there.add(unit_id)

    async def _went(self, unit_id: str) -> None:
        self._there.discard(unit_id)
        await self._presence(unit_id, False)


__all__ = ["BEARER", "OwnTracks"]
