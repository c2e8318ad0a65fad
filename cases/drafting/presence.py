"""Who edits which field of a draft right now: a lease for each page, prolonged by what the page says. Pure.

A page edits one field at a time. A lease that is not prolonged ends, so a page that vanished edits nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from cases.drafting.model import FieldName

LEASE_S = 12.0
"""A page that edits says so every 5 s."""
MOST_PAGES = 2_000


@dataclass(frozen=True, slots=True)
class PageEditing:
    """What one page edits; `until` is monotonic, in seconds."""

    person: str
    name: str
    draft_id: UUID
    field: FieldName
    since: datetime
    until: float


class DraftPresence:
    """Each change gives back the drafts whose editors are others than before."""

    def __init__(self, lease_s: float = LEASE_S) -> None:
        self._lease_s = lease_s
        self._pages: dict[Hashable, PageEditing] = {}

    def edits(self, page: Hashable, wish: PageEditing, now: float) -> set[UUID]:
        """The page edits this field from now on, and nothing else."""
        known = self._pages.get(page)
        if known is None and len(self._pages) >= MOST_PAGES:
            return set()
        is_same = known is not None and (known.draft_id, known.field) == (wish.draft_id, wish.field)
        since = known.since if known is not None and is_same else wish.since
        self._pages[page] = replace(wish, since=since, until=now + self._lease_s)
        if is_same:
            return set()
        return {wish.draft_id} | ({known.draft_id} if known is not None else set())

    def leaves(self, page: Hashable) -> set[UUID]:
        """The page edits nothing any more."""
        known = self._pages.pop(page, None)
        return set() if known is None else {known.draft_id}

    def closed(self, draft_id: UUID) -> set[UUID]:
        """The draft was decided: nobody edits it."""
        pages = [page for page, one in self._pages.items() if one.draft_id == draft_id]
        for page in pages:
            del self._pages[page]
        return {draft_id} if pages else set()

    def lapse(self, now: float) -> set[UUID]:
        """End the leases that were not prolonged."""
        lapsed = [page for page, one in self._pages.items() if one.until <= now]
        return {self._pages.pop(page).draft_id for page in lapsed}

    def knows(self, page: Hashable, person: str, draft_id: UUID) -> bool:
        """Whether the page edits this draft already, so that its person's rights were looked at."""
        known = self._pages.get(page)
        return known is not None and (known.person, known.draft_id) == (person, draft_id)

    def of(self, draft_id: UUID) -> Sequence[PageEditing]:
        """Who edits this draft, in the order in which they came; a person with two pages comes once."""
        found: dict[str, PageEditing] = {}
        for one in sorted(self._pages.values(), key=lambda one: one.since):
            if one.draft_id == draft_id:
                found[one.person] = one
        return tuple(found.values())

    def drafts(self) -> set[UUID]:
        """Every draft that somebody edits."""
        return {one.draft_id for one in self._pages.values()}
