"""The register of cameras: imports tables into it, and finds the cameras that see a place.

The register is held in memory; a change by another process is seen within `LOOK_EVERY_S`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from sensing.cameras.index import CameraIndex, SeeingCamera, seeing_camera
from sensing.cameras.model import RegisteredCamera
from sensing.cameras.store import UNASKED, CameraCondition, CameraPosition
from sensing.errors import NoSuchCamera

LOOK_EVERY_S: Final = 10.0
FRESH: Final = timedelta(minutes=2)
"""So long a camera that moves is taken to be where it last said."""
ALARM_SHOWN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class KnownCamera:
    """A camera with its state, where it is now; `metres` to the place that was asked for. `moved_at`: it
    moves, and said then where it is; `alarm_at`: it raised an alarm a short time ago; `link_lost_at`: the
    receiver of its position says nothing since then.
    """

    camera: RegisteredCamera
    condition: CameraCondition
    metres: float | None = None
    moved_at: datetime | None = None
    alarm_at: datetime | None = None
    link_lost_at: datetime | None = None


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
        self.positions: dict[str, CameraPosition] = {}
        """Where each camera that moves was last."""
        self.alarms: dict[str, datetime] = {}
        """The newest alarm of each camera that raised one."""
        self.links_lost: dict[str, datetime] = {}
        """Since when the receiver of the position of a camera that moves says nothing."""

    async def look(self) -> None:
        """Read the register again if it has changed. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            told = await store.positions(connection, self._storage.clock.now() - FRESH)
            for code, one in told.items():
                if code not in self.positions or self.positions[code].at < one.at:
                    self.positions[code] = one
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
        return [self._known(one) for one in found]

    async def one(self, actor: Actor, code: str) -> tuple[KnownCamera, Sequence[CameraCondition]]:
        """The camera, and the changes of its state. Raises `Forbidden`, `NoSuchCamera`, `StorageAway`."""
        rights.SEE_CAMERAS.check(actor)
        camera = self.get(actor, code)
        async with self._storage.read() as connection:
            history = await store.history(connection, code)
        return self._known(camera, history[0] if history else UNASKED), history

    def near(self, actor: Actor, place: Position, limit: int) -> list[KnownCamera]:
        """The nearest cameras that see the place. Raises `Forbidden`."""
        rights.SEE_CAMERAS.check(actor)
        found = islice((one for one in self._seeing(place) if one.camera.is_for(actor)), limit)
        return [self._known(one.camera, metres=round(one.metres, 1)) for one in found]

    def _seeing(self, place: Position) -> list[SeeingCamera]:
        """Those that stand, and those that move where they are now."""
        moved = self._moved()
        found = self.index.seeing(place.lon, place.lat)
        if moved:
            there = (
                seeing_camera(self._as_now(one), place.lon, place.lat) for one in moved.values() if one.in_use
            )
            found = [one for one in found if one.camera.code not in moved]
            found += [one for one in there if one is not None]
            found.sort(key=lambda one: (one.metres, one.camera.code))
        return found

    def _moved(self) -> dict[str, RegisteredCamera]:
        """Cameras of which a fresh position is known."""
        since = self._storage.clock.now() - FRESH
        known = self.index.by_code
        return {
            code: known[code] for code, one in self.positions.items() if one.at >= since and code in known
        }

    def _as_now(self, camera: RegisteredCamera) -> RegisteredCamera:
        last = self.positions.get(camera.code)
        if last is None or last.at < self._storage.clock.now() - FRESH:
            return camera
        return camera.model_copy(update={"lon": last.lon, "lat": last.lat})

    def _known(
        self, camera: RegisteredCamera, condition: CameraCondition | None = None, metres: float | None = None
    ) -> KnownCamera:
        now, code = self._storage.clock.now(), camera.code
        last, alarm = self.positions.get(code), self.alarms.get(code)
        if alarm is not None and now - alarm > ALARM_SHOWN:
            alarm = None
        return KnownCamera(
            self._as_now(camera), condition or self.conditions.get(code, UNASKED), metres,
            None if last is None else last.at, alarm, self.links_lost.get(code),
        )  # fmt: skip

    async def change(
        self,
        actor: Actor,
        action: str,
        plan: Callable[[Mapping[str, RegisteredCamera]], Sequence[RegisteredCamera]],
    ) -> int:
        """Add or change the cameras that `plan` makes of those that are there; audited. How many they are.
        Raises `StorageAway`.
        """
        async with self._importing:
            async with self._storage.write() as transaction:
                present = {one.code: one for one in await store.every(transaction.connection)}
                changed = await asyncio.to_thread(plan, present)
                if changed:
                    await store.put(transaction, changed, self._storage.clock.now())
                    counts = {
                        "added": sum(one.code not in present for one in changed),
                        "changed": sum(one.code in present for one in changed),
                    }
                    await self._audit.record_in(transaction, actor, action, "cameras:register", counts)
            await self.look()
            return len(changed)

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
