"""Fills the ports of change patches: the city's cells, beats and open cases, and inspectors' tasks."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from cases.errors import DraftClosed
from cases.events import VerificationFinding
from cases.grid.service import CaseGrid
from cases.positions.store import numbered
from cases.reports.drafting import draft_of_places
from cases.reports.service import ReportDrafts
from cases.verification.service import VerificationService
from core.actor import Actor
from core.clock import Clock
from core.place import Position
from core.storage import Storage
from sensing.patches.ports import OpenCaseAt, PatchesToLookAt, PatchPlace, PatchTaskAsked


class CityOfGrid:
    """Fills `sensing.patches.ports.CityOfPatches`."""

    def __init__(self, storage: Storage, grid: CaseGrid) -> None:
        self._storage = storage
        self._grid = grid

    @property
    def has_cells(self) -> bool:
        return bool(self._grid.index.areas)

    def place_at(self, lon: float, lat: float) -> PatchPlace | None:
        found = self._grid.at(Position.model_construct(lon=lon, lat=lat, accuracy_m=1.0))
        if found is None:
            return None
        beat = found.beat
        return PatchPlace(
            found.district,
            found.cell,
            "" if beat is None else beat.beat_id,
            "" if beat is None else beat.name_zh,
        )

    async def open_cases(self) -> Collection[OpenCaseAt]:
        async with self._storage.read() as connection:
            found = await numbered(connection)
        return [OpenCaseAt(one.case_id, one.number, one.position.lon, one.position.lat) for one in found]


class TasksOfPatches:
    """Fills `sensing.patches.ports.PatchVerifications`."""

    def __init__(self, tasks: VerificationService, reports: ReportDrafts, clock: Clock) -> None:
        self._tasks = tasks
        self._reports = reports
        self._clock = clock

    async def ask(self, actor: Actor, wanted: PatchesToLookAt, *, op_id: UUID) -> PatchTaskAsked | None:
        draft = draft_of_places(
            wanted.draft_id, self._clock.now(), wanted.place, wanted.words, wanted.position
        )
        try:
            task = await self._tasks.ask_of_places(draft, op_id=op_id, actor=actor, words="")
        except DraftClosed:
            return None
        await self._reports.added(wanted.draft_id)
        return PatchTaskAsked(task.task_id, task.unit_id, task.unit_name, task.state)

    async def answer(self, task_id: UUID) -> tuple[VerificationFinding, str] | None:
        answer = (await self._tasks.get(task_id)).answer
        return None if answer is None else (answer.finding, answer.text)
