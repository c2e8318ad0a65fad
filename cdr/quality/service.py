"""Scores calls: scorecards, marks on the recording, and calibrations in which two people score blind."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr import rights
from cdr.calls import store as calls
from cdr.errors import UnknownCall
from cdr.model import is_close, require_queue
from cdr.ports import Scorers
from cdr.quality import store
from cdr.quality.errors import (
    AlreadyScored,
    NotScorable,
    NotYourCalibration,
    UnknownCalibration,
    UnknownMark,
)
from cdr.quality.forms import FormsRead, form_in_use, form_row
from cdr.quality.model import Answers, BadAnswers, ScoringAnswer, ScoringForm, compare, result
from cdr.quality.views import (
    CalibrationView,
    ComparisonView,
    QuestionDifferenceView,
    RecordingMarkView,
    ScorecardPage,
    ScorecardView,
    ScorerView,
)
from core.actor import Actor, Role
from core.audit import TransactionAudit
from core.errors import Forbidden, Invalid
from core.scopes import Scope
from core.storage import Storage
from core.storage.dialect import lock_writes
from core.storage.operations import claim

MOST_CARDS: Final = 200
MOST_CALIBRATIONS: Final = 200
MOST_MARKS: Final = 200
"""On one call."""


@dataclass(frozen=True, slots=True)
class CardWish:
    """A filled form for one agent's part in a call. `calibration_id` makes it the actor's blind card."""

    op_id: UUID
    call_id: UUID
    agent: str
    form_id: UUID
    number: int
    answers: Answers
    note: str = ""
    calibration_id: UUID | None = None


class CallScoring:
    """Each method may raise `Forbidden`, `OutOfScope` and `StorageAway`."""

    def __init__(self, storage: Storage, audit: TransactionAudit, scorers: Scorers) -> None:
        self._storage = storage
        self._audit = audit
        self._scorers = scorers

    # --- scorecards ---------------------------------------------------------------------------------

    async def score(self, actor: Actor, wish: CardWish) -> ScorecardView:
        """A later card of the same scorer for the same call, agent and form takes the place of the earlier.

        Raises `UnknownCall`, `UnknownScoringForm`, `ScoringFormRetired`, `NotScorable`, and for a calibration
        `UnknownCalibration`, `NotYourCalibration`, `AlreadyScored`.
        """
        rights.SCORE_CALLS.check(actor)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            # Two cards of one scorer at a time would each stand beside the other.
            await lock_writes(connection, store.cards)
            call = await self._call(connection, actor, wish.call_id)
            _may_be_scored(actor, call, wish.agent)
            if wish.calibration_id is not None:
                await self._his_turn(connection, actor, call, wish)
                form = await form_row(connection, wish.form_id, wish.number)
            else:
                form = await form_in_use(connection, wish.form_id)
                if form.number != wish.number:
                    raise NotScorable("the form has a newer version", remedy="load it and answer it anew")
            found = _result(ScoringForm.model_validate(form.content), wish.answers)
            card = {
                "op_id": wish.op_id,
                "call_id": call.call_id,
                "call_at": call.started_at,
                "queue": call.queue or "",
                "agent": wish.agent,
                "form_id": wish.form_id,
                "number": form.number,
                "scorer": actor.id,
                "calibration_id": wish.calibration_id,
                "answers": {name: one.model_dump(mode="json") for name, one in wish.answers.items()},
                "score": found.score,
                "fatal": bool(found.fatal),
                "note": wish.note,
                "made_at": self._storage.clock.now(),
                "replaced_by": None,
            }
            first = await claim(
                connection, store.cards, card, same=("call_id", "agent", "form_id", "scorer", "answers")
            )
            if first is None and wish.calibration_id is None:
                await store.replace(transaction, card)
            if first is None:
                about = {"agent": wish.agent}
                await self._audit.record_in(transaction, actor, "score-call", f"call:{call.call_id}", about)
            kept = first if first is not None else (await _card(connection, wish.op_id))
            return await _card_view(FormsRead(connection), kept)

    async def cards(
        self, actor: Actor, *, agent: str = "", call_id: UUID | None = None, limit: int = 50, after: str = ""
    ) -> ScorecardPage:
        """Those that count, the newest first; an agent sees the own ones."""
        rights.SEE_SCORES.check(actor)
        if not actor.has(Role.SUPERVISOR):
            if agent not in {"", actor.id}:
                raise Forbidden("an agent sees the own scores", remedy="ask a supervisor")
            agent = actor.id
        limit = max(1, min(limit, MOST_CARDS))
        limited = actor.scopes.of(Scope.QUEUE) if agent != actor.id else ()
        async with self._storage.read() as connection:
            if call_id is not None:
                call_id = await calls.resolve(connection, call_id) or call_id
            rows = await store.card_page(
                connection, agent=agent, call_id=call_id, queues=limited,
                before=_place(after) if after else None, limit=limit + 1,
            )  # fmt: skip
            forms = FormsRead(connection)
            shown = [await _card_view(forms, row) for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
        following = None if last is None else f"{last.made_at.isoformat()}/{last.op_id}"
        return ScorecardPage(cards=shown, next=following)

    # --- calibration --------------------------------------------------------------------------------

    async def open_calibration(
        self, actor: Actor, op_id: UUID, *, call_id: UUID, agent: str, form_id: UUID, second: str
    ) -> CalibrationView:
        """The actor and `second` score the same call by the version in use now, each without the other's.

        Raises `UnknownCall`, `UnknownScoringForm`, `ScoringFormRetired`, `NotScorable`.
        """
        rights.SCORE_CALLS.check(actor)
        if second in {actor.id, agent}:
            raise NotScorable("two different people score it, and not the agent", remedy="name a colleague")
        if second not in await self._scorers.names():
            raise NotScorable(
                "nobody of this name scores calls", remedy="choose one of: GET /api/quality/scorers"
            )
        async with self._storage.write() as transaction:
            connection = transaction.connection
            call = await self._call(connection, actor, call_id)
            _may_be_scored(actor, call, agent)
            form = await form_in_use(connection, form_id)
            row = {
                "op_id": op_id,
                "call_id": call.call_id,
                "agent": agent,
                "form_id": form_id,
                "number": form.number,
                "first": actor.id,
                "second": second,
                "opened_by": actor.id,
                "opened_at": self._storage.clock.now(),
            }
            same = ("call_id", "agent", "form_id", "second")
            if await claim(connection, store.calibrations, row, same=same) is None:
                subject = f"call:{call.call_id}"
                about = {"second": second}
                await self._audit.record_in(transaction, actor, "open-calibration", subject, about)
            return await self._calibration(connection, actor, op_id)

    async def scorers(self, actor: Actor) -> list[ScorerView]:
        """Who scores calls, oneself among them, by name."""
        rights.SCORE_CALLS.check(actor)
        found = sorted((await self._scorers.names()).items(), key=lambda one: one[1])
        return [ScorerView(user_id=user, name=name) for user, name in found]

    async def calibrations(self, actor: Actor) -> list[CalibrationView]:
        """The latest first: of calls of the actor's queues, and those in which the actor scores."""
        rights.SCORE_CALLS.check(actor)
        limited = actor.scopes.of(Scope.QUEUE)
        async with self._storage.read() as connection:
            rows = await store.calibrations_page(connection, MOST_CALIBRATIONS, queues=limited, own=actor.id)
            filled = await store.cards_of_calibrations(connection, [row.op_id for row in rows])
            forms = FormsRead(connection)
            return [await _calibration_view(forms, actor, row, filled[row.op_id]) for row in rows]

    async def calibration(self, actor: Actor, calibration_id: UUID) -> CalibrationView:
        """Raises `UnknownCalibration`."""
        rights.SCORE_CALLS.check(actor)
        async with self._storage.read() as connection:
            return await self._calibration(connection, actor, calibration_id)

    async def _calibration(
        self, connection: AsyncConnection, actor: Actor, calibration_id: UUID
    ) -> CalibrationView:
        row = await _calibration_row(connection, calibration_id)
        if actor.id not in {row.first, row.second}:
            known = await calls.resolve(connection, row.call_id)
            call = await calls.call_of(connection, known) if known else None
            require_queue(actor, call.queue if call else "", ())
        filled = await store.cards_of_calibrations(connection, [calibration_id])
        return await _calibration_view(FormsRead(connection), actor, row, filled[calibration_id])

    async def _his_turn(
        self, connection: AsyncConnection, actor: Actor, call: Row[Any], wish: CardWish
    ) -> None:
        assert wish.calibration_id is not None
        row = await _calibration_row(connection, wish.calibration_id)
        if actor.id not in {row.first, row.second}:
            raise NotYourCalibration(remedy="score the call by a card of your own")
        asked = (call.call_id, wish.agent, wish.form_id, wish.number)
        if asked != (row.call_id, row.agent, row.form_id, row.number):
            raise NotScorable("the calibration is about another call or form", remedy="load it again")
        filled = (await store.cards_of_calibrations(connection, [row.op_id]))[row.op_id].get(actor.id)
        if filled is not None and filled.op_id != wish.op_id:
            raise AlreadyScored(remedy="the first answer counts: it was given blind")

    # --- marks --------------------------------------------------------------------------------------

    async def mark(
        self, actor: Actor, op_id: UUID, *, call_id: UUID, at_s: float, note: str
    ) -> RecordingMarkView:
        """Raises `UnknownCall`, and `NotScorable` for a place behind the call's end or one mark too many."""
        rights.MARK_RECORDINGS.check(actor)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            call = await self._call(connection, actor, call_id)
            if at_s > (call.ended_at - call.started_at).total_seconds() + 1:
                raise NotScorable("the place is behind the call's end", remedy="give seconds in the call")
            if len(await store.marks_of(connection, call.call_id)) >= MOST_MARKS:
                raise NotScorable(f"a call has at most {MOST_MARKS} marks", remedy="remove one first")
            row = {
                "op_id": op_id,
                "call_id": call.call_id,
                "at_s": at_s,
                "note": note,
                "made_by": actor.id,
                "made_at": self._storage.clock.now(),
            }
            first = await claim(connection, store.marks, row, same=("call_id", "at_s", "note"))
            if first is not None:
                return _mark_view(dict(first._mapping))  # noqa: SLF001
            await self._audit.record_in(transaction, actor, "mark-recording", f"call:{call.call_id}", {})
        return _mark_view(row)

    async def marks(self, actor: Actor, call_id: UUID) -> list[RecordingMarkView]:
        """Of a call in which an agent took part, and of any for a supervisor, in the order of its sound.

        Raises `UnknownCall`.
        """
        rights.SEE_SCORES.check(actor)
        async with self._storage.read() as connection:
            call = await self._call(connection, actor, call_id)
            return [_mark_view(dict(row._mapping)) for row in await store.marks_of(connection, call.call_id)]  # noqa: SLF001

    async def unmark(self, actor: Actor, mark_id: UUID) -> None:
        """Raises `UnknownMark`, and `Forbidden` for a colleague's."""
        rights.MARK_RECORDINGS.check(actor)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            wanted = store.marks.c.op_id == mark_id
            row = (await connection.execute(select(store.marks).where(wanted))).first()
            if row is None:
                raise UnknownMark(remedy="load the call again")
            if row.made_by != actor.id:
                raise Forbidden("a colleague made this mark", remedy="ask who made it")
            await connection.execute(delete(store.marks).where(wanted))
            await self._audit.record_in(transaction, actor, "unmark-recording", f"call:{row.call_id}", {})

    async def _call(self, connection: AsyncConnection, actor: Actor, call_id: UUID) -> Row[Any]:
        """An ended call that the actor may hear. Raises `UnknownCall`, `Forbidden`, `OutOfScope`."""
        known = await calls.resolve(connection, call_id)
        row = await calls.call_of(connection, known) if known else None
        if row is None or row.ended_at is None:
            raise UnknownCall("no ended call has this id", remedy="wait until the call is over")
        if not is_close(actor, row.agents):
            raise Forbidden("only the call's agents and supervisors", remedy="ask a supervisor")
        require_queue(actor, row.queue, row.agents)
        return row


def _may_be_scored(actor: Actor, call: Row[Any], agent: str) -> None:
    if agent not in set(call.agents):
        raise NotScorable("this agent took no part in the call", remedy="name one of the call's agents")
    if agent == actor.id:
        raise NotScorable("nobody scores himself", remedy="ask a colleague")


def _result(form: ScoringForm, answers: Answers) -> Any:
    try:
        return result(form, answers)
    except BadAnswers as error:
        raise NotScorable(str(error), remedy="answer the version of the form that is in use") from error


async def _card(connection: AsyncConnection, card_id: UUID) -> Row[Any]:
    return (await connection.execute(select(store.cards).where(store.cards.c.op_id == card_id))).one()


async def _card_view(forms: FormsRead, row: Row[Any]) -> ScorecardView:
    return ScorecardView(
        card_id=row.op_id,
        form=await forms.of(row.form_id, row.number),
        answers={name: ScoringAnswer.model_validate(one) for name, one in row.answers.items()},
        **{
            name: row._mapping[name]  # noqa: SLF001
            for name in (
                "call_id", "call_at", "queue", "agent", "form_id", "number", "scorer", "calibration_id",
                "score", "fatal", "note", "made_at",
            )
        },
    )  # fmt: skip


async def _calibration_row(connection: AsyncConnection, calibration_id: UUID) -> Row[Any]:
    row = await store.calibration_of(connection, calibration_id)
    if row is None:
        raise UnknownCalibration(remedy="list them: GET /api/quality/calibrations")
    return row


async def _calibration_view(
    forms: FormsRead, actor: Actor, row: Row[Any], filled: dict[str, Row[Any]]
) -> CalibrationView:
    """Blind: nobody sees another's card before both are there."""
    form = await forms.of(row.form_id, row.number)
    waits_for = [scorer for scorer in (row.first, row.second) if scorer not in filled]
    open_to = [card for scorer, card in filled.items() if not waits_for or scorer == actor.id]
    cards = [await _card_view(forms, card) for card in open_to]
    by_scorer = {card.scorer: card for card in cards}
    comparison = None
    if not waits_for:
        found = compare(form, by_scorer[row.first].answers, by_scorer[row.second].answers)
        comparison = ComparisonView(
            questions=[QuestionDifferenceView(**asdict(one), agrees=one.agrees) for one in found.questions],
            agreement=found.agreement,
            score_difference=found.score_difference,
        )
    return CalibrationView(
        calibration_id=row.op_id, call_id=row.call_id, agent=row.agent, form_id=row.form_id,
        number=row.number, form=form, first=row.first, second=row.second, opened_by=row.opened_by,
        opened_at=row.opened_at, waits_for=waits_for, cards=cards, comparison=comparison,
    )  # fmt: skip


def _mark_view(row: dict[str, Any]) -> RecordingMarkView:
    return RecordingMarkView(mark_id=row["op_id"], **{name: row[name] for name in row if name != "op_id"})


def _place(after: str) -> tuple[datetime, UUID]:
    at, _, card_id = after.partition("/")
    try:
        return datetime.fromisoformat(at).astimezone(UTC), UUID(card_id)
    except (ValueError, OverflowError):
        raise Invalid("`after` is no place in this list", remedy="give `next` of the page before") from None
