"""Searches the part register, imports tables into it, and finds the part whose number somebody read."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.catalogue.model import Catalogues
from cases.drafting.model import Draft, FieldName
from cases.errors import NoSuchPart
from cases.events import PartView
from cases.grid.service import CaseGrid
from cases.operations import claim
from cases.parts import store
from cases.parts.importer import asked_ids, check_parts, read_parts
from cases.parts.model import PartSearch, RegisteredPart, label_key
from core.actor import Actor
from core.audit import TransactionAudit
from core.csv_table import CsvTable, TableReport, report
from core.ids import uuid7
from core.place import Position
from core.storage import Storage, Transaction

MOST_OFFERED: Final = 5
ROUND_M: Final = 300.0
"""Around a measured position a number without its letters is enough."""
LEAST_DIGITS: Final = 3
COUNTED_FOR_S: Final = 60.0


class PartRegister:
    """Parts of the city. `grid` gives those a cell that come without one."""

    def __init__(
        self, storage: Storage, catalogues: Catalogues, grid: CaseGrid, audit: TransactionAudit
    ) -> None:
        self._storage = storage
        self._catalogue = catalogues.default
        self._grid = grid
        self._audit = audit
        self._importing = asyncio.Lock()
        self._counted: tuple[float, int] | None = None
        """Until when a count holds, and the count."""

    async def find(self, wanted: PartSearch) -> list[PartView]:
        """Raises `StorageAway`."""
        async with self._storage.read() as connection:
            found = await store.find(connection, wanted)
        return [self.view(part, metres) for part, metres in found]

    async def get(self, part_id: str) -> PartView:
        """Raises `NoSuchPart`, `StorageAway`."""
        async with self._storage.read() as connection:
            part = await store.get(connection, part_id)
        if part is None:
            raise NoSuchPart(f"the register has no part {part_id}"[:80], remedy="look for it: GET /api/parts")
        return self.view(part)

    async def count(self) -> int:
        """How many parts there are, as of a minute ago at the earliest: a million take a while to count.
        Raises `StorageAway`.
        """
        now = self._storage.clock.monotonic()
        if self._counted is None or self._counted[0] <= now:
            async with self._storage.read() as connection:
                self._counted = now + COUNTED_FOR_S, await store.count(connection)
        return self._counted[1]

    async def import_table(self, actor: Actor, data: bytes, *, op_id: UUID | None) -> TableReport:
        """What each line does; with `op_id` it is done, unless a line is refused: then nothing is. Parts that
        the file does not name stay. Raises `Forbidden`, `TableUnreadable`, `StorageAway`.
        """
        rights.IMPORT_PARTS.check(actor)
        async with self._importing:
            table = await asyncio.to_thread(read_parts, data)
            if op_id is None:
                async with self._storage.read() as connection:
                    present = await store.of_ids(connection, asked_ids(table))
                return (await asyncio.to_thread(self._checked, table, present))[0]
            async with self._storage.write() as transaction:
                done = await self._import(transaction, actor, table, op_id)
            self._counted = None
            return done

    async def _import(
        self, transaction: Transaction, actor: Actor, table: CsvTable, op_id: UUID
    ) -> TableReport:
        now = self._storage.clock.now()
        present = await store.of_ids(transaction.connection, asked_ids(table))
        told, changed = await asyncio.to_thread(self._checked, table, present)
        if told.refused:
            return told
        done = told.model_copy(update={"applied": True})
        if await claim(transaction, op_id, "parts", uuid7(), now) is not None:
            return done
        await store.put(transaction.connection, changed, now)
        counts = {"added": told.added, "changed": told.changed, "same": told.same}
        await self._audit.record_in(transaction, actor, "parts.import", "parts:register", counts)
        return done

    def _checked(
        self, table: CsvTable, present: dict[str, RegisteredPart]
    ) -> tuple[TableReport, list[RegisteredPart]]:
        """The report, and the parts that are new or other than they were. Takes its time."""
        codes = {row.code[1:]: row.name_zh for row in self._catalogue.rows.values() if row.kind == "part"}
        lines = check_parts(table, present, codes=codes, cell_of=self._cell_of)
        told = report(table, [line.report for line in lines], applied=False)
        changed = [line.part for line in lines if line.part is not None and line.report.act != "same"]
        return told, changed

    def _cell_of(self, position: Position) -> str:
        there = self._grid.at(position)
        return "" if there is None else there.cell

    def view(self, part: RegisteredPart, metres: float | None = None) -> PartView:
        """As it is answered."""
        row = self._catalogue.rows.get(f"P{part.class_code}")
        return PartView(
            part_id=part.part_id, label=part.label, name=part.name, category="" if row is None else row.ref,
            district=part.district, address=part.address, owner=part.owner, authority=part.authority,
            maintainer=part.maintainer, state=part.state, cell=part.cell, position=part.position,
            metres=metres,
        )  # fmt: skip

    async def offered(self, connection: AsyncConnection, draft: Draft) -> tuple[PartView, ...]:
        """Parts that bear the number that the draft names, `MOST_OFFERED` at most: of its district and class
        where these fit any; else, around the place that its reporter gave, those whose digits are the same.
        """
        label = draft.value(FieldName.ASSET)
        if label is None or not label_key(label):
            return ()
        found = await store.labelled(connection, label, limit=4 * MOST_OFFERED)
        if not found and draft.position is not None:
            found = await self._around(connection, label, draft.position)
        district, category = draft.value(FieldName.DISTRICT), draft.value(FieldName.CATEGORY)
        code = (category or "").rpartition("/")[2]
        for fits in (
            [one for one in found if one.district == district],
            [one for one in found if f"P{one.class_code}" == code],
        ):
            if fits:
                found = [one for one in found if one in fits]
        return tuple(self.view(one) for one in found[:MOST_OFFERED])

    async def _around(
        self, connection: AsyncConnection, label: str, position: Position
    ) -> list[RegisteredPart]:
        digits = "".join(char for char in label if char.isdigit())
        if len(digits) < LEAST_DIGITS:
            return []
        wanted = PartSearch(near=position, metres=ROUND_M, limit=store.MOST_NEAR)
        near = await store.find(connection, wanted)
        return [part for part, _ in near if label_key(part.label).endswith(digits)]
