"""Legal holds: data under a hold are never erased. A hold is set and lifted with a reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cdr import record, rights
from cdr.chain.seal import plain
from cdr.errors import UnknownHold
from cdr.retention import store
from core.actor import Actor
from core.audit import Audit
from core.errors import Invalid
from core.operations import OperationReused
from core.storage import Storage

_SUBJECTS = ("call", "case", "talkgroup")


class LegalHolds:
    def __init__(self, storage: Storage, audit: Audit) -> None:
        self._storage = storage
        self._audit = audit

    async def set(self, actor: Actor, op_id: UUID, subject: str, reason: str) -> dict[str, Any]:
        """Hold `call:<id>`, `case:<id>` or `talkgroup:<name>`; the id of the hold is `op_id`, so asked twice
        it is one hold.

        Raises `Forbidden`, `Invalid` and `UnknownCall`.
        """
        rights.HOLD.check(actor)
        wanted = await self._subject(subject)
        _say(reason)
        await self._audit.record(actor, "set-legal-hold", wanted)
        async with self._storage.write() as transaction:
            now = self._storage.clock.now()
            await store.set_hold(transaction, op_id, wanted, reason=reason, by=actor.id, now=now)
            row = await store.hold_of(transaction.connection, op_id)
        if row is None or row.subject != wanted:
            raise OperationReused("it was used for another hold")
        return _shown(row)

    async def lift(self, actor: Actor, hold_id: UUID, op_id: UUID, reason: str) -> dict[str, Any]:
        """Raises `Forbidden`, `Invalid`, `UnknownHold`; a hold that was lifted stays as it was."""
        rights.HOLD.check(actor)
        _say(reason)
        await self._audit.record(actor, "lift-legal-hold", f"hold:{hold_id}")
        async with self._storage.write() as transaction:
            row = await store.hold_of(transaction.connection, hold_id)
            if row is None:
                raise UnknownHold(remedy="list them: GET /api/ledger/holds")
            if row.lifted_at is None:
                now = self._storage.clock.now()
                await store.lift_hold(transaction, hold_id, reason=reason, by=actor.id, op_id=op_id, now=now)
                row = await store.hold_of(transaction.connection, hold_id)
        return _shown(row)

    async def all(self, actor: Actor, *, lifted: bool = False) -> list[dict[str, Any]]:
        rights.HOLD.check(actor)
        async with self._storage.read() as connection:
            return [_shown(row) for row in await store.open_holds(connection, lifted=lifted)]

    async def _subject(self, subject: str) -> str:
        kind, _, name = subject.partition(":")
        if kind not in _SUBJECTS or not name or len(subject) > 160:
            raise Invalid("this can not be held", remedy="give call:ID, case:ID or talkgroup:NAME")
        if kind == "talkgroup":
            return subject
        async with self._storage.read() as connection:
            found = await record.find(connection, name if kind == "call" else subject)
        return f"call:{found}" if kind == "call" else subject


def _say(reason: str) -> None:
    if not reason.strip() or len(reason) > 1_000:
        raise Invalid("a legal hold needs a reason", remedy="give a reason of up to 1,000 characters")


def _shown(row: Any) -> dict[str, Any]:
    return {name: plain(value) for name, value in row._mapping.items() if name != "seal"}  # noqa: SLF001
