"""The register of cameras: imports tables into it, and finds the cameras that see a place.

The register is held in memory; a change by another process is seen within `LOOK_EVERY_S`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.audit import TransactionAudit
from core.csv_table import CsvTable, TableReport, report
from core.place import Position
from core.storage import Storage, Transaction
from sensing import rights
from sensing.cameras import store
from sensing.cameras.importer import check_cameras, read_cameras
from sensing.cameras.index import CameraIndex
from sensing.cameras.model import RegisteredCamera
from sensing.cameras.store import UNASKED, CameraCondition
from sensing.errors import NoSuchCamera

LOOK_EVERY_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class KnownCamera:
    """A camera with its state; `metres` to the place that was asked for."""

    camera: RegisteredCamera
    condition: CameraCondition
    metres: float | None = None


class CameraRegister:
    """Cameras of the city. `accounts` are the names of those in the settings."""

    def __init__(self, storage: Storage, audit: TransactionAudit, accounts: Collection[str] = ()) -> None:
        self._storage = storage
        self._audit = audit
        self._accounts = accounts
        self._importing = asyncio.Lock()
        self._revision: tuple[int, datetime | None] | None = None
        self.index = CameraIndex()
        self.conditions: dict[str, CameraCondition] = {}
        """Whether each camera answers; who asks them (`sensing.health`) keeps it."""

    async def look(self) -> None:
        """Read the register again if it has changed. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            revision = await store.revision(connection)
            if revision == self._revision:
                return
            rows = await store.every(connection)
            if self._revision is None:
                self.conditions = await store.conditions(connection)
        self.index = await asyncio.to_thread(CameraIndex, rows)
        self._revision = revision

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await self._storage.clock.sleep(LOOK_EVERY_S)

    def get(self, actor: Actor, code: str) -> RegisteredCamera:
        """A camera that this person may look through. Raises `NoSuchCamera`."""
        found = self.index.by_code.get(code)
        if found is None or not found.is_for(actor):
            raise NoSuchCamera(remedy="see songhua cameras list")
        return found

    def listed(self, actor: Actor) -> list[KnownCamera]:
        """All that are for this person, by code. Raises `Forbidden`."""
        rights.SEE_CAMERAS.check(actor)
        found = (one for one in self.index.by_code.values() if one.is_for(actor))
        return [KnownCamera(one, self.conditions.get(one.code, UNASKED)) for one in found]

    async def one(self, actor: Actor, code: str) -> tuple[KnownCamera, Sequence[CameraCondition]]:
        """The camera, and the changes of its state. Raises `Forbidden`, `NoSuchCamera`, `StorageAway`."""
        rights.SEE_CAMERAS.check(actor)
        camera = self.get(actor, code)
        async with self._storage.read() as connection:
            history = await store.history(connection, code)
        return KnownCamera(camera, history[0] if history else UNASKED), history

    def near(self, actor: Actor, place: Position, limit: int) -> list[KnownCamera]:
        """The nearest cameras that see the place. Raises `Forbidden`."""
        rights.SEE_CAMERAS.check(actor)
        seeing = self.index.seeing(place.lon, place.lat)
        found = islice((one for one in seeing if one.camera.is_for(actor)), limit)
        return [
            KnownCamera(one.camera, self.conditions.get(one.camera.code, UNASKED), round(one.metres, 1))
            for one in found
        ]

    def lets_see(self, actor: Actor, code: str) -> bool:
        """Whether what this camera took is for this person; also of one that the register no longer has."""
        camera = self.index.by_code.get(code)
        return camera is None or camera.is_for(actor)

    async def import_table(self, actor: Actor, data: bytes, *, op_id: UUID | None) -> TableReport:
        """What each line does; with `op_id` it is done, unless a line is refused: then nothing is. Cameras
        that the file does not name stay. Raises `Forbidden`, `TableUnreadable`, `StorageAway`.
        """
        rights.IMPORT_CAMERAS.check(actor)
        async with self._importing:
            table = await asyncio.to_thread(read_cameras, data)
            if op_id is None:
                async with self._storage.read() as connection:
                    present = {one.code: one for one in await store.every(connection)}
                return (await asyncio.to_thread(self._checked, table, present))[0]
            async with self._storage.write() as transaction:
                done = await self._import(transaction, actor, table, op_id)
            await self.look()
            return done

    async def _import(
        self, transaction: Transaction, actor: Actor, table: CsvTable, op_id: UUID
    ) -> TableReport:
        now = self._storage.clock.now()
        present = {one.code: one for one in await store.every(transaction.connection)}
        told, changed = await asyncio.to_thread(self._checked, table, present)
        if told.refused:
            return told
        done = told.model_copy(update={"applied": True})
        if not await store.first_time(transaction, op_id, now):
            return done
        if changed:
            await store.put(transaction, changed, now)
        counts = {"added": told.added, "changed": told.changed, "same": told.same}
        await self._audit.record_in(transaction, actor, "cameras.import", "cameras:register", counts)
        return done

    def _checked(
        self, table: CsvTable, present: Mapping[str, RegisteredCamera]
    ) -> tuple[TableReport, list[RegisteredCamera]]:
        """The report, and the cameras that are new or other than they were. Takes its time."""
        lines = check_cameras(table, present, self._accounts)
        told = report(table, [line.report for line in lines], applied=False)
        changed = [one.camera for one in lines if one.camera is not None and one.report.act != "same"]
        return told, changed
