"""Whose work an acceptor answers for: the calls of such cases are his to hear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from cases import rights
from cases.events import CaseState
from cases.merging.store import and_survivors
from cases.tables import case_calls, cases
from core.actor import Actor
from core.scopes import Scope
from core.storage import Storage

_WAITING: Final = frozenset({CaseState.DONE, CaseState.VERIFIED})


class AcceptedCalls:
    """Reads which calls belong to which cases."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def hears(self, actor: Actor, call_ids: Sequence[UUID]) -> bool:
        """Whether a case of one of these calls waits for an acceptor in a district of his, or is verified or
        closed by him. Raises `StorageAway`.
        """
        if not rights.VERIFY.allows(actor):
            return False
        linked = select(case_calls.c.case_id).where(case_calls.c.call_id.in_(call_ids))
        wanted = select(cases.c.district, cases.c.acceptor, cases.c.state).where(
            cases.c.case_id.in_(and_survivors(linked))
        )
        async with self._storage.read() as connection:
            rows = (await connection.execute(wanted)).all()
        return any(
            (row.state in _WAITING and actor.within(Scope.DISTRICT, row.district)) or row.acceptor == actor.id
            for row in rows
        )
