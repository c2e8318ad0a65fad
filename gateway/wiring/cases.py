"""Fills the ports of cases: a call's data, live from the hotline or later from the ledger."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from cases.ports import CallFacts
from cdr.calls.lookup import CallLookup
from cdr.model import is_close, was_agent_on
from core.actor import Actor
from core.errors import NotFound
from core.storage import Storage
from hotline.board import Board


class RecordedCalls:
    """Fills `cases.ports.CallDirectory` from the ledger: where no call runs, as in a command."""

    def __init__(self, storage: Storage) -> None:
        self._ledger = CallLookup(storage)
        self.may_hear = self._ledger.may_hear
        self.takes_part = self._ledger.took_part

    async def facts(self, call_id: UUID) -> CallFacts | None:
        known = await self._ledger.call(call_id)
        return None if known is None else CallFacts(known.number, known.confidential)


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
