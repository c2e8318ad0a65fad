"""The register of recipients: a table is taken as a whole or not at all. Each change is audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.audit import TransactionAudit
from core.csv_table import TableReport, report
from core.ids import uuid7
from core.storage import Storage
from core.storage.dialect import lock_number
from warning.recipients import store
from warning.recipients.importer import merge_recipients, read_recipients
from warning.recipients.model import Recipient, known_number

LOCK: Final = 0x57415252
_SUBJECT: Final = "warning-recipients"


@dataclass(frozen=True, slots=True)
class RecipientRegister:
    """`beats` are those that an area may name. Each may raise `StorageAway`."""

    storage: Storage
    audit: TransactionAudit
    beats: frozenset[str] = field(default_factory=frozenset)

    async def import_table(self, actor: Actor, data: bytes, *, op_id: UUID | None) -> TableReport:
        """Take a table; without `op_id` nothing is changed. Raises `TableUnreadable`."""
        table = read_recipients(data)
        async with self.storage.write() as transaction:
            await lock_number(transaction.connection, LOCK)
            present = await store.listed(transaction.connection)
            lines, changed = merge_recipients(table, present, self.beats, uuid7)
            refused = any(line.act == "refused" for line in lines)
            applied = op_id is not None and not refused and bool(changed)
            if applied:
                await store.put(transaction.connection, changed, actor.id, transaction.clock.now())
                detail = {"recipients": len(changed)}
                await self.audit.record_in(transaction, actor, "warning.recipients-import", _SUBJECT, detail)
        return report(table, lines, applied=applied)

    async def listed(self) -> Sequence[Recipient]:
        async with self.storage.read() as connection:
            return await store.listed(connection)

    async def show_numbers(self, actor: Actor) -> None:
        """Note that this person sees whole numbers."""
        async with self.storage.write() as transaction:
            await self.audit.record_in(transaction, actor, "warning.recipients-numbers", _SUBJECT, {})

    async def remove(self, actor: Actor, numbers: Sequence[str]) -> int:
        """How many there were. Raises `ValueError` for what is no number."""
        known = [known_number(one) for one in numbers]
        async with self.storage.write() as transaction:
            await lock_number(transaction.connection, LOCK)
            gone = await store.remove(transaction.connection, known)
            await self.audit.record_in(
                transaction, actor, "warning.recipients-remove", _SUBJECT, {"recipients": gone}
            )
        return gone
