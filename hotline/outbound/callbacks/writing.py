"""What one signal to callbacks puts into the database: entries with their events, and the operation by which
somebody asked for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core.storage import Transaction
from hotline.events import CallbackChanged
from hotline.outbound.callbacks import store
from hotline.outbound.callbacks.signals import Keep
from hotline.outbound.callbacks.view import moment, view


@dataclass(frozen=True, slots=True)
class CallbackClaim:
    op_id: UUID
    callback_id: UUID
    verb: str
    by: str


async def write(
    keeps: Sequence[Keep], operation: CallbackClaim | None, at: float, transaction: Transaction
) -> None:
    when, connection = moment(at), transaction.connection
    if operation is not None and not await store.add_operation(
        connection, operation.op_id, operation.callback_id, operation.verb, operation.by, when
    ):
        # Another process of ours has carried it out: its own step says what came of it.
        return
    for keep in keeps:
        entry = keep.entry
        await store.put(connection, entry, when)
        if keep.step in {"requested", "merged"}:
            await store.remember_calls(connection, entry, when)
        changed = CallbackChanged(
            at=when, callback_id=entry.id, rev=entry.rev, step=keep.step, by=keep.by, callback=view(entry)
        )
        await transaction.emit(changed, stream=f"callback:{entry.id}")
