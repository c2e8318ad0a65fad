"""Tells who reported by telephone how the case goes on, where he called from a mobile telephone."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from cases.events import CaseChanged, CaseFiled, CaseSource, CaseView
from citizen.contract import ReportStep
from citizen.messages import store
from citizen.messages.model import MessagePurpose, MessageWish, mobile, template_of, told_step
from citizen.messages.ports import CallerOfCase
from citizen.messages.service import CitizenMessages
from core.storage import Storage

BY_TELEPHONE: Final = frozenset({CaseSource.TELEPHONE, CaseSource.PAPER})


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
            not self._messages.ready or not rules.telephone or case.confidential
            or case.source not in BY_TELEPHONE or told_step(step) not in rules.steps
        ):  # fmt: skip
            return
        number = mobile(case.callback or "") or mobile(await self._caller_of(case.case_id))
        if not number:
            return
        async with self._storage.read() as connection:
            if await store.last_step(connection, case.case_id, number) == case.progress.value:
                return
        words = {"number": case.number, "case": case.number, "code": case.spoken_code}
        wish = MessageWish(
            event_id, MessagePurpose.PROGRESS, number, template_of(case.progress, None), words,
            case_id=case.case_id, step=case.progress.value,
        )  # fmt: skip
        async with self._storage.write() as transaction:
            # Looked at once more: two events of the case may be heard at this moment.
            told = await store.last_step(transaction.connection, case.case_id, number)
            if told != case.progress.value:
                await self._messages.queue(transaction, wish)
