"""Asks inspectors to look at the place of a draft or of a done case, and takes in what they say.

What is filed and closed stays a person's act. A task goes to its inspector as jobs go to units; it rings
nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.drafting import store as draft_store
from cases.drafting.model import Draft
from cases.drafting.store import StoredDraft
from cases.errors import (
    DraftClosed,
    NoInspector,
    NoSuchVerification,
    NotAnInspector,
    VerificationIncomplete,
    VerificationWaits,
    WrongStep,
)
from cases.events import (
    CaseFiled,
    CaseState,
    DispatchStep,
    VerificationAsked,
    VerificationChanged,
    VerificationFinding,
    VerificationState,
    VerificationSummary,
)
from cases.life import store as case_store
from cases.operations import claim, made_by
from cases.ports import CallDirectory, UnitReport
from cases.privacy import require_case
from cases.reports.service import require_taken
from cases.verification import store
from cases.verification.choice import as_inspector, choose, choose_outside
from cases.verification.model import (
    Verification,
    VerificationAct,
    VerificationAction,
    VerificationAnswer,
    VerificationRole,
    act,
    outside_unit,
    rule_of,
)
from cases.verification.ports import Inspector, InspectorDirectory, OutsideDirectory
from cases.verification.settings import VerificationSettings
from cases.verification.subject import VerificationSubject, VerificationSubjects
from core.actor import Actor, system
from core.ids import uuid7
from core.log import logger
from core.metrics import counter
from core.operations import OperationReused
from core.place import Position
from core.scopes import Scope
from core.storage import Storage, Transaction

_log = logger("cases")
_tasks = counter("cases_verifications", "Verification tasks by what became of them", ["state"])
_reports = counter("cases_verification_reports", "Reports of inspectors", ["result"])

VERIFIED_IN: Final = frozenset({CaseState.DONE, CaseState.VERIFIED})
"""A case is verified when the work is said to be done, and before it is closed."""
_ASK: Final = "verification:ask"
AHEAD: Final = timedelta(minutes=5)
"""How far another system's clock may be from ours."""
MOST_LISTED: Final = 200
MOST_SHOWN: Final = 500
NUMBER_DIGITS: Final = 5
_DECLINING: Final = frozenset({DispatchStep.DECLINED, DispatchStep.RETURNED})
_FAILED: Final = frozenset({VerificationAction.DECLINE, VerificationAction.EXPIRE})


def task_number(task_id: UUID) -> str:
    """What people call a task by: the last digits of its id as a number."""
    return f"{task_id.int % 10**NUMBER_DIGITS:0{NUMBER_DIGITS}d}"


class VerificationService:
    def __init__(
        self,
        *,
        storage: Storage,
        subjects: VerificationSubjects,
        calls: CallDirectory,
        inspectors: InspectorDirectory,
        outside: OutsideDirectory,
        settings: VerificationSettings,
    ) -> None:
        self._storage = storage
        self._subjects = subjects
        self._calls = calls
        self._inspectors = inspectors
        self._outside = outside
        self._allowed = timedelta(minutes=settings.due_min)

    # --- the centre asks ----------------------------------------------------------------------------

    async def ask_of_draft(
        self, draft_id: UUID, *, op_id: UUID, actor: Actor, unit_id: str = "", words: str = ""
    ) -> Verification:
        """An inspector is to look before it is filed; `unit_id` instead of whose beat it is. Idempotent by
        `op_id`. The caller has seen to it that the actor may edit the draft.

        Raises `Forbidden`, `NoSuchDraft`, `DraftClosed`, `ReportTaken`, `VerificationWaits`, `NoInspector`,
        `NotAnInspector`.
        """
        rights.VERIFY_DRAFT.check(actor)
        async with self._storage.read() as connection:
            done = await _asked_before(connection, op_id)
            if done is not None:
                return _require_of(done, draft_id=draft_id)
            stored = await draft_store.get(connection, draft_id)
            before = await store.of_draft(connection, draft_id)
        secret = await self._is_secret(stored.call_id)
        chosen = await self._choose(
            self._subjects.of_draft(stored.draft, confidential=secret), before, unit_id
        )
        secret = await self._is_secret(stored.call_id)  # an inspector was looked for meanwhile
        async with self._storage.write() as transaction:
            task_id = uuid7()
            earlier = await self._claim(transaction, op_id, task_id)
            if earlier is not None:
                return _require_of(earlier, draft_id=draft_id)
            kept = await draft_store.get(transaction.connection, draft_id, lock=True)
            if kept.state != "open":
                raise DraftClosed("the draft was already decided", remedy="reload it")
            require_taken(kept, actor)
            # As it is now: somebody may have edited it since it was read.
            subject = self._subjects.of_draft(kept.draft, confidential=secret)
            return await self._ask(transaction, task_id, subject, chosen, actor=actor, words=words)

    async def ask_of_places(self, draft: Draft, *, op_id: UUID, actor: Actor, words: str) -> Verification:
        """Pictures of the ground show places that an inspector is to look at: with the task comes its draft,
        which waits in the queue of reports. Idempotent by `op_id`; about a draft that is there it asks again.

        Raises `Forbidden`, `DraftClosed`, `VerificationWaits`, `NoInspector`.
        """
        rights.VERIFY_PLACES.check(actor)
        draft_id = draft.draft_id
        async with self._storage.read() as connection:
            done = await _asked_before(connection, op_id)
            if done is not None:
                return _require_of(done, draft_id=draft_id)
            before = await store.of_draft(connection, draft_id)
        chosen = await self._choose(self._subjects.of_draft(draft, confidential=False), before, "")
        async with self._storage.write() as transaction:
            task_id, now = uuid7(), self._storage.clock.now()
            earlier = await self._claim(transaction, op_id, task_id)
            if earlier is not None:
                return _require_of(earlier, draft_id=draft_id)
            connection = transaction.connection
            if not await draft_store.is_there(connection, draft_id):
                await draft_store.add(connection, StoredDraft(draft, "open"), now)
            kept = await draft_store.get(connection, draft_id, lock=True)
            if kept.state != "open":
                raise DraftClosed("the draft was already decided", remedy="release the next places")
            subject = self._subjects.of_draft(kept.draft, confidential=False)
            return await self._ask(transaction, task_id, subject, chosen, actor=actor, words=words)

    async def ask_of_case(
        self, case_id: UUID, *, op_id: UUID, actor: Actor, unit_id: str = "", words: str = ""
    ) -> Verification:
        """An inspector is to check the work before the case is closed. Raises as `ask_of_draft`;
        `NoSuchCase`, `NotYourCase`, `OutOfScope`, `WrongStep` for a case that is not done.
        """
        rights.VERIFY_CASE.check(actor)
        async with self._storage.read() as connection:
            case = await case_store.get(connection, case_id)
            require_case(actor, case)
            done = await _asked_before(connection, op_id)
            if done is not None:
                return _require_of(done, case_id=case_id)
            before = await store.of_case(connection, case_id)
        chosen = await self._choose(self._subjects.of_case(case), before, unit_id)
        async with self._storage.write() as transaction:
            task_id = uuid7()
            earlier = await self._claim(transaction, op_id, task_id)
            kept = await case_store.get(transaction.connection, case_id, lock=True)
            # It may have become confidential since it was read: what counts is the row that is locked.
            require_case(actor, kept)
            if earlier is not None:
                return _require_of(earlier, case_id=case_id)
            if kept.state not in VERIFIED_IN:
                raise WrongStep(
                    f"a case that is {kept.state} is not verified on site",
                    remedy="wait until it is done", state=kept.state.value,
                )  # fmt: skip
            subject = self._subjects.of_case(kept)
            return await self._ask(transaction, task_id, subject, chosen, actor=actor, words=words)

    async def recall(self, task_id: UUID, *, op_id: UUID, reason: str, actor: Actor) -> Verification:
        """Take it back from the inspector. Raises `Forbidden`, `NoSuchVerification`, `VerificationMovedOn`,
        `CaseReasonMissing`.
        """
        rights.RECALL_VERIFICATION.check(actor)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            task = await store.get(connection, task_id, lock=True)
            await self._require_own(connection, task, actor)
            earlier = await claim(transaction, op_id, "verification:recall", task_id, now)
            if earlier is not None:
                if earlier != task_id:
                    raise OperationReused
                return task
            after = act(
                task, VerificationAction.RECALL, VerificationRole.CENTRE, at=now, by=actor.id, reason=reason
            )
            await self._keep(transaction, after)
        return after

    # --- what is shown ------------------------------------------------------------------------------

    async def of_draft(self, draft_id: UUID) -> list[Verification]:
        """The oldest first. The caller has seen to it that the draft may be read."""
        async with self._storage.read() as connection:
            return await store.of_draft(connection, draft_id)

    async def of_case(self, actor: Actor, case_id: UUID) -> list[Verification]:
        """The oldest first. Raises `Forbidden`, `NoSuchCase`, `NotYourCase`, `OutOfScope`."""
        rights.SEE_VERIFICATIONS_OF_CASE.check(actor)
        async with self._storage.read() as connection:
            require_case(actor, await case_store.get(connection, case_id))
            return await store.of_case(connection, case_id)

    async def waiting(self, actor: Actor) -> list[Verification]:
        """What waits for an answer in the actor's districts, the earliest due first. Raises `Forbidden`."""
        rights.SEE_VERIFICATIONS.check(actor)
        async with self._storage.read() as connection:
            return await _within(connection, actor, await store.live(connection, MOST_LISTED))

    async def snapshot(self, viewer: Actor) -> list[VerificationSummary]:
        """What a desk begins with, without words, the oldest first; of the viewer's districts. Raises
        `StorageAway`.
        """
        async with self._storage.read() as connection:
            found = await _within(connection, viewer, await store.shown(connection, MOST_SHOWN))
        return [_summary(one) for one in found]

    async def get(self, task_id: UUID) -> Verification:
        """Raises `NoSuchVerification`."""
        async with self._storage.read() as connection:
            return await store.get(connection, task_id)

    async def inspectors(self, actor: Actor) -> Sequence[Inspector]:
        """All of them, by name, and after them the departments that have others. Raises `Forbidden`."""
        rights.SEE_INSPECTORS.check(actor)
        ours = sorted(await self._inspectors.near(None), key=lambda one: (not one.on_shift, one.name))
        return [*ours, *(as_inspector(one) for one in self._outside.listed())]

    # --- what another system's inspectors do ----------------------------------------------------------

    async def open_of(self, actor: Actor) -> list[Verification]:
        """What waits for the inspectors of the actor's departments, the earliest due first."""
        units = [outside_unit(one) for one in sorted(actor.scopes.departments)]
        async with self._storage.read() as connection:
            return await store.open_of_units(connection, units, MOST_LISTED)

    async def one_of(self, actor: Actor, task_id: UUID) -> Verification:
        """Raises `NoSuchVerification`, also for one of no department of his."""
        async with self._storage.read() as connection:
            return _require_his(actor, await store.get(connection, task_id))

    async def act_outside(
        self,
        actor: Actor,
        task_id: UUID,
        action: VerificationAction,
        *,
        op_id: UUID,
        finding: VerificationFinding | None = None,
        text: str = "",
        looked_at: datetime | None = None,
        position: Position | None = None,
    ) -> Verification:
        """Accept, decline or answer a task of the actor's department, once by `op_id`. Raises
        `NoSuchVerification`, `VerificationMovedOn`, `VerificationIncomplete`, `CaseReasonMissing`,
        `OperationReused`.
        """
        async with self._storage.write() as transaction:
            now = transaction.clock.now()
            task = _require_his(actor, await store.get(transaction.connection, task_id, lock=True))
            earlier = await claim(transaction, op_id, f"verification:{action.value}", task_id, now)
            if earlier is not None:
                if earlier != task_id:
                    raise OperationReused
                return task
            at = now if looked_at is None else looked_at
            if not task.asked_at - AHEAD <= at <= now + AHEAD:
                raise VerificationIncomplete(
                    "nobody looked before he was asked, or will later", remedy="look at looked_at",
                    field="looked_at",
                )  # fmt: skip
            at = at.astimezone(UTC)  # only now: what is far off has no time in UTC
            answer = None
            if action is VerificationAction.ANSWER:
                if finding is None:
                    raise VerificationIncomplete(
                        "an answer says what was found", remedy="send finding", field="finding"
                    )
                answer = VerificationAnswer(finding, text.strip(), min(at, now), position)
            after = act(
                task, action, VerificationRole.INSPECTOR, at=now, by=actor.id,
                reason="" if answer else text, answer=answer,
            )  # fmt: skip
            await self._keep(transaction, after)
        return after

    # --- what units and other rooms say ---------------------------------------------------------------

    async def hear(self, word: UnitReport) -> bool:
        """Take in what an inspector says; False when it is about no verification task. Copies and late steps
        do no harm.
        """
        async with self._storage.read() as connection:
            if not await store.is_there(connection, word.dispatch_id):
                return False
        async with self._storage.write() as transaction:
            if not await transaction.first_time("cases.verification", word.msg_id):
                _reports.labels("copy").inc()
                return True
            task = await store.get(transaction.connection, word.dispatch_id, lock=True)
            if task.unit_id != word.unit_id:
                _reports.labels("wrong_unit").inc()
                _log.warning("unit reports another unit's verification task", unit=word.unit_id)
                return True
            after = _heard(task, word)
            _reports.labels("nothing_new" if after is None else "taken").inc()
            if after is not None:
                await self._keep(transaction, after, tell=after.state is not task.state)
        return True

    async def on_filed(self, event: CaseFiled) -> None:
        """The draft's tasks are the case's from now on, and so are their photos. Once more, it changes
        nothing.
        """
        if event.draft_id is None:
            return
        async with self._storage.read() as connection:
            found = await store.of_draft(connection, event.draft_id)
        for task in (one for one in found if one.case_id is None):
            async with self._storage.write() as transaction:
                await store.file(transaction.connection, task.task_id, event.case.case_id)
                kept = await store.get(transaction.connection, task.task_id)
                await self._tell(transaction, kept, act="file")

    async def look(self) -> int:
        """Mark what is overdue, which may still be answered, and take back what nobody needs any more; how
        many. Raises `StorageAway`.
        """
        now = self._storage.clock.now()
        async with self._storage.read() as connection:
            late = await store.due(connection, now, MOST_LISTED)
            needless = await store.needless(connection, MOST_LISTED)
        for task_id in needless:
            await self._end(task_id, VerificationAction.RECALL, "decided without it")
        for task_id in late:
            await self._end(task_id, VerificationAction.EXPIRE, "")
        return len(needless) + len(late)

    # --- how ----------------------------------------------------------------------------------------

    async def _end(self, task_id: UUID, action: VerificationAction, reason: str) -> None:
        by, now = system("verification").id, self._storage.clock.now()
        async with self._storage.write() as transaction:
            task = await store.get(transaction.connection, task_id, lock=True)
            if task.state not in rule_of(action).sources or (
                action is VerificationAction.EXPIRE and task.due_at > now
            ):
                return  # somebody was quicker
            ended = act(task, action, VerificationRole.SERVICE, at=now, by=by, reason=reason)
            await self._keep(transaction, ended)

    async def _choose(
        self, subject: VerificationSubject, before: Sequence[Verification], unit_id: str
    ) -> Inspector:
        """Raises `NoInspector`, `NotAnInspector`."""
        known = await self._inspectors.near(subject.position)
        others = self._outside.listed()
        if unit_id:
            every = [*known, *(as_inspector(one) for one in others)]
            named = next((one for one in every if one.unit_id == unit_id), None)
            if named is None:
                raise NotAnInspector(remedy="choose one of GET /api/inspectors")
            return named
        units = subject.beat.units if subject.beat is not None else ()
        # Who declined it or let the time pass is asked again only by name.
        failed = {one.unit_id for one in before if any(done.action in _FAILED for done in one.acts)}
        beat = "" if subject.beat is None else subject.beat.beat_id
        theirs = choose_outside(others, beat, without=failed) if beat else None
        chosen = theirs or choose(known, units, without=failed) or choose_outside(others, "", without=failed)
        if chosen is None:
            raise NoInspector(remedy="name an inspector, or enter shifts: songhua inspectors shift import")
        return chosen

    async def _is_secret(self, call_id: UUID | None) -> bool:
        facts = None if call_id is None else await self._calls.facts(call_id)
        return facts is not None and facts.confidential

    async def _claim(self, transaction: Transaction, op_id: UUID, task_id: UUID) -> Verification | None:
        """The task that this operation asked before; None when it is new."""
        earlier = await claim(transaction, op_id, _ASK, task_id, self._storage.clock.now())
        return None if earlier is None else await store.get(transaction.connection, earlier)

    async def _ask(
        self,
        transaction: Transaction,
        task_id: UUID,
        subject: VerificationSubject,
        chosen: Inspector,
        *,
        actor: Actor,
        words: str,
    ) -> Verification:
        """The draft or the case is locked, and the operation is claimed. Raises `VerificationWaits`."""
        connection, now = transaction.connection, self._storage.clock.now()
        for one in await _others(connection, subject):
            if one.live:
                raise VerificationWaits(
                    remedy="wait for the answer, or take the task back first", task_id=str(one.task_id),
                    by=one.asked_by, at=one.asked_at.isoformat(), unit=one.unit_id,
                )  # fmt: skip
        task = Verification(
            task_id=task_id,
            draft_id=subject.draft_id,
            case_id=subject.case_id,
            unit_id=chosen.unit_id,
            unit_name=chosen.name,
            state=VerificationState.ASKED,
            words=words.strip(),
            asked_by=actor.id,
            asked_at=now,
            due_at=now + self._allowed,
            beat="" if subject.beat is None else subject.beat.beat_id,
            confidential=subject.confidential,
            acts=(VerificationAct(VerificationAction.ASK, now, actor.id),),
        )
        await store.add(connection, task)
        if not task.department_id:  # a form tells those of a department
            await transaction.emit(_asked(task, subject), stream=f"unit:{task.unit_id}")
        await self._tell(transaction, task)
        _tasks.labels(task.state.value).inc()
        return task

    async def _keep(self, transaction: Transaction, task: Verification, *, tell: bool = True) -> None:
        await store.save(transaction.connection, task)
        if tell:
            _tasks.labels(task.state.value).inc()
            await self._tell(transaction, task)

    async def _tell(self, transaction: Transaction, task: Verification, *, act: str = "") -> None:
        """`act`: if it is none on the task itself."""
        [(_, about)] = await store.about(transaction.connection, [task])
        event = VerificationChanged(
            **_summary(task).model_dump(),
            # Of a case as it is now, not as it was when the inspector was asked.
            confidential=task.confidential if about.confidential is None else about.confidential,
            district=about.district,
            people=sorted(about.people),
            reason=task.last.reason if task.state is VerificationState.RECALLED else "",
            act=act or task.last.action.value,
        )
        # In the unit's own stream: a task is never taken back before it was given.
        await transaction.emit(event, stream=f"unit:{task.unit_id}")

    async def _require_own(self, connection: AsyncConnection, task: Verification, actor: Actor) -> None:
        """Who asked takes it back, and who leads. Raises `Forbidden`, `NotYourCase`, `OutOfScope`."""
        if task.case_id is not None:
            require_case(actor, await case_store.get(connection, task.case_id))
        if task.asked_by != actor.id:
            rights.RECALL_ANY_VERIFICATION.check(actor)


def _require_his(actor: Actor, task: Verification) -> Verification:
    """Raises `NoSuchVerification` for another department's: that it exists is no news for others."""
    if not task.department_id or task.department_id not in actor.scopes.departments:
        raise NoSuchVerification(remedy="look at the list again")
    return task


async def _within(
    connection: AsyncConnection, viewer: Actor, tasks: Sequence[Verification]
) -> list[Verification]:
    """Those of the viewer's districts, and those that he asked for or whose case he filed."""
    if not viewer.scopes.of(Scope.DISTRICT):
        return list(tasks)
    return [
        task
        for task, about in await store.about(connection, tasks)
        if viewer.id in about.people or viewer.within(Scope.DISTRICT, about.district)
    ]


async def _asked_before(connection: AsyncConnection, op_id: UUID) -> Verification | None:
    made = await made_by(connection, op_id, _ASK)
    return None if made is None else await store.get(connection, made)


def _require_of(
    task: Verification, *, draft_id: UUID | None = None, case_id: UUID | None = None
) -> Verification:
    """What the same operation asked before. Raises `OperationReused` when that was about something else."""
    if (draft_id is not None and task.draft_id != draft_id) or (
        case_id is not None and task.case_id != case_id
    ):
        raise OperationReused
    return task


def _summary(task: Verification) -> VerificationSummary:
    return VerificationSummary(
        task_id=task.task_id,
        draft_id=task.draft_id,
        case_id=task.case_id,
        unit_id=task.unit_id,
        state=task.state,
        due_at=task.due_at,
    )


async def _others(connection: AsyncConnection, subject: VerificationSubject) -> list[Verification]:
    if subject.draft_id is not None:
        return await store.of_draft(connection, subject.draft_id)
    assert subject.case_id is not None
    return await store.of_case(connection, subject.case_id)


def _asked(task: Verification, subject: VerificationSubject) -> VerificationAsked:
    place = subject.position
    return VerificationAsked(
        task_id=task.task_id,
        unit_id=task.unit_id,
        number=task_number(task.task_id),
        category=subject.category,
        category_name=subject.category_name,
        place=subject.place,
        # What somebody wants to know comes first; the report's own words after it.
        description="\n".join(one for one in (task.words, subject.description) if one),
        urgent=subject.urgent,
        confidential=subject.confidential,
        lon=None if place is None else place.lon,
        lat=None if place is None else place.lat,
        accuracy_m=None if place is None else place.accuracy_m,
        due_at=task.due_at,
    )


def _heard(task: Verification, word: UnitReport) -> Verification | None:
    """The task after the word; None where it changes nothing."""
    by, at = f"unit:{word.unit_id}", word.at
    sources = {VerificationState.ASKED, VerificationState.ACCEPTED}
    if word.step is DispatchStep.DONE and word.finding is not None:
        if task.state not in sources | {VerificationState.EXPIRED}:
            return None
        answer = VerificationAnswer(word.finding, word.note, at, word.position)
        return act(task, VerificationAction.ANSWER, VerificationRole.INSPECTOR, at=at, by=by, answer=answer)
    if word.step in _DECLINING and task.state in sources:
        reason = word.reason or word.note or "—"
        return act(task, VerificationAction.DECLINE, VerificationRole.INSPECTOR, at=at, by=by, reason=reason)
    if word.step is DispatchStep.ACCEPTED and task.state is VerificationState.ASKED:
        return act(task, VerificationAction.ACCEPT, VerificationRole.INSPECTOR, at=at, by=by)
    if word.step is DispatchStep.DISPLAYED and task.displayed_at is None:
        return task.shown(at)
    return None
