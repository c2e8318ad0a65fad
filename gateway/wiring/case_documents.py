"""Fills the source of a case's document: words of calls, photos, and the names of people and units."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.assignments.store import names_of_departments
from cases.document.model import CallExtract, CasePicture, SpokenLine
from core.actor import Actor
from core.errors import Forbidden, SonghuaError
from core.storage import Storage
from field.photos.centre.service import Photos
from field.units.store import names_of as names_of_units
from gateway.wiring.cameras import PairsOfCameras
from identity.store import names_of as names_of_people
from sensing.cameras.store import names_of as names_of_cameras

Transcript = Callable[[Actor, UUID], Awaitable[Mapping[str, Any]]]
"""`{segments, gaps}` of a call, after rights and audit; `cdr.service.LedgerService.transcript`."""
_UNIT = "unit:"
_DEPARTMENT = "department:"
_CAMERA = "camera:"


class DocumentsOfCases:
    """Fills `cases.document.ports.DocumentSource`. The photos are made after the cases are."""

    def __init__(self, storage: Storage, transcript: Transcript, photos: Callable[[], Photos]) -> None:
        self._storage = storage
        self._transcript = transcript
        self._photos = photos

    async def extracts(
        self, actor: Actor, call_ids: Sequence[UUID], most_lines: int
    ) -> Sequence[CallExtract]:
        out = []
        for call_id in call_ids:
            try:
                said = (await self._transcript(actor, call_id))["segments"]
            except Forbidden:
                # Of a queue that is not the reader's: the timeline still names the call.
                continue
            lines = [
                SpokenLine(datetime.fromisoformat(one["started_at"]), one["speaker"], one["text"])
                for one in said[:most_lines]
            ]
            out.append(CallExtract(call_id, lines, max(0, len(said) - most_lines)))
        return out

    async def pictures(self, actor: Actor, photo_ids: Sequence[UUID]) -> Sequence[CasePicture]:
        out = []
        for photo_id in photo_ids:
            try:
                photo, data = await self._photos().look(actor, photo_id)
            except SonghuaError:
                # Erased since, of another district, or its file is gone: the timeline still names it.
                continue
            out.append(CasePicture(photo_id, photo.by, photo.taken_at, data))
        return out

    async def pair(self, case_id: UUID) -> tuple[UUID, UUID] | None:
        pair = await PairsOfCameras(self._storage).of_case(case_id)
        return None if pair is None else (pair.before.photo_id, pair.after.photo_id)

    async def names(self, ids: Collection[str]) -> Mapping[str, str]:
        of_units = [one.removeprefix(_UNIT) for one in ids if one.startswith(_UNIT)]
        async with self._storage.read() as connection:
            found = await names_of_people(connection, ids)
            departments = await names_of_departments(
                connection, [one.removeprefix(_DEPARTMENT) for one in ids if one.startswith(_DEPARTMENT)]
            )
            crews = await names_of_units(connection, of_units)
            cameras = await names_of_cameras(
                connection, [one.removeprefix(_CAMERA) for one in ids if one.startswith(_CAMERA)]
            )
        found |= {f"{_DEPARTMENT}{one}": name for one, name in departments.items()}
        found |= {f"{_UNIT}{unit_id}": name for unit_id, name in crews.items()}
        found |= {f"{_CAMERA}{code}": name for code, name in cameras.items()}
        return found
