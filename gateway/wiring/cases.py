"""Fills the ports of cases: a call's data, live from the hotline or later from the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from cases.events import CaseState
from cases.ports import CallFacts
from cases.tables import case_calls, cases
from cdr.calls.lookup import CallLookup
from cdr.model import is_close, was_agent_on
from core.actor import Actor
from core.errors import NotFound
from core.scopes import Scope
from core.storage import Storage
from hotline.board import Board

_TO_ACCEPT: Final = frozenset({CaseState.DONE, CaseState.VERIFIED})


class RecordedCalls:
    """Fills `cases.ports.CallDirectory` from the ledger: where no call runs, as in a command."""

    def __init__(self, storage: Storage) -> None:
        self._ledger = CallLookup(storage)
        self.may_hear = self._ledger.may_hear
        self.takes_part = self._ledger.took_part

    async def facts(self, call_id: UUID) -> CallFacts | None:
        known = await self._ledger.call(call_id)
        return None if known is None else CallFacts(known.number, known.confidential)


class AcceptedCalls:
    """Fills `cdr.ports.CasesToAccept` from the table of cases."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def hears(self, actor: Actor, call_ids: Sequence[UUID]) -> bool:
        linked = select(case_calls.c.case_id).where(case_calls.c.call_id.in_(call_ids))
        wanted = select(cases.c.district, cases.c.acceptor, cases.c.state).where(cases.c.case_id.in_(linked))
        async with self._storage.read() as connection:
            rows = (await connection.execute(wanted)).all()
        return any(
            (row.state in _TO_ACCEPT and actor.within(Scope.DISTRICT, row.district))
            or row.acceptor == actor.id
            for row in rows
        )


class CallKnowledge:
    """Fills `cases.ports.CallDirectory`: first from the hotline, which knows who is or lately was on a call,
    then from the ledger. The hotline is made after the cases are: it looks into them for the pop.
    """

    def __init__(self, storage: Storage, board: Callable[[], Board]) -> None:
        self._recorded = RecordedCalls(storage)
        self._board = board

    async def facts(self, call_id: UUID) -> CallFacts | None:
        try:
            call = self._board().call(call_id)
        except NotFound:
            return await self._recorded.facts(call_id)
        return CallFacts(call.caller, call.confidential)

    async def may_hear(self, actor: Actor, call_id: UUID) -> bool:
        if is_close(actor, self._board().agents_on(call_id)):
            return True
        return await self._recorded.may_hear(actor, call_id)

    async def takes_part(self, actor: Actor, call_id: UUID) -> bool:
        if was_agent_on(actor, self._board().agents_on(call_id)):
            return True
        return await self._recorded.takes_part(actor, call_id)
