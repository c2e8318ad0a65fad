"""The timeline of a case. Each kind of entry is for who may read it by its own operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.dispatch import store as dispatch_store
from cases.dispatch.model import Dispatch
from cases.events import CaseView, DispatchStep
from cases.life.service import CaseService
from cases.life.store import CaseLogEntry
from cases.ports import CallDirectory
from cases.privacy import require_case, timeline
from cases.tables import drafts
from cases.timeline.model import TimelineEntry, TimelineKind, TimelineSubject
from cases.timeline.ports import TimelineSource
from cases.verification import store as verification_store
from cases.verification.model import Verification, VerificationAct, VerificationAction
from core.actor import Actor
from core.storage import Storage

_OF_THE_CENTRE = frozenset({DispatchStep.QUEUED, DispatchStep.RECALLED})
MOST_ENTRIES = 2_000
"""Of one timeline, the newest."""


class CaseTimeline:
    def __init__(
        self,
        *,
        storage: Storage,
        cases: CaseService,
        calls: CallDirectory,
        sources: Sequence[TimelineSource] = (),
    ) -> None:
        self._storage = storage
        self._cases = cases
        self._calls = calls
        self._sources = sources

    async def of_case(self, actor: Actor, case_id: UUID) -> tuple[CaseView, list[TimelineEntry]]:
        """The case and its entries, oldest first. Raises `Forbidden`, `NoSuchCase`, `NotYourCase`,
        `OutOfScope`.
        """
        rights.SEE_TIMELINE.check(actor)
        case = await self._cases.get(case_id)
        require_case(actor, case)
        async with self._storage.read() as connection:
            sent = (await dispatch_store.of_cases(connection, [case_id]))[case_id]
            found = [*await self._drafts(connection, actor, case), *_articles(case)]
            found += _verifications(await verification_store.of_case(connection, case_id))
        if rights.SEE_HISTORY.allows(actor):
            found += _acts(timeline(actor, await self._cases.history(case_id)))
        else:
            filed = TimelineEntry(kind=TimelineKind.ACT, at=case.filed_at, by=case.filed_by, act="file")
            found += [filed, *(step for one in sent for step in _steps(one))]
        about = TimelineSubject(case_id, case.number, case.call_ids, _held(sent, self._storage.clock.now()))
        for source in self._sources:
            found += await source.entries(actor, about)
        found.sort(key=lambda entry: entry.at)
        return case, found[-MOST_ENTRIES:]

    async def _drafts(self, connection: AsyncConnection, actor: Actor, case: CaseView) -> list[TimelineEntry]:
        if not rights.DRAFT.allows(actor):
            return []
        query = select(drafts.c.draft_id, drafts.c.call_id, drafts.c.created_at)
        whole = [case.case_id, *(one.case_id for one in case.merged)]
        rows = (await connection.execute(query.where(drafts.c.case_id.in_(whole)))).all()
        return [
            TimelineEntry(
                kind=TimelineKind.DRAFT, at=row.created_at, by="", act="drafted", call_id=row.call_id,
                draft_id=row.draft_id,
            )
            for row in rows
            if row.call_id is None or await self._calls.may_hear(actor, row.call_id)
        ]  # fmt: skip


def _acts(log: Sequence[CaseLogEntry]) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            kind=TimelineKind.ACT if one.dispatch_id is None else TimelineKind.DISPATCH,
            at=one.at, by=one.actor, act=one.act, words=one.reason, dispatch_id=one.dispatch_id,
        )
        for one in log
    ]  # fmt: skip


def _steps(dispatch: Dispatch) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            kind=TimelineKind.DISPATCH, at=at, act=step, dispatch_id=dispatch.dispatch_id,
            by=dispatch.by if step in _OF_THE_CENTRE else f"unit:{dispatch.unit_id}",
            words=dispatch.reason if step == dispatch.step else "", unit_id=dispatch.unit_id,
        )
        for step, at in dispatch.times.items()
    ]  # fmt: skip


def _verifications(tasks: Sequence[Verification]) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            kind=TimelineKind.VERIFICATION, at=one.at, by=one.by, act=_act(task, one),
            words=_words(task, one), unit_id=task.unit_id, dispatch_id=task.task_id,
        )
        for task in tasks
        for one in task.acts
    ]  # fmt: skip


def _act(task: Verification, one: VerificationAct) -> str:
    """An answer is called by what was found: `answer_confirmed`."""
    found = task.answer if one.action is VerificationAction.ANSWER else None
    return one.action.value if found is None else f"{one.action.value}_{found.finding.value}"


def _words(task: Verification, one: VerificationAct) -> str:
    """What was asked, answered or given as a reason."""
    if one.action is VerificationAction.ASK:
        return task.words
    if one.action is VerificationAction.ANSWER and task.answer is not None:
        return task.answer.text
    return one.reason


def _articles(case: CaseView) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            kind=TimelineKind.ARTICLE, at=one.at, by=one.actor, act="told", words=one.title,
            article_id=one.article_id, call_id=one.call_id,
        )
        for one in case.articles
    ]  # fmt: skip


def _held(sent: Sequence[Dispatch], now: datetime) -> Mapping[str, tuple[datetime, datetime]]:
    """Each unit with the time from its first dispatch to the end of its last one."""
    out: dict[str, tuple[datetime, datetime]] = {}
    for one in sent:
        began = one.times.get(DispatchStep.QUEUED.value, one.at)
        ended = one.at if one.ended else now
        first, last = out.get(one.unit_id, (began, ended))
        out[one.unit_id] = (min(first, began), max(last, ended))
    return out
