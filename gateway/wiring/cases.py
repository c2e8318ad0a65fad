"""Fills the ports of cases: a call's data, live from the hotline or later from the ledger."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from cases.events import CaseProgress, CaseView
from cases.life.service import CaseService
from cases.ports import CallFacts
from cdr.calls import store as ledger_calls
from cdr.model import is_close
from core.actor import Actor
from core.errors import NotFound
from core.storage import Storage
from hotline.board import Board
from hotline.events import CallerContext, OpenCase


class CallKnowledge:
    """Fills `cases.ports.CallDirectory`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._board: Board | None = None

    def watch(self, board: Board) -> None:
        """The hotline is built after the cases are: it looks into them for the pop."""
        self._board = board

    async def facts(self, call_id: UUID) -> CallFacts | None:
        if self._board is not None:
            try:
                call = self._board.call(call_id)
            except NotFound:
                pass
            else:
                return CallFacts(call.caller, call.confidential)
        async with self._storage.read() as connection:
            known = await ledger_calls.resolve(connection, call_id)
            row = await ledger_calls.call_of(connection, known) if known else None
            if row is None:
                return None
            names = await ledger_calls.names_of(connection, row.call_id)
            return CallFacts(row.number, await ledger_calls.is_confidential(connection, names))

    async def may_hear(self, actor: Actor, call_id: UUID) -> bool:
        """The hotline knows who is or lately was on a call, the ledger who ever was."""
        live = frozenset[str]() if self._board is None else self._board.agents_on(call_id)
        if is_close(actor, live):
            return True
        async with self._storage.read() as connection:
            known = await ledger_calls.resolve(connection, call_id)
            row = await ledger_calls.call_of(connection, known) if known else None
        return row is not None and is_close(actor, row.agents)


class OpenCases:
    """Fills `radio_bridge.ports.Incidents`."""

    def __init__(self, desk: CaseService) -> None:
        self._desk = desk

    async def is_open(self, case_id: UUID) -> bool:
        try:
            case = await self._desk.get(case_id)
        except NotFound:
            return False
        return case.state not in {"closed", "cancelled", "handed_over"}


URGENT = frozenset({"urgent", "danger"})
PLACES_LOOKED_AT = 3


async def open_cases(desk: CaseService, number: str, *, confidential: bool) -> CallerContext:
    """The cases' share of what is known of a caller: his own, and urgent ones of others near them."""
    if not number:
        return CallerContext()
    mine = [case for case in await desk.open_of_caller(number) if confidential or not case.confidential]
    known = {case.case_id for case in mine}
    found = [_open_case(case, same_number=True) for case in mine]
    places = {(case.district, where): None for case in mine if (where := case.address or case.crossing)}
    for district, where in list(places)[:PLACES_LOOKED_AT]:
        for case in await desk.open_at(district, where):
            if case.case_id not in known and case.urgency in URGENT and not case.confidential:
                known.add(case.case_id)
                found.append(_open_case(case, same_number=False))
    return CallerContext(open_cases=found)


def _open_case(case: CaseView, *, same_number: bool) -> OpenCase:
    return OpenCase(
        case_id=case.case_id,
        number=case.number,
        category=case.category_name or "",
        state=case.state,
        place=case.address or case.crossing or case.district_name or "",
        urgent=case.urgency in URGENT,
        same_number=same_number,
    )


STATUS_WORDS: Final = {
    CaseProgress.RECEIVED: "received",
    CaseProgress.ASSIGNED: "received",
    CaseProgress.IN_PROGRESS: "in-progress",
    CaseProgress.DONE: "done",
    CaseProgress.VERIFIED: "done",
    CaseProgress.CLOSED: "closed",
    CaseProgress.CANCELLED: "cancelled",
    CaseProgress.HANDED_OVER: "received",
}


async def case_status(desk: CaseService, number: str) -> str:
    """The word that a flow branches on: how the case of this number or short code stands."""
    case = await desk.by_code(number)
    return "unknown" if case is None or case.confidential else STATUS_WORDS[case.progress]
