"""Versions of the table of status codes, as people at the centre make and activate them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from core.actor import Actor
from core.audit import Audit
from core.errors import Conflict, Invalid, NotFound
from core.storage import Storage
from field import operations, rights
from field.statuses import store
from field.statuses.model import (
    MOST_COMMENT,
    StatusRule,
    StatusTableProblem,
    StatusTableVersion,
    check,
)

MOST_LISTED: Final = 200


class StatusesInvalid(Invalid):
    """`problems` says which rule and why."""

    kind: ClassVar[str] = "statuses-invalid"
    title: ClassVar[str] = "The table of statuses cannot be used so"


class NoSuchStatuses(NotFound):
    kind: ClassVar[str] = "no-such-statuses"
    title: ClassVar[str] = "There is no such version of the table of statuses"


class StatusesMovedOn(Conflict):
    kind: ClassVar[str] = "statuses-moved-on"
    title: ClassVar[str] = "Another version of the table of statuses is in force"


@dataclass(frozen=True, slots=True)
class ActiveStatusTable:
    version: StatusTableVersion
    rev: int
    versions: Sequence[StatusTableVersion] = field(default_factory=tuple)


class StatusTableService:
    """What people do. Each may raise `Forbidden` and `StorageAway`."""

    def __init__(self, storage: Storage, audit: Audit) -> None:
        self._storage = storage
        self._audit = audit

    async def now(self, actor: Actor) -> ActiveStatusTable:
        """What is in force, and all versions, the newest first."""
        rights.SEE_STATUSES.check(actor)
        async with self._storage.read() as connection:
            number, rev = await store.in_force(connection)
            version = await store.find(connection, number)
            assert version is not None
            return ActiveStatusTable(version, rev, await store.all_versions(connection, MOST_LISTED))

    async def version(self, actor: Actor, number: int) -> StatusTableVersion:
        """Raises `NoSuchStatuses`."""
        rights.SEE_STATUSES.check(actor)
        async with self._storage.read() as connection:
            found = await store.find(connection, number)
        if found is None:
            raise NoSuchStatuses(remedy="see GET /api/dispatch-statuses")
        return found

    async def make(
        self, actor: Actor, op_id: UUID, rules: Sequence[StatusRule], comment: str
    ) -> StatusTableVersion:
        """A new version, not yet in force. Asked twice it is one. Raises `StatusesInvalid`, `Conflict`."""
        rights.CHANGE_STATUSES.check(actor)
        refuse(check(rules))
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            newest = await store.newest(connection)
            if not await operations.first(transaction, op_id, "make statuses", now):
                found = await store.find(connection, newest)
                assert found is not None
                return found
            made = StatusTableVersion(newest + 1, tuple(rules), comment[:MOST_COMMENT], actor.id, now)
            try:
                await store.add(transaction, made)
            except IntegrityError as error:
                raise StatusesMovedOn("another version was made at this moment") from error
        await self._record(actor, "statuses-make", made.number)
        return made

    async def activate(
        self, actor: Actor, op_id: UUID, number: int, *, expected: int, comment: str
    ) -> ActiveStatusTable:
        """From the next word on; an older number takes back. `expected` is the version that is in force, as
        who activates has seen it.

        Raises `NoSuchStatuses`, `StatusesMovedOn`, `StatusesInvalid` for one that may not be used any more.
        """
        rights.CHANGE_STATUSES.check(actor)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            version = await store.find(connection, number)
            if version is None:
                raise NoSuchStatuses(remedy="see GET /api/dispatch-statuses")
            refuse(check(version.rules))
            if await operations.first(transaction, op_id, f"activate statuses {number}", now):
                current, rev = await store.in_force(connection)
                if current != expected:
                    raise StatusesMovedOn(remedy=f"version {current} is in force; look at it first")
                try:
                    await store.activate(
                        transaction, number, rev=rev + 1, comment=comment[:MOST_COMMENT], by=actor.id, at=now
                    )
                except IntegrityError as error:
                    raise StatusesMovedOn(remedy="somebody else was first; look again") from error
        await self._record(actor, "statuses-activate", number)
        return await self.now(actor)

    async def _record(self, actor: Actor, action: str, number: int) -> None:
        await self._audit.record(actor, action, f"statuses:{number}")


def refuse(problems: Sequence[StatusTableProblem]) -> None:
    """Raises `StatusesInvalid` when there are any."""
    if problems:
        raise StatusesInvalid(
            "; ".join(f"{one.line}: {one.en}" for one in problems[:10]), remedy="mend these rules"
        )
