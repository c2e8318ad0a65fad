"""The grid in use: built by an operator, stored in versions, kept in memory; and the beat of each cell."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from cases.area_class import AreaClass
from cases.beats.model import Beat, BeatIndex
from cases.grid import store
from cases.grid.build import AreaOutline, build
from cases.grid.index import GridIndex
from cases.grid.model import GridArea, GridVersion
from cases.life.model import Case
from cases.life.position import ReportPosition
from core.actor import Actor
from core.audit import TransactionAudit
from core.place import Position
from core.storage import Storage

LOOK_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class GridPlace:
    """Cell of a point, and what follows from it. `street` and `beat` are empty where not known."""

    cell: str
    district: str
    street: str = ""
    beat: Beat | None = None


class CaseGrid:
    """The cells and beats that cases are given. Changes of other processes are found by polling.

    `area_class` is the class of the area of a place whose beat has none.
    """

    def __init__(self, storage: Storage, *, area_class: AreaClass | None = None) -> None:
        self._storage = storage
        self._area_class = area_class
        self._looking = asyncio.Lock()
        self.version = 0
        self.index = GridIndex()
        self.beats = BeatIndex()
        self._without_beat: dict[str, int] = {}

    def use(self, beats: Collection[Beat]) -> None:
        """These beats from now on."""
        self.beats = BeatIndex(tuple(beats))
        self._without_beat.clear()

    def without_beat(self, code: str) -> int:
        """Cells of an area that belong to no beat. The first time it takes a while."""
        if code not in self._without_beat:
            areas = [one for one in self.index.areas if one.code == code]
            self._without_beat[code] = sum(
                self.beats.of(area.cell_id(index)) is None
                for area in areas
                for index in range(len(area.columns))
            )
        return self._without_beat[code]

    def at(self, position: Position, *, invented: bool = False) -> GridPlace | None:
        """None outside of the grid. An invented position lies in no cell of a measured outline."""
        cell = self.index.at(position)
        if cell is None or (invented and not cell.synthetic):
            return None
        return GridPlace(cell.cell_id, cell.district, cell.street, self.beats.of(cell.cell_id))

    def beat_of(self, cell: str | None, found: ReportPosition | None) -> Beat | None:
        """The beat that `placed` gives a case with that cell and position."""
        if cell:
            return self.beats.of(cell) if cell.isdecimal() else None
        there = None if found is None else self.at(found.position, invented=found.invented)
        return None if there is None else there.beat

    def area_class(self, beat: Beat | None) -> AreaClass | None:
        """The class of the area of a place in that beat, or in none."""
        return self._area_class if beat is None else beat.area_class or self._area_class

    def area_class_now(self, case: Case) -> AreaClass | None:
        """The class by the beats as they are now: of the case's cell, else of the beat that it was given."""
        of_cell = self.beats.of(case.cell) if case.cell and case.cell.isdecimal() else None
        return self.area_class(of_cell or self.beats.by_id.get(case.beat or ""))

    def placed(self, case: Case, found: ReportPosition | None) -> Case:
        """The case with cell, beat and class of area of its position. A cell that it has, as from a person or
        the part register, stays; district and street stay too, unless nobody knows them.
        """
        there = None if found is None else self.at(found.position, invented=found.invented)
        if there is None:
            beat = self.beats.of(case.cell) if case.cell and case.cell.isdecimal() else None
            return replace(
                case, beat=None if beat is None else beat.beat_id, area_class=self.area_class(beat)
            )
        cell = case.cell or there.cell
        beat = there.beat if cell == there.cell or not cell.isdecimal() else self.beats.of(cell)
        return replace(
            case,
            cell=cell,
            beat=None if beat is None else beat.beat_id,
            area_class=self.area_class(beat),
            district=case.district or there.district,
            subdistrict=case.subdistrict or there.street or None,
        )

    async def look(self) -> None:
        """Use the newest version. Raises `StorageAway`."""
        async with self._looking:
            async with self._storage.read() as connection:
                number = await store.newest(connection)
                bodies = [] if number == self.version else await store.bodies(connection, number)
            if number != self.version:
                self.index = await asyncio.to_thread(_index, bodies)
                self.version = number
                self._without_beat.clear()

    async def versions(self) -> list[GridVersion]:
        """The newest first. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            return await store.versions(connection)


class GridBuilder:
    """Makes a new version: for a command."""

    def __init__(self, storage: Storage, audit: TransactionAudit) -> None:
        self._storage = storage
        self._audit = audit

    async def build(
        self, actor: Actor, outlines: Collection[AreaOutline], *, source: str, write: bool = True
    ) -> tuple[list[GridArea], GridVersion | None]:
        """The cells of these outlines, beside those of other areas in the version before: an area that lies
        in one of them, or around it, goes, and so does an invented one once there is a measured one. Without
        `write` nothing is stored. Raises `GridUnreadable`, `StorageAway`.
        """
        areas = await asyncio.to_thread(build, list(outlines))
        if not write:
            return areas, None
        packed = await asyncio.to_thread(lambda: [(area, store.packed(area)) for area in areas])
        async with self._storage.write() as transaction:
            connection = transaction.connection
            before = await store.bodies(connection, await store.newest(connection))
            kept = [
                (area, body) for body in before for area in (store.unpacked(body),) if _stays(area, areas)
            ]
            made = await store.add(
                connection, [*kept, *packed], by=actor.id, at=self._storage.clock.now(), source=source
            )
            await self._audit.record_in(
                transaction, actor, "grid.build", f"grid:{made.number}",
                {"source": source, "areas": [area.code for area in areas], "cells": made.cells},
            )  # fmt: skip
        return areas, made


def _stays(area: GridArea, new: Collection[GridArea]) -> bool:
    if area.synthetic and any(not one.synthetic for one in new):
        return False
    return not any(area.code.startswith(one.code) or one.code.startswith(area.code) for one in new)


def _index(bodies: list[bytes]) -> GridIndex:
    return GridIndex([store.unpacked(body) for body in bodies])
