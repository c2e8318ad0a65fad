"""Fills the ports of warnings: units in an area, and texts to them; text messages to recipients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.grid.model import CELL_M
from cases.grid.service import CaseGrid
from citizen.messages.model import MessageState
from citizen.messages.warnings import WarningTexts
from core.clock import Clock
from core.storage import Transaction
from core.storage.chunks import chunks
from field.events import TextState
from field.map.store import MapFiles
from field.texts import store as texts
from field.texts.model import MOST_CHARACTERS, UnitText
from field.texts.telling import tell
from field.units import store as units
from field.units.places import store as places
from gateway.wiring.district_outlines import LonLat, districts_within, outlines_of_districts
from warning.area import DistrictsOf, WarningArea
from warning.channels import WarningChannel
from warning.ports import WarningOutcome, WarningText
from warning.recipients.places import KnownPlaces

PLACE_HOLDS: Final = timedelta(hours=24)
"""A unit whose last position is older is nowhere."""
_OUTCOMES: Final = {
    TextState.DELIVERED: WarningOutcome.REACHED,
    TextState.DISPLAYED: WarningOutcome.ACKNOWLEDGED,
    TextState.EXPIRED: WarningOutcome.FAILED,
}


class UnitsInArea:
    """Fills `warning.ports.AudienceChannel` for units: a text is acknowledged when the unit has shown it."""

    channel = WarningChannel.UNITS
    most = MOST_CHARACTERS
    registered = False

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
            seq, until=text.until,
        )  # fmt: skip
        await texts.add(transaction, said)
        await tell(transaction, said)
        return ""

    async def withdraw(self, transaction: Transaction, delivery_ids: Collection[UUID]) -> None:
        for ids in chunks(delivery_ids):
            await texts.end(transaction, ids, transaction.clock.now())

    async def outcomes(
        self, connection: AsyncConnection, delivery_ids: Collection[UUID]
    ) -> Mapping[UUID, WarningOutcome]:
        found: dict[UUID, WarningOutcome] = {}
        for ids in chunks(delivery_ids):
            states = await texts.states_of(connection, ids)
            found |= {
                text_id: _OUTCOMES.get(state, WarningOutcome.UNDER_WAY) for text_id, state in states.items()
            }
        return found


class MessagesOfWarnings:
    """Fills `warning.recipients.texting.RecipientMessages` by the room of citizens, whose link it is."""

    def __init__(self, texts_of: Callable[[], WarningTexts]) -> None:
        self._texts_of = texts_of

    async def send(
        self, transaction: Transaction, message_id: UUID, number: str, words: str, *,
        until: datetime, exercise: bool,
    ) -> str:  # fmt: skip
        sent = self._texts_of()
        return await sent.queue(transaction, message_id, number, words, until, opt_outs=exercise)

    async def withdraw(self, transaction: Transaction, message_ids: Collection[UUID]) -> None:
        for ids in chunks(message_ids):
            await self._texts_of().withdraw(transaction, ids)

    async def outcomes(
        self, connection: AsyncConnection, message_ids: Collection[UUID]
    ) -> Mapping[UUID, WarningOutcome]:
        found: dict[UUID, WarningOutcome] = {}
        for ids in chunks(message_ids):
            states = await self._texts_of().states(connection, ids)
            found |= {message_id: _SMS[state] for message_id, state in states.items()}
        return found


_SMS: Final = {
    MessageState.WAITING: WarningOutcome.UNDER_WAY,
    MessageState.SUBMITTING: WarningOutcome.UNDER_WAY,
    MessageState.SENT: WarningOutcome.UNDER_WAY,
    MessageState.DELIVERED: WarningOutcome.REACHED,
    MessageState.UNDELIVERED: WarningOutcome.FAILED,
    MessageState.REFUSED: WarningOutcome.FAILED,
    MessageState.EXPIRED: WarningOutcome.FAILED,
    MessageState.SUPPRESSED: WarningOutcome.WITHDRAWN,
    MessageState.LIMITED: WarningOutcome.FAILED,
    MessageState.UNKNOWN: WarningOutcome.FAILED,
}
"""Sent is not reached: the SMSC's receipt says that the telephone has it."""


class PlacesOfRecipients:
    """Fills `warning.recipients.texting.PlacesOf`: districts by the desk's map, beats by the grid. Invented
    outlines hold nothing.
    """

    def __init__(self, maps: MapFiles, grid_of: Callable[[], CaseGrid]) -> None:
        self._maps = maps
        self._grid_of = grid_of

    def __call__(self, beats: Collection[str]) -> KnownPlaces:
        grid = self._grid_of()
        outlines = outlines_of_districts(self._maps.districts())
        return KnownPlaces(outlines, {beat: centres(grid, beat) for beat in beats})


def centres(grid: CaseGrid, beat_id: str) -> list[LonLat]:
    """The centres of a beat's measured cells."""
    beat = grid.beats.by_id.get(beat_id)
    index = grid.index
    found = []
    for first, last in () if beat is None else beat.ranges():
        for area in index.areas:
            if area.synthetic or not str(first).startswith(area.code):
                continue
            for at in range(area.index_of(str(first)) or 0, len(area.columns)):
                if not first <= int(area.cell_id(at)) <= last:
                    break
                east, north = ((area.columns[at] + 0.5) * CELL_M, (area.rows[at] + 0.5) * CELL_M)
                found.append(index.degrees(east, north))
    return found


def districts_of_map(maps: MapFiles) -> DistrictsOf:
    """By the outlines of the desk's map as they are when somebody first asks."""
    found: list[DistrictsOf] = []

    def districts(point: LonLat) -> Collection[str]:
        if not found:
            found.append(districts_within(maps.districts()))
        return found[0](point)

    return districts
