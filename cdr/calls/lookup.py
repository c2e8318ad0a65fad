"""What the ledger knows of one call, for rooms that ask about it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from cdr.calls import store
from cdr.model import is_close
from core.actor import Actor
from core.storage import Storage


@dataclass(frozen=True, slots=True)
class KnownCall:
    """`number` is the outside party's, empty where it is not known or erased."""

    number: str
    confidential: bool


class CallLookup:
    """Each method may raise `StorageAway`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def call(self, call_id: UUID) -> KnownCall | None:
        """None for a call that the ledger has not heard of."""
        async with self._storage.read() as connection:
            known = await store.resolve(connection, call_id)
            row = await store.call_of(connection, known) if known else None
            if row is None:
                return None
            names = await store.names_of(connection, row.call_id)
            return KnownCall(row.number, await store.is_confidential(connection, names))

    async def may_hear(self, actor: Actor, call_id: UUID) -> bool:
        """Whether he was on the call, or is a supervisor."""
        async with self._storage.read() as connection:
            known = await store.resolve(connection, call_id)
            row = await store.call_of(connection, known) if known else None
        return row is not None and is_close(actor, row.agents)
