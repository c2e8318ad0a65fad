"""Adds and changes the people of a table: all lines, or none when one is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.csv_table import read_csv, report
from core.operations import OperationMemory
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

    async def run(self, actor: Actor, data: bytes, *, op_id: UUID | None) -> PeopleImported:
        """What each line does; with `op_id` it is done. People who are not in the table stay as they are.

        Raises `Forbidden`, `TableUnreadable`, `StorageAway`; what was done before that is seen by asking
        again.
        """
        rights.ADD_PEOPLE.check(actor)
        if op_id is not None and (known := self._told.known(op_id, actor.id)) is not None:
            return known
        table = read_csv(data, COLUMNS, required=REQUIRED, most=MOST)
        users = {user.id: user for user in await self._identity.users()}
        first: dict[str, int] = {}
        lines = [read_person(line, users, first, self._place_words) for line in table.lines]
        refused = any(line.user is None for line in lines)
        if refused or op_id is None:
            told = report(table, [line.report for line in lines], applied=False)
            return PeopleImported(report=told, passwords={})
        passwords = await self._take(actor, lines, users)
        done = report(table, [line.report for line in lines], applied=True)
        return self._told.keep(op_id, actor.id, PeopleImported(report=done, passwords=passwords))

    async def _take(self, actor: Actor, lines: list[PersonLine], users: dict[str, User]) -> dict[str, str]:
        passwords = {}
        for line in lines:
            if line.user is None or line.report.act == "same":
                continue
            if line.user.id in users:
                await self._identity.change_person(line.user, by=actor)
                continue
            await self._identity.create_user(line.user, line.password, by=actor)
            if line.made:
                passwords[line.user.id] = line.password
        return passwords
