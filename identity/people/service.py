"""Adds and changes the people of a table. Every line is checked first: when one is refused, nothing is
done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.csv_table import CsvTable, LineReport, read_csv, refused_cell, report
from core.errors import SonghuaError
from core.operations import OperationMemory
from core.translation import gettext_lazy as _
from identity import rights
from identity.model import User
from identity.people.model import COLUMNS, REQUIRED, PeopleImported, PersonLine, read_person
from identity.service import IdentityService

MOST: Final = 2_000
KEPT: Final = 20
"""Answers with passwords, until a request that came twice can no longer come; in memory alone."""


class PeopleImport:
    def __init__(self, identity: IdentityService, place_words: Sequence[str] = ()) -> None:
        self._identity = identity
        self._place_words = place_words
        self._told = OperationMemory[PeopleImported](KEPT)
        self._running = asyncio.Lock()

    async def run(self, actor: Actor, data: bytes, *, op_id: UUID | None) -> PeopleImported:
        """What each line does; with `op_id` it is done, one import at a time. People who are not in the table
        stay as they are. Raises `Forbidden`, `TableUnreadable`, `StorageAway`.
        """
        rights.ADD_PEOPLE.check(actor)
        async with self._running:
            return await self._run(actor, data, op_id)

    async def _run(self, actor: Actor, data: bytes, op_id: UUID | None) -> PeopleImported:
        if op_id is not None and (known := self._told.known(op_id, actor.id)) is not None:
            return known
        users = {user.id: user for user in await self._identity.users()}
        table, lines = await asyncio.to_thread(self._read, data, users, actor)
        refused = any(line.user is None for line in lines)
        if refused or op_id is None:
            told = report(table, [line.report for line in lines], applied=False)
            return PeopleImported(report=told, passwords={})
        reports, passwords, stopped = await self._take(actor, lines, users)
        done = PeopleImported(
            report=report(table, reports, applied=not stopped), passwords=passwords, stopped=stopped
        )
        return self._told.keep(op_id, actor.id, done)

    def _read(
        self, data: bytes, users: Mapping[str, User], actor: Actor
    ) -> tuple[CsvTable, list[PersonLine]]:
        """Takes its time for a long table: not for the event loop."""
        table = read_csv(data, COLUMNS, required=REQUIRED, most=MOST)
        first: dict[str, int] = {}
        return table, [read_person(line, users, first, self._place_words, actor.id) for line in table.lines]

    async def _take(
        self, actor: Actor, lines: list[PersonLine], users: dict[str, User]
    ) -> tuple[list[LineReport], dict[str, str], bool]:
        reports = [line.report for line in lines]
        passwords: dict[str, str] = {}
        for index, line in enumerate(lines):
            if line.user is None or line.report.act == "same":
                continue
            try:
                await self._do(actor, line.user, line.password, new=line.user.id not in users)
            except SonghuaError as error:
                wrong = refused_cell(
                    "id",
                    error.detail or error.title,
                    _("Import the file again: what was done is left as it is."),
                )
                reports[index] = line.report.model_copy(update={"act": "refused", "problems": [wrong]})
                return reports, passwords, True
            if line.made:
                passwords[line.user.id] = line.password
        return reports, passwords, False

    async def _do(self, actor: Actor, user: User, password: str, *, new: bool) -> None:
        if new:
            await self._identity.create_user(user, password, by=actor)
        else:
            await self._identity.change_person(user, by=actor)
