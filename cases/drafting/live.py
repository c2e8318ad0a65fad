"""The drafts of calls that are going on, in memory: bounded, the call that rested longest leaves first."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from cases.drafting.model import Draft
from cases.drafting.store import StoredDraft
from core.metrics import counter, gauge

_held = gauge("cases_live_calls", "Calls whose drafts are kept in memory")
_left = counter("cases_live_calls_evicted", "Calls whose drafts left memory because it was full")
_STRIPES = 64
ASIDES = 256
"""Ended calls of which what listens aside is kept: their last words come after the end."""


@dataclass(slots=True)
class CallDrafts:
    """The drafts of one call, oldest first. `aside` listens on when none is open, for danger to life only.

    `unsaved` are drafts whose last words are not in the database yet.
    """

    drafts: list[StoredDraft]
    aside: Draft | None = None
    unsaved: set[UUID] = field(default_factory=set)

    def open_one(self) -> StoredDraft | None:
        """The draft that is being filled: the one opened last."""
        return next((stored for stored in reversed(self.drafts) if stored.state == "open"), None)

    def listening(self) -> list[StoredDraft]:
        """The drafts that hear what is said now: the one opened last, and the other open ones with it
        where it was opened for a second problem of the same story.
        """
        last = self.open_one()
        if last is None or last.draft.about is None:
            return [] if last is None else [last]
        return [stored for stored in self.drafts if stored.state == "open"]

    def put(self, stored: StoredDraft) -> None:
        """Replace the draft of the same id, or append it."""
        for index, known in enumerate(self.drafts):
            if known.draft.draft_id == stored.draft.draft_id:
                self.drafts[index] = stored
                return
        self.drafts.append(stored)


class LiveDrafts:
    """What is known in memory, by call; and the locks that make one change of a call follow another."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._calls: OrderedDict[UUID, CallDrafts] = OrderedDict()
        self._asides: OrderedDict[UUID, Draft] = OrderedDict()
        self._locks = [asyncio.Lock() for _ in range(_STRIPES)]

    def lock(self, call_id: UUID | None) -> asyncio.Lock:
        """The lock for changes to this call's drafts; calls share a fixed number of locks."""
        return self._locks[hash(call_id) % _STRIPES]

    def get(self, call_id: UUID) -> CallDrafts | None:
        known = self._calls.get(call_id)
        if known is not None:
            self._calls.move_to_end(call_id)
        return known

    def hold(self, call_id: UUID, drafts: Iterable[StoredDraft]) -> CallDrafts:
        """Keep a call's drafts in memory; the calls that were used longest ago go when there are too many."""
        held = CallDrafts(list(drafts), self._asides.pop(call_id, None))
        self._calls[call_id] = held
        while len(self._calls) > self._limit:
            self._calls.popitem(last=False)
            _left.inc()
        _held.set(len(self._calls))
        return held

    def rest(self, call_id: UUID) -> None:
        """The call is over and its drafts are in the database: only what listens aside is kept for a while,
        as a danger may be told in two breaths.
        """
        held = self._calls.get(call_id)
        if held is not None and held.aside is not None:
            self._asides[call_id] = held.aside
            while len(self._asides) > ASIDES:
                self._asides.popitem(last=False)
        self.forget(call_id)

    def forget(self, call_id: UUID) -> None:
        """The call's drafts are read from the database next time."""
        self._calls.pop(call_id, None)
        _held.set(len(self._calls))

    def erase(self, call_id: UUID) -> None:
        """Nothing of the call is known any more, nor what listened aside."""
        self._asides.pop(call_id, None)
        self.forget(call_id)

    def open_drafts(self) -> list[StoredDraft]:
        """Drafts that are neither confirmed nor discarded."""
        return [stored for call in self._calls.values() for stored in call.drafts if stored.state == "open"]
