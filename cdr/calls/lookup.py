"""What the ledger knows of one call, for rooms that ask about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cdr.calls import store
from cdr.model import is_close, was_agent_on
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
        agents = await self._agents(call_id)
        return agents is not None and is_close(actor, agents)

    async def took_part(self, actor: Actor, call_id: UUID) -> bool:
        """Whether he was on the call as an agent."""
        return was_agent_on(actor, await self._agents(call_id) or ())

    async def _agents(self, call_id: UUID) -> Sequence[str] | None:
        async with self._storage.read() as connection:
            known = await store.resolve(connection, call_id)
            row = await store.call_of(connection, known) if known else None
        return None if row is None else row.agents
