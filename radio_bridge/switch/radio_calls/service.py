"""Places each call that the role `radio` requests at most once; the role requests another when none comes."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Final
from uuid import UUID

from core.bus import Bus
from core.clock import Clock
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter
from radio_bridge.events import RadioCallWanted
from radio_bridge.switch.radio_calls.ports import RadioCallSwitch

_log = logger("radio_bridge")
_calls = counter("radio_bridge_radio_calls", "Calls to the SIP side of radio systems", ["fate"])

FRESH: Final = timedelta(seconds=5)
"""A wish that the broker has kept for longer is not one any more."""
REMEMBERED: Final = 1000


class RadioCalls:
    """Make it before the bus starts: it subscribes."""

    def __init__(self, bus: Bus, switch: RadioCallSwitch, clock: Clock) -> None:
        self._switch = switch
        self._clock = clock
        self._made: deque[UUID] = deque(maxlen=REMEMBERED)
        bus.subscribe(RadioCallWanted, self.on_wanted, name="radio_bridge.switch.radio_calls")

    async def on_wanted(self, wanted: RadioCallWanted) -> None:
        if wanted.leg in self._made:
            return
        self._made.append(wanted.leg)
        if abs(self._clock.now() - wanted.at) > FRESH:
            _calls.labels("late").inc()
            return
        try:
            if wanted.instead_of is not None:
                await self._switch.end(wanted.instead_of)
            await self._switch.call(
                wanted.endpoint, wanted.user, host=wanted.host, port=wanted.port, leg=wanted.leg
            )
        except SonghuaError as error:
            _calls.labels("failed").inc()
            _log.warning("a talkgroup was not called", talkgroup=wanted.talkgroup, error=error.kind)
        else:
            _calls.labels("made").inc()
