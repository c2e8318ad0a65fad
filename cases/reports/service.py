"""The queue of drafts without a call: an agent takes one, files or declines it, or gives it back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from cases.drafting import store
from cases.drafting.drafter import Drafter
from cases.drafting.forgetting import forgotten
from cases.drafting.service import DraftService
from cases.drafting.store import StoredDraft
from cases.errors import DraftClosed, NoReportDraft, ReportTaken, ReportUndecided
from cases.events import CaseFiled, CaseSource, DeclineReason, DraftView, ReportDeclined, ReportsWaiting
from cases.life import store as case_store
from cases.life.forgetting import forget_reporter
from cases.operations import claim
from cases.privacy import require_case
from cases.reports.drafting import draft_of
from cases.reports.masking import shown_in_queue
from cases.views import draft_view
from citizen.events import ReportForgotten, ReportReceived
from core.actor import Actor, Role
from core.bus import Bus
from core.metrics import counter
from core.storage import Storage, Transaction

_reports = counter("cases_reports", "Drafts without a call by what became of them", ["source", "fate"])
MOST_LISTED: Final = 200
MOST_FORGOTTEN: Final = 100
"""Reports that one look erases."""


def require_taken(stored: StoredDraft, actor: Actor) -> None:
    """A draft without a call belongs to who has taken it. Raises `ReportTaken`."""
    is_report = stored.call_id is None and stored.draft.source is not CaseSource.TELEPHONE
    if is_report and stored.taken_by != actor.id and not actor.has(Role.SUPERVISOR):
        raise ReportTaken(remedy="take the report first, or choose another one", by=stored.taken_by)


def require_call_of(stored: StoredDraft) -> None:
    """Raises `ReportUndecided` for a report: who declines one says why, as its reporter is told."""
    if stored.draft.source is not CaseSource.TELEPHONE:
        raise ReportUndecided(remedy="decline the report with a reason")


class ReportDrafts:
    def __init__(self, *, storage: Storage, bus: Bus, drafts: DraftService, drafter: Drafter) -> None:
        self._storage = storage
        self._bus = bus
        self._drafts = drafts
        self._drafter = drafter

    async def hear(self, event: ReportReceived) -> None:
        """Put the report's draft into the queue, once. Raises `StorageAway`: the event comes again."""
        async with self._storage.read() as connection:
            if await store.is_there(connection, event.report_id):
                return
        draft = await draft_of(self._drafter, event)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            if await store.is_there(transaction.connection, event.report_id):
                return
            stored = StoredDraft(await self._drafts.looked_up(transaction.connection, draft, now), "open")
            await store.add(transaction.connection, stored, now)
        _reports.labels(event.source.value, "received").inc()
        await self._changed(stored)

    async def added(self, draft_id: UUID) -> None:
        """Another part put this draft into the queue: desks see it."""
        await self._changed(await self._drafts.stored(draft_id))

    async def waiting(self, viewer: Actor) -> list[DraftView]:
        """Open drafts without a call, the oldest first; those that another has taken as `shown_in_queue`."""
        async with self._storage.read() as connection:
            found = await store.without_call(connection, MOST_LISTED)
        return [shown_in_queue(viewer, one) for one in found]

    async def require_readable(self, viewer: Actor, draft_id: UUID) -> None:
        """Whether he may read the report of this draft: with a case as the case, else while nobody else has
        taken it. Raises `NotYourCase`, `OutOfScope`, `ReportTaken`.
        """
        async with self._storage.read() as connection:
            if not await store.is_there(connection, draft_id):
                return  # its draft is not made yet, or all its words are erased
            stored = await store.get(connection, draft_id)
            if stored.case_id is not None:
                require_case(viewer, await case_store.get(connection, stored.case_id))
            elif stored.taken_by is not None:
                require_taken(stored, viewer)

    async def queue(self) -> ReportsWaiting:
        """How many wait for an agent, and since when the oldest does."""
        async with self._storage.read() as connection:
            return ReportsWaiting(
                waiting=await store.count_without_call(connection),
                oldest=await store.oldest_without_call(connection),
            )

    async def take(self, draft_id: UUID, *, op_id: UUID, actor: Actor) -> DraftView:
        """The draft is the actor's. Raises `ReportTaken` when another agent was first, unless the actor is a
        supervisor; `DraftClosed`, `NoSuchDraft`.
        """
        async with self._changing() as transaction:
            stored = await self._open(transaction, draft_id, op_id, "take")
            if stored is not None and stored.taken_by not in {None, actor.id}:
                require_taken(stored, actor)
            if stored is not None:
                await self._save(transaction, replace(stored, taken_by=actor.id))
        return await self._answer(draft_id)

    async def release(self, draft_id: UUID, *, op_id: UUID, actor: Actor) -> DraftView:
        """Give it back to the queue. Raises `ReportTaken`, `DraftClosed`, `NoSuchDraft`."""
        async with self._changing() as transaction:
            stored = await self._open(transaction, draft_id, op_id, "release")
            if stored is not None and stored.taken_by is not None:
                require_taken(stored, actor)
                await self._save(transaction, replace(stored, taken_by=None))
        return await self._answer(draft_id)

    async def decline(self, draft_id: UUID, *, reason: DeclineReason, op_id: UUID, actor: Actor) -> DraftView:
        """Make no case of it; the reporter is told why. Raises as `release`."""
        async with self._changing() as transaction:
            stored = await self._open(transaction, draft_id, op_id, "decline")
            if stored is not None:
                require_taken(stored, actor)
                await self._save(transaction, replace(stored, state="discarded"))
                source = stored.draft.source
                await transaction.emit(
                    ReportDeclined(draft_id=draft_id, source=source, reason=reason, actor=actor.id),
                    stream=f"report:{draft_id}",
                )
                _reports.labels(source.value, "declined").inc()
        return await self._answer(draft_id)

    async def on_filed(self, event: CaseFiled) -> None:
        """A draft left the queue."""
        if event.call_id is None and event.draft_id is not None:
            _reports.labels(event.case.source.value, "filed").inc()
            self._bus.publish(await self.queue())

    async def forget(self, event: ReportForgotten) -> None:
        """Keep what was filed with the case, and nothing of words and reporter. Once more, it changes
        nothing. Raises `StorageAway`.
        """
        async with self._changing() as transaction:
            connection = transaction.connection
            for draft_id in await store.ids_of_report(connection, event.report_id):
                stored = await store.get(connection, draft_id)
                if stored.case_id is None:
                    await store.remove(connection, draft_id)
                    continue
                await forget_reporter(transaction, stored.case_id)
                left = stored.holding(forgotten(stored.draft, personal=True))
                await store.save(connection, left, self._storage.clock.now())

    async def forget_old(self, kept: timedelta) -> int:
        """Own reports of inspectors that became no case go like those of citizens: draft, and words of its
        tasks. How many went. Raises `StorageAway`.
        """
        before = self._storage.clock.now() - kept
        async with self._changing() as transaction:
            old = await store.old_of_inspectors(transaction.connection, before, MOST_FORGOTTEN)
            for draft_id in old:
                await store.remove(transaction.connection, draft_id)
        if old:
            _reports.labels(CaseSource.INSPECTOR.value, "forgotten").inc(len(old))
            self._bus.publish(await self.queue())
        return len(old)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[Transaction]:
        """A transaction in which no edit or confirmation of a draft without a call is on its way."""
        async with self._drafts.live.lock(None), self._storage.write() as transaction:
            yield transaction

    async def _open(
        self, transaction: Transaction, draft_id: UUID, op_id: UUID, kind: str
    ) -> StoredDraft | None:
        """The open draft; None when the operation was done before."""
        now = self._storage.clock.now()
        if await claim(transaction, op_id, f"report:{kind}", draft_id, now) is not None:
            return None
        stored = await store.get(transaction.connection, draft_id, lock=True)
        if stored.draft.source is CaseSource.TELEPHONE:
            raise NoReportDraft(remedy="open the call that it was drafted from")
        if stored.state != "open":
            raise DraftClosed("the report was already decided", remedy="reload the list of reports")
        return stored

    async def _save(self, transaction: Transaction, stored: StoredDraft) -> None:
        await store.save(transaction.connection, stored, self._storage.clock.now())

    async def _answer(self, draft_id: UUID) -> DraftView:
        stored = await self._drafts.stored(draft_id)
        await self._changed(stored)
        return draft_view(stored)

    async def _changed(self, stored: StoredDraft) -> None:
        self._drafts.show(stored)
        self._bus.publish(await self.queue())
