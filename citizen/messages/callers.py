"""Tells who reported by telephone how the case goes on, where he called from one that is told anything: also
once another case goes on for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from cases.events import (
    CaseChanged,
    CaseFiled,
    CaseProgress,
    CaseReferenceView,
    CaseSource,
    CaseView,
)
from citizen.contract import ReportStep
from citizen.messages import store
from citizen.messages.model import MessagePurpose, MessageWish, template_of, told_step
from citizen.messages.ports import CallerOfCase
from citizen.messages.service import CitizenMessages
from core.storage import Storage

BY_TELEPHONE: Final = frozenset({CaseSource.TELEPHONE, CaseSource.PAPER})


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who is told: `of` is the case that he called about, `number` his telephone where it is known."""

    of: CaseReferenceView
    number: str
    joined: bool


class CallerMessages:
    """`hear_…` take events, each once; each raises `StorageAway`, and the event comes again. Nobody is told
    of a confidential case: others may read the telephone.
    """

    def __init__(self, storage: Storage, messages: CitizenMessages, caller_of: CallerOfCase) -> None:
        self._storage = storage
        self._messages = messages
        self._caller_of = caller_of

    async def hear_filed(self, event: CaseFiled) -> None:
        await self._tell(event.id, event.case)

    async def hear_changed(self, event: CaseChanged) -> None:
        await self._tell(event.id, event.case)

    async def _tell(self, event_id: UUID, case: CaseView) -> None:
        rules = self._messages.rules
        step = ReportStep(case.updated_at, case.progress)
        if (
            not (self._messages.ready or self._messages.calls) or not rules.telephone or case.confidential
            or told_step(step) not in rules.steps
        ):  # fmt: skip
            return
        reached: set[str] = set()
        for caller in _callers(case):
            number = await self._number(caller, case.progress)
            if number and number not in reached:
                reached.add(number)
                await self._queue(event_id, case, caller, number)

    async def _number(self, caller: _Caller, progress: CaseProgress) -> str:
        """Empty for who knows it already, or has no telephone that is told."""
        async with self._storage.read() as connection:
            number = await store.last_number(connection, caller.of.case_id) if caller.joined else ""
        reached = self._messages.reached_at
        number = number or reached(caller.number) or reached(await self._caller_of(caller.of.case_id))
        if not number:
            return ""
        async with self._storage.read() as connection:
            told = await store.last_step(connection, caller.of.case_id, number)
        return "" if told == progress.value else number

    async def _queue(self, event_id: UUID, case: CaseView, caller: _Caller, number: str) -> None:
        """Number and code are those that the caller was given: they lead to the case that goes on."""
        goes_on = case.survivor or case
        words = {"number": caller.of.number, "case": goes_on.number, "code": caller.of.spoken_code}
        wish = MessageWish(
            uuid5(event_id, str(caller.of.case_id)) if caller.joined else event_id, MessagePurpose.PROGRESS,
            number, template_of(case.progress, None), words, case_id=caller.of.case_id,
            step=case.progress.value,
        )  # fmt: skip
        async with self._storage.write() as transaction:
            # Looked at once more: two events of the case may be heard at this moment.
            told = await store.last_step(transaction.connection, caller.of.case_id, number)
            if told != case.progress.value:
                await self._messages.queue(transaction, wish)


def _callers(case: CaseView) -> list[_Caller]:
    """Who called about the case, and about those for which it goes on: that it was received, they know. Who
    reported in writing is told by the report's own channel.
    """
    own = CaseReferenceView(case_id=case.case_id, number=case.number, spoken_code=case.spoken_code)
    callers = [_Caller(own, case.callback or "", joined=False)] if case.source in BY_TELEPHONE else []
    if case.progress is not CaseProgress.RECEIVED:
        callers += [_Caller(one, "", joined=True) for one in case.merged if not one.report_ids]
    return callers
