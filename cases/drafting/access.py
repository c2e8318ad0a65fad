"""Who may read a draft, and who may change it."""

from __future__ import annotations

from uuid import UUID

from cases import rights
from cases.drafting.hand import require_in_hand
from cases.drafting.model import Draft
from cases.drafting.service import DraftService
from cases.ports import CallDirectory
from cases.privacy import require_call
from cases.reports.service import require_taken
from core.actor import Actor


class DraftAccess:
    def __init__(self, drafts: DraftService, calls: CallDirectory) -> None:
        self._drafts = drafts
        self._calls = calls

    async def read(self, actor: Actor, draft_id: UUID) -> Draft:
        """Raises `Forbidden`, `NotYourDraftCall`, `ReportTaken`, `NoSuchDraft`."""
        rights.DRAFT.check(actor)
        stored = await self._drafts.stored(draft_id)
        if stored.call_id is not None:
            await require_call(self._calls, actor, stored.call_id)
        require_taken(stored, actor)
        return stored.draft

    async def edit(self, actor: Actor, draft_id: UUID) -> Draft:
        """Raises as `read`, and `DraftNotInHand`."""
        draft = await self.read(actor, draft_id)
        await require_in_hand(self._calls, actor, draft)
        return draft
