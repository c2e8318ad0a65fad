"""Emergency calls of crews: who presses for emergency talk is in an emergency, and the centre is told.

The floor does not wait for the database: a press is handed over here, and kept as soon as that is there.
"""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID, uuid5

from core.clock import Clock
from core.errors import Unavailable
from core.log import logger
from core.metrics import counter
from field.contract.names import is_unit
from field.emergency.model import EmergencyReceived
from field.emergency.radio.watch import EmergencyWatch

_log = logger("field")
_presses = counter("field_emergency_presses", "Presses for emergency talk, by what came of them", ["fate"])

MOST_WAITING: Final = 1_000
AGAIN_S: Final = 1.0
_NAMES: Final = UUID("8c1f0f5e-2f47-5a0d-9d43-6f6f5b1d0a33")


class EmergencyCalls:
    """Implements `radio_bridge.floor.ports.EmergencyPresses`; `run` keeps what was pressed."""

    def __init__(self, watch: EmergencyWatch, clock: Clock) -> None:
        self._watch = watch
        self._clock = clock
        self._waiting: asyncio.Queue[EmergencyReceived] = asyncio.Queue(MOST_WAITING)

    def pressed(self, group: str, party: str, request_id: UUID) -> None:
        """Desks and telephones are in no emergency. Beyond `MOST_WAITING` a press is counted and dropped."""
        if not is_unit(party):
            return
        now = self._clock.now()
        call = EmergencyReceived(
            uuid5(_NAMES, f"{party} {request_id}"), party, now, now, kind="call", talkgroup=group
        )
        try:
            self._waiting.put_nowait(call)
        except asyncio.QueueFull:
            _presses.labels("too_many").inc()
            _log.error("an emergency call was not kept: too many wait", unit=party)

    async def run(self) -> None:
        """Until cancelled. While the database is away, they wait in their order."""
        while True:
            call = await self._waiting.get()
            while not await self._is_kept(call):
                await self._clock.sleep(AGAIN_S)

    async def _is_kept(self, call: EmergencyReceived) -> bool:
        try:
            kept = await self._watch.keep(call)
        except Unavailable as error:
            _log.warning("an emergency call waits for the database", unit=call.unit_id, error=error.kind)
            return False
        _presses.labels("again" if kept is None else "kept").inc()
        return True
