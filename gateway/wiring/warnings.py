"""Fills the ports of warnings: units in an area, and texts to them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.clock import Clock
from core.storage import Transaction
from field.events import TextState
from field.map.store import MapFiles
from field.texts import store as texts
from field.texts.model import MOST_CHARACTERS, UnitText
from field.texts.telling import tell
from field.units import store as units
from field.units.places import store as places
from gateway.wiring.district_outlines import LonLat, districts_within
from warning.area import DistrictsOf, WarningArea
from warning.channels import WarningChannel
from warning.ports import WarningOutcome, WarningText

PLACE_HOLDS: Final = timedelta(hours=24)
"""A unit whose last position is older is nowhere."""
_CHUNK: Final = 500
_OUTCOMES: Final = {
    TextState.DELIVERED: WarningOutcome.REACHED,
    TextState.DISPLAYED: WarningOutcome.ACKNOWLEDGED,
    TextState.EXPIRED: WarningOutcome.REFUSED,
}


class UnitsInArea:
    """Fills `warning.ports.AudienceChannel` for units: a text is acknowledged when the unit has shown it."""

    channel = WarningChannel.UNITS
    most = MOST_CHARACTERS

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def within(
        self, connection: AsyncConnection, area: WarningArea, districts_of: DistrictsOf
    ) -> Sequence[str]:
        known = await places.all_places(connection)
        after = self._clock.now() - PLACE_HOLDS
        there = {unit_id: (at.fix.lon, at.fix.lat) for unit_id, at in known.items() if at.measured_at > after}
        # In a thread: an area may have thousands of points, and the loop carries calls.
        return await asyncio.to_thread(
            lambda: [unit_id for unit_id, point in there.items() if area.holds(point, districts_of)]
        )

    async def tell(self, transaction: Transaction, text: WarningText) -> str:
        unit = await units.find(transaction.connection, text.address)
        if unit is None or unit.revoked_at is not None:
            return "no such unit"
        now = transaction.clock.now()
        seq = await units.next_seq(transaction, text.address)
        said = UnitText(
            text.delivery_id, text.address, "down", TextState.QUEUED, text.words, text.by, text.by, now, now,
            seq,
        )  # fmt: skip
        await texts.add(transaction, said)
        await tell(transaction, said)
        return ""

    async def outcomes(
        self, connection: AsyncConnection, delivery_ids: Collection[UUID]
    ) -> Mapping[UUID, WarningOutcome]:
        ids = list(delivery_ids)
        found: dict[UUID, WarningOutcome] = {}
        for start in range(0, len(ids), _CHUNK):
            states = await texts.states_of(connection, ids[start : start + _CHUNK])
            found |= {
                text_id: _OUTCOMES.get(state, WarningOutcome.UNDER_WAY) for text_id, state in states.items()
            }
        return found


def districts_of_map(maps: MapFiles) -> DistrictsOf:
    """By the outlines of the desk's map as they are when somebody first asks."""
    found: list[DistrictsOf] = []

    def districts(point: LonLat) -> Collection[str]:
        if not found:
            found.append(districts_within(maps.districts()))
        return found[0](point)

    return districts
