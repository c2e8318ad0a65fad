"""Tells the desks of a call who edits its drafts, and an editor that somebody else filed hers meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Hashable, Iterable, Sequence
from uuid import UUID

from cases import rights
from cases.drafting.hand import require_in_hand
from cases.drafting.model import FieldName
from cases.drafting.presence import DraftPresence, PageEditing
from cases.drafting.service import DraftService
from cases.errors import DraftBeingEdited, DraftClosed
from cases.events import CaseView, DraftEditorsChanged, DraftEditorView, FiledWhileEditing
from cases.ports import CallDirectory
from cases.privacy import require_call
from cases.reports.service import require_taken
from core.actor import Actor
from core.bus import Bus
from core.clock import Clock
from core.errors import SonghuaError
from core.metrics import counter
from core.tasks import Tasks

LOOK_EVERY_S = 1.0
_refused = counter("cases_editing_refused", "Pages that said that they edit a draft that they may not edit")


class DraftEditing:
    """A page is any object that stays the same for as long as its connection."""

    def __init__(self, drafts: DraftService, calls: CallDirectory, bus: Bus, clock: Clock) -> None:
        self._drafts = drafts
        self._calls = calls
        self._bus = bus
        self._clock = clock
        self._presence = DraftPresence()
        self._call_of: dict[UUID, UUID | None] = {}
        self._tasks = Tasks("cases.editing")

    async def start(self) -> None:
        self._tasks.forever("leases", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def says(self, page: Hashable, actor: Actor, draft_id: UUID | None, field: str) -> None:
        """The page edits this field of a draft, or None: nothing any more. What its person may not edit, or
        what does not exist, is counted and edits nothing.
        """
        name = next((one for one in FieldName if one.value == field), None)
        if draft_id is None or name is None:
            self._tell(self._presence.leaves(page))
            return
        if not self._presence.knows(page, actor.id, draft_id):
            try:
                await self._require(actor, draft_id)
            except SonghuaError:
                _refused.inc()
                self._tell(self._presence.leaves(page))
                return
        now = self._clock.monotonic()
        wish = PageEditing(actor.id, actor.name, draft_id, name, self._clock.now(), now)
        self._tell(self._presence.edits(page, wish, now))

    def gone(self, page: Hashable) -> None:
        """The page's connection has ended."""
        self._tell(self._presence.leaves(page))

    def lapse(self) -> None:
        """End the leases that were not prolonged."""
        self._tell(self._presence.lapse(self._clock.monotonic()))

    def of(self, draft_id: UUID) -> Sequence[DraftEditorView]:
        """Who edits this draft now."""
        return [
            DraftEditorView(person=one.person, name=one.name, field=one.field.value, since=one.since)
            for one in self._presence.of(draft_id)
        ]

    def others(self, draft_id: UUID, actor: Actor) -> Sequence[DraftEditorView]:
        """Who edits this draft beside the actor."""
        return [one for one in self.of(draft_id) if one.person != actor.id]

    def require_nobody(self, draft_id: UUID, actor: Actor, despite: Collection[str]) -> None:
        """Raises `DraftBeingEdited` when somebody else than the actor, and those in `despite`, edits it."""
        editors = [one for one in self.others(draft_id, actor) if one.person not in despite]
        if editors:
            raise DraftBeingEdited(
                "somebody is typing in it",
                remedy="file it in spite of that, with their ids in `despite`, or wait",
                editors=",".join(one.person for one in editors),
            )

    def filed(self, draft_id: UUID, case: CaseView, actor: Actor, editors: Iterable[DraftEditorView]) -> None:
        """The draft became a case while these people edited it: each of them is told."""
        for one in editors:
            self._bus.publish(
                FiledWhileEditing(
                    agent_id=one.person,
                    call_id=case.call_ids[0] if case.call_ids else None,
                    draft_id=draft_id,
                    case_id=case.case_id,
                    number=case.number,
                    by=actor.id,
                    by_name=actor.name,
                )
            )
        self.closed(draft_id)

    def closed(self, draft_id: UUID) -> None:
        """The draft was decided: nobody edits it any more."""
        self._tell(self._presence.closed(draft_id))

    def snapshot(self) -> Sequence[DraftEditorsChanged]:
        """Every draft that is being edited, as a desk begins with it."""
        return [self._now(draft_id) for draft_id in self._presence.drafts()]

    async def _require(self, actor: Actor, draft_id: UUID) -> None:
        rights.DRAFT.check(actor)
        stored = await self._drafts.stored(draft_id)
        if stored.state != "open":
            raise DraftClosed("the draft is no longer open", remedy="open another draft")
        if stored.call_id is not None:
            await require_call(self._calls, actor, stored.call_id)
        require_taken(stored, actor)
        await require_in_hand(self._calls, actor, stored.draft)
        self._call_of[draft_id] = stored.call_id

    def _tell(self, drafts: Iterable[UUID]) -> None:
        for draft_id in drafts:
            self._bus.publish(self._now(draft_id))
            if not self._presence.of(draft_id):
                self._call_of.pop(draft_id, None)

    def _now(self, draft_id: UUID) -> DraftEditorsChanged:
        return DraftEditorsChanged(
            call_id=self._call_of.get(draft_id), draft_id=draft_id, editors=list(self.of(draft_id))
        )

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.lapse()
