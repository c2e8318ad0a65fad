"""Asks reporters of closed cases, takes their answers, and keeps those who are not satisfied for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from cases.events import CaseChanged, CaseProgress, CaseView
from citizen import rights
from citizen.events import ReportRated
from citizen.followup import store
from citizen.followup.errors import FollowUpOver, FollowUpTaken, NoSuchFollowUp, NotCallingHours
from citizen.followup.model import (
    ANSWER_TIME,
    MOST_NOTE,
    SAME_REPLY,
    ClosedCase,
    ConcernState,
    FollowUp,
    FollowUpAnswer,
    FollowUpRules,
    FollowUpState,
    FollowUpWay,
    Rates,
    answer_of,
    calls_unanswered,
    chosen,
    in_hours,
    satisfaction_of,
)
from citizen.followup.unasked import let_rate
from citizen.messages.model import MessagePurpose, MessageState, MessageWish, TemplateName, mobile
from citizen.messages.ports import CallerOfCase
from citizen.messages.service import CitizenMessages
from citizen.reports import store as report_store
from core.actor import Actor
from core.audit import TransactionAudit
from core.metrics import counter
from core.numbers import read
from core.scopes import Scope
from core.storage import Storage, Transaction

_follow_ups = counter("citizen_follow_ups", "Follow-ups of closed cases by what became of them", ["fate"])

CLOSE: Final = "close"
AT_ONCE: Final = 100
LOOK_EVERY_S: Final = 30.0
MOST_SHOWN: Final = 200
_QUESTION: Final = UUID("0b8f4b0f-5c6f-5f0e-8f55-5f1a4f3a7d10")
_LIST: Final = "reload the list"
_FIRST: Final[Mapping[FollowUpWay, FollowUpState]] = {
    "sms": FollowUpState.DUE, "call": FollowUpState.DIAL, "agent": FollowUpState.CALL,
}  # fmt: skip
"""The state in which each way begins."""
Thanks = Literal["thanks", "sorry"]
MOST_FORGOTTEN: Final = 500


class FollowUps:
    """`rules` are the newest. `dials`: there is a telephone for automatic calls. `hear_changed` takes
    events; `ask_due` is called in a loop.
    """

    def __init__(
        self,
        storage: Storage,
        messages: CitizenMessages,
        caller_of: CallerOfCase,
        audit: TransactionAudit,
        *,
        timezone_h: float,
        dials: bool = False,
    ) -> None:
        self._storage = storage
        self._messages = messages
        self._caller_of = caller_of
        self._audit = audit
        self.timezone_h = timezone_h
        self._dials = dials
        self.rules = FollowUpRules()

    # --- from cases -------------------------------------------------------------------------------------

    async def hear_changed(self, event: CaseChanged) -> None:
        """A case was closed, is open again, or became confidential: nobody is asked about that one. Raises
        `StorageAway`: the event comes again.
        """
        case = event.case
        if case.progress is not CaseProgress.CLOSED or case.confidential:
            async with self._storage.write() as transaction:
                gone = await store.withdraw(transaction.connection, case.case_id)
            if gone:
                _follow_ups.labels("withdrawn").inc(gone)
            return
        if event.act == CLOSE:
            await self._plan(event.id, event.at, case)
            await let_rate(self._storage, event.id, event.at, case)

    async def _plan(self, event_id: UUID, closed_at: datetime, case: CaseView) -> None:
        look = ClosedCase(case.case_id, case.source, case.urgency or "", case.category or "")
        way = chosen(self.rules, look)
        if way == "none":
            return
        async with self._storage.read() as connection:
            report = await report_store.of_case(connection, case.case_id)
        given = (report.phone or report.reporter) if report is not None else case.callback or ""
        number = mobile(given) or mobile(await self._caller_of(case.case_id)) or _fixed(given)
        if way == "sms" and not (mobile(number) and self._messages.ready):
            way = "agent"
        if way == "call" and not self._dials:
            way = "agent"
        if not number:
            return
        async with self._storage.write() as transaction:
            new = await store.add(
                transaction.connection,
                FollowUp(
                    follow_up_id=event_id, case_id=case.case_id, case_number=case.number,
                    report_id=None if report is None else report.report_id, number=number,
                    source=case.source.value, district=case.district or "", category=case.category or "",
                    department=case.department or "", way=way,
                    state=_FIRST[way],
                    due_at=closed_at + timedelta(hours=self.rules.delay_h), attempts=0, taken_by="",
                    contacted=None, solved=None, satisfaction=None, note="", answered_by="",
                    answered_at=None, concern=ConcernState.NONE, concern_note="", concern_by="",
                    concern_at=None, closed_at=closed_at, last_op=None,
                ),
            )  # fmt: skip
        if new:
            _follow_ups.labels("planned").inc()

    # --- by text message --------------------------------------------------------------------------------

    async def ask_due(self) -> int:
        """Ask what is due, and go on with what nobody answered; how many were looked at."""
        await self._end_dialled()
        async with self._storage.write() as transaction:
            found = await store.due(transaction.connection, transaction.clock.now(), AT_ONCE)
            for one in found:
                await self._go_on(transaction, one)
        return len(found)

    def dialled_since(self, now: datetime) -> datetime:
        """Who reported a case that was closed before then is not called by the centre itself any more."""
        return now - ANSWER_TIME - timedelta(hours=self.rules.delay_h)

    async def _end_dialled(self) -> None:
        """Automatic calls that will not come: their number was erased, their case was closed long ago, or
        there is no telephone for them, and an agent calls.
        """
        async with self._storage.write() as transaction:
            connection, since = transaction.connection, self.dialled_since(transaction.clock.now())
            erased, old = await store.withdraw_erased(connection), await store.end_dialled(connection, since)
            given = 0 if self._dials else await store.give_to_agents(connection)
        for state, count in (("withdrawn", erased), ("unanswered", old), ("call", given)):
            _follow_ups.labels(state).inc(count)

    async def _go_on(self, transaction: Transaction, one: FollowUp) -> None:
        now = transaction.clock.now()
        if one.state is FollowUpState.ASKED:
            call = calls_unanswered(self.rules, one.case_id)
            state = FollowUpState.CALL if call else FollowUpState.UNANSWERED
            await self._to(transaction, one, state, now)
            return
        words = {"number": one.case_number, "case": one.case_number}
        wish = MessageWish(
            uuid5(_QUESTION, str(one.follow_up_id)), MessagePurpose.FOLLOW_UP, one.number,
            TemplateName.FOLLOW_UP, words, case_id=one.case_id, report_id=one.report_id,
        )  # fmt: skip
        queued = await self._messages.queue(transaction, wish)
        if queued is MessageState.WAITING:
            await self._to(transaction, one, FollowUpState.ASKED, now + timedelta(hours=self.rules.answer_h))
        elif queued is MessageState.SUPPRESSED:
            await self._to(transaction, one, FollowUpState.WITHDRAWN, now)
        elif queued is MessageState.LIMITED:
            await self._to(transaction, one, FollowUpState.UNANSWERED, now)
        else:
            await self._to(transaction, one, FollowUpState.CALL, now)

    async def _to(
        self, transaction: Transaction, one: FollowUp, state: FollowUpState, due_at: datetime
    ) -> None:
        await self.to_state(transaction, one, state, due_at)

    @staticmethod
    async def to_state(
        transaction: Transaction, one: FollowUp, state: FollowUpState, due_at: datetime, **more: Any
    ) -> None:
        """The follow-up goes on in another state."""
        await store.change(transaction.connection, one.follow_up_id, state=state.value, due_at=due_at, **more)
        _follow_ups.labels(state.value).inc()

    async def rate_by_text(self, number: str, digits: str) -> Thanks | None:
        """Take the reply of this number; None where it was not asked, or the reply is none."""
        answer, known = answer_of(digits), mobile(number)
        if answer is None or not known:
            return None
        async with self._storage.write() as transaction:
            connection, now = transaction.connection, transaction.clock.now()
            since = now - ANSWER_TIME
            await store.hold_number(connection, known)
            last = await store.answered_by_text(connection, known, since, now - SAME_REPLY)
            said = (answer.satisfaction, answer.contacted, answer.solved)
            if last is None or said != (last.satisfaction, last.contacted, last.solved):
                asked = await store.asked_of(connection, known, since)
                if asked is None:
                    return None
                await self.take_answer(transaction, asked, answer, "sms")
        return "sorry" if answer.dissatisfied else "thanks"

    # --- by link ----------------------------------------------------------------------------------------

    async def hear_rated(self, event: ReportRated) -> None:
        """A reporter rated an own report on a page or in a dialogue: the answer, where one is waited for. A
        later rating of the same report changes nothing here. Raises `StorageAway`: the event comes again.
        """
        async with self._storage.write() as transaction:
            since = transaction.clock.now() - ANSWER_TIME
            asked = await store.of_report(transaction.connection, event.report_id, since)
            if asked is not None:
                answer = FollowUpAnswer(satisfaction_of(event.stars), None, event.solved)
                await self.take_answer(
                    transaction, replace(asked, note=event.words[:MOST_NOTE]), answer, "link"
                )

    # --- by agents --------------------------------------------------------------------------------------

    async def to_call(self, actor: Actor) -> list[FollowUp]:
        """Those that an agent may call now; outside the hours only own ones that were taken."""
        rights.FOLLOW_UP.check(actor)
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            found = await store.to_call(connection, now, MOST_SHOWN)
        open_now = in_hours(self.rules, now, self.timezone_h)
        return [
            one
            for one in found
            if actor.within(Scope.DISTRICT, one.district or None)
            and (one.taken_by == actor.id or (open_now and not one.taken_by))
        ]

    async def take(self, actor: Actor, follow_up_id: UUID) -> FollowUp:
        """The agent calls this reporter: its number is shown from now on. Raises `NoSuchFollowUp`,
        `FollowUpOver`, `FollowUpTaken`, `NotCallingHours`, `OutOfScope`.
        """
        rights.FOLLOW_UP.check(actor)
        async with self._storage.write() as transaction:
            one = await self._open_call(transaction, actor, follow_up_id)
            if one.taken_by and one.taken_by != actor.id:
                raise FollowUpTaken(remedy=_LIST)
            if not in_hours(self.rules, transaction.clock.now(), self.timezone_h):
                hours = f"{self.rules.calls_from:%H:%M} to {self.rules.calls_until:%H:%M}"
                raise NotCallingHours(f"citizens are called from {hours}", remedy="call then")
            if not one.taken_by:
                await store.change(transaction.connection, follow_up_id, taken_by=actor.id)
                await self._record(transaction, actor, "citizen.follow-up-take", one)
        return replace(one, taken_by=actor.id)

    async def outcome(
        self, actor: Actor, follow_up_id: UUID, op_id: UUID, answer: FollowUpAnswer | None, note: str
    ) -> FollowUp:
        """What came of the call; None: nobody was reached. Raises as `take`."""
        rights.FOLLOW_UP.check(actor)
        async with self._storage.write() as transaction:
            known = await store.get(transaction.connection, follow_up_id, lock=True)
            if known is not None and known.last_op == op_id:
                return known
            one = await self._open_call(transaction, actor, follow_up_id)
            if one.taken_by != actor.id:
                raise FollowUpTaken(remedy="take it first")
            if answer is not None:
                await self.take_answer(transaction, replace(one, note=note, last_op=op_id), answer, actor.id)
            else:
                attempts = one.attempts + 1
                over = attempts >= self.rules.attempts
                state = FollowUpState.UNANSWERED if over else FollowUpState.CALL
                due_at = transaction.clock.now() + timedelta(hours=self.rules.retry_h)
                await store.change(
                    transaction.connection, follow_up_id, attempts=attempts, taken_by="", note=note,
                    last_op=op_id, state=state.value, due_at=due_at,
                )  # fmt: skip
                _follow_ups.labels("unanswered" if over else "not reached").inc()
            await self._record(transaction, actor, "citizen.follow-up-outcome", one)
            changed = await store.get(transaction.connection, follow_up_id)
        assert changed is not None
        return changed

    # --- who is not satisfied ---------------------------------------------------------------------------

    async def concerns(self, actor: Actor) -> list[FollowUp]:
        rights.SETTLE_CONCERN.check(actor)
        async with self._storage.read() as connection:
            found = await store.concerns(connection, MOST_SHOWN)
        return [one for one in found if actor.within(Scope.DISTRICT, one.district or None)]

    async def settle(self, actor: Actor, follow_up_id: UUID, result: ConcernState, note: str) -> FollowUp:
        """A person has looked at who is not satisfied. Raises `NoSuchFollowUp`, `FollowUpOver`,
        `OutOfScope`.
        """
        rights.SETTLE_CONCERN.check(actor)
        async with self._storage.write() as transaction:
            one = await store.get(transaction.connection, follow_up_id, lock=True)
            if one is None:
                raise NoSuchFollowUp(remedy=_LIST)
            actor.require_within(Scope.DISTRICT, one.district or None)
            if one.concern is result and one.concern_by == actor.id:
                return one
            if one.concern is not ConcernState.OPEN:
                raise FollowUpOver(remedy=_LIST)
            now = transaction.clock.now()
            await store.change(
                transaction.connection, follow_up_id, concern=result.value, concern_note=note,
                concern_by=actor.id, concern_at=now,
            )  # fmt: skip
            await self._record(transaction, actor, "citizen.concern-settle", one, result=result.value)
        return replace(one, concern=result, concern_note=note, concern_by=actor.id, concern_at=now)

    # --- figures ----------------------------------------------------------------------------------------

    async def of_case(self, case_id: UUID) -> list[FollowUp]:
        async with self._storage.read() as connection:
            return await store.of_case(connection, case_id, MOST_SHOWN)

    async def rates(self, actor: Actor, since: datetime, until: datetime, by: str) -> dict[str, Rates]:
        """By `district`, `category`, `source` or `department`, or of all together; within the scope."""
        rights.SEE_RATES.check(actor)
        districts = sorted(actor.scopes.of(Scope.DISTRICT))
        async with self._storage.read() as connection:
            return await store.rates(connection, since, until, by, districts)

    async def open_count(self) -> int:
        """How many wait for their question or their answer."""
        async with self._storage.read() as connection:
            return await store.open_count(connection)

    async def forget_old(self, kept: timedelta) -> int:
        """Erase numbers and notes of cases that were closed longer ago, of `MOST_FORGOTTEN` at most; how
        many.
        """
        async with self._storage.write() as transaction:
            before = transaction.clock.now() - kept
            return await store.forget(transaction.connection, before, MOST_FORGOTTEN)

    # --- inside -----------------------------------------------------------------------------------------

    async def _open_call(self, transaction: Transaction, actor: Actor, follow_up_id: UUID) -> FollowUp:
        one = await store.get(transaction.connection, follow_up_id, lock=True)
        if one is None:
            raise NoSuchFollowUp(remedy=_LIST)
        actor.require_within(Scope.DISTRICT, one.district or None)
        if one.state is not FollowUpState.CALL:
            raise FollowUpOver(remedy=_LIST)
        return one

    @staticmethod
    async def take_answer(transaction: Transaction, one: FollowUp, answer: FollowUpAnswer, by: str) -> None:
        """Keep what a reporter answered, by whichever way."""
        sorry = answer.dissatisfied
        await store.change(
            transaction.connection, one.follow_up_id, state=FollowUpState.ANSWERED.value,
            satisfaction=answer.satisfaction, contacted=answer.contacted, solved=answer.solved,
            answered_by=by, answered_at=transaction.clock.now(), note=one.note, last_op=one.last_op,
            concern=(ConcernState.OPEN if sorry else ConcernState.NONE).value,
        )  # fmt: skip
        _follow_ups.labels("dissatisfied" if sorry else "answered").inc()

    async def _record(
        self, transaction: Transaction, actor: Actor, act: str, one: FollowUp, **detail: str
    ) -> None:
        await self._audit.record_in(transaction, actor, act, f"case:{one.case_number}", detail)


def _fixed(number: str) -> str:
    """The number of a telephone that an agent may call, as it is dialled."""
    known = read(number)
    return known.national if known is not None and known.kind == "fixed" else ""
