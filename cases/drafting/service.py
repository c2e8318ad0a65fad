"""Keeps the drafts of live calls: what is said fills them, what the agent decides stays.

Final segments and edits are stored before they are answered; partials live in memory only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.catalogue.model import Catalogues
from cases.catalogue.words import DraftingWords
from cases.drafting import store
from cases.drafting.drafter import Drafter
from cases.drafting.forgetting import forgotten
from cases.drafting.hand import taken_over
from cases.drafting.handed_over import handed_over
from cases.drafting.history import DRAFTING, Author, attributed
from cases.drafting.live import CallDrafts, LiveDrafts
from cases.drafting.model import Draft, Duplicate, FieldName, SpokenSegment
from cases.drafting.store import StoredDraft
from cases.drafting.values import FieldRules
from cases.ended_calls import EndedCalls
from cases.errors import DraftClosed
from cases.events import DraftChanged, DraftView, PartView
from cases.gazetteer.lookup import Gazetteer
from cases.operations import claim
from cases.parts.drafting import chosen, with_offered, with_part
from cases.ports import CallDirectory
from cases.views import draft_view
from core.actor import Actor
from core.bus import Bus
from core.ids import uuid7
from core.metrics import counter, histogram
from core.storage import Storage

_segments = counter("cases_segments", "Transcript segments heard by drafting", ["kind"])
_seconds = histogram(
    "cases_drafting_seconds", "CPU-bound time to take one segment in", (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
)
_alarms = counter("cases_danger_alarms", "Dangers to life heard", ["number"])
_FORGOTTEN_WITH = frozenset({"transcripts", "personal"})
_LOOKED_UP_WITH = frozenset(
    {FieldName.CATEGORY, FieldName.ADDRESS, FieldName.CROSSING, FieldName.DISTRICT, FieldName.ASSET}
)
"""Fields that tell a repeat or a part."""


class RepeatLookup(Protocol):
    async def of(self, connection: AsyncConnection, draft: Draft, now: datetime) -> tuple[Duplicate, ...]:
        """Filed cases that the draft may repeat."""
        ...


class PartLookup(Protocol):
    async def offered(self, connection: AsyncConnection, draft: Draft) -> tuple[PartView, ...]:
        """Parts of the register that bear the number that the draft names."""
        ...


class DraftService:
    """The use-cases of drafts."""

    def __init__(
        self,
        *,
        storage: Storage,
        bus: Bus,
        drafter: Drafter,
        words: DraftingWords,
        catalogues: Catalogues,
        gazetteer: Gazetteer,
        live: LiveDrafts,
        repeats: RepeatLookup,
        parts: PartLookup,
    ) -> None:
        self._repeats = repeats
        self._parts = parts
        self._storage = storage
        self._bus = bus
        self._drafter = drafter
        self._rules = FieldRules(catalogues=catalogues, gazetteer=gazetteer, words=words)
        self.live = live
        self._ended = EndedCalls()
        self._erased = EndedCalls()

    async def hear(self, call_id: UUID, segment: SpokenSegment, *, late_of: datetime | None = None) -> None:
        """Take in what was said in a call. The same segment again changes nothing.

        The first words of a call open its draft. Once every draft of the call is confirmed, only danger to
        life opens another one by itself. `late_of` is when a call began of which these words were found in
        the recording, long after its end: an open draft takes them, and only danger to life opens one. Of a
        call that is over nothing stays in memory, and partials, which are only there, are not taken.
        """
        _segments.labels("final" if segment.final else "partial").inc()
        over = late_of is not None or call_id in self._ended
        if over and not segment.final:
            return
        async with self.live.lock(call_id):
            if call_id in self._erased:  # words that were on their way: they would make a draft anew
                return
            held = await self._held(call_id)
            await self._take_in(call_id, held, segment, late_of)
            if over:
                self.live.rest(call_id)

    async def _take_in(
        self, call_id: UUID, held: CallDrafts, segment: SpokenSegment, late_of: datetime | None
    ) -> None:
        listening = held.listening()
        if not listening:
            await self._hear_without_draft(call_id, held, segment, late_of)
            return
        for stored in listening:
            changed = await self._take(held, stored, segment)
            if changed is not None:
                self._show(changed)
        if segment.final:
            for again in await self._store_unsaved(held):
                self._show(again)

    async def create(self, call_id: UUID, *, op_id: UUID, actor: Actor) -> DraftView:
        """Another, empty draft for the call; what is said from now on fills it. Idempotent by `op_id`."""
        del actor
        async with self.live.lock(call_id):
            held = await self._held(call_id)
            now = self._storage.clock.now()
            began_at = held.drafts[0].draft.began_at if held.drafts else now
            stored = StoredDraft(Draft(draft_id=uuid7(), call_id=call_id, began_at=began_at), "open")
            async with self._storage.write() as transaction:
                earlier = await claim(transaction, op_id, "draft", stored.draft.draft_id, now)
                if earlier is not None:
                    return draft_view(await store.get(transaction.connection, earlier))
                await store.add(transaction.connection, stored, now)
            held.put(stored)
            self._show(stored)
            if call_id in self._ended and not held.unsaved:
                self.live.rest(call_id)
            return draft_view(stored)

    async def open_additional_problem(
        self, draft_id: UUID, category: str, *, op_id: UUID, actor: Actor
    ) -> DraftView:
        """A draft for the second problem that this one offers; both go on listening. Idempotent by `op_id`.

        Raises `Invalid` when the draft offers no such problem, `DraftClosed`, `NoSuchDraft`.
        """
        del actor
        call_id = (await self.stored(draft_id)).call_id
        async with self.live.lock(call_id):
            stored = await self.stored(draft_id)
            new_id, now = uuid7(), self._storage.clock.now()
            async with self._storage.write() as transaction:
                earlier = await claim(transaction, op_id, "further", new_id, now)
                if earlier is not None:
                    return draft_view(await store.get(transaction.connection, earlier))
                if stored.state == "discarded":
                    raise DraftClosed("the draft was discarded", remedy="open another draft")
                origin, other = self._drafter.open_additional_problem(stored.draft, category, new_id)
                stored = stored.holding(origin)
                other = await self.looked_up(transaction.connection, other, now)
                opened = StoredDraft(other, "open", taken_by=stored.taken_by)
                await store.add(transaction.connection, opened, now)
                await store.save(transaction.connection, stored, now)
            for one in (stored, opened):
                self.put(one)
                self._show(one)
            return draft_view(opened)

    async def of_call(self, call_id: UUID) -> list[DraftView]:
        """Of a call that is over they are read and not held: nothing more is said in it."""
        async with self.live.lock(call_id):
            held = self.live.get(call_id)
            if held is not None:
                return [draft_view(stored) for stored in held.drafts]
            async with self._storage.read() as connection:
                return [draft_view(stored) for stored in await store.of_call(connection, call_id)]

    async def get(self, draft_id: UUID) -> DraftView:
        return draft_view(await self.stored(draft_id))

    async def stored(self, draft_id: UUID) -> StoredDraft:
        """The draft with its newest words. Raises `NoSuchDraft`."""
        async with self._storage.read() as connection:
            found = await store.get(connection, draft_id)
        if found.call_id is None:
            return found
        held = self.live.get(found.call_id)
        live = [] if held is None else [s for s in held.drafts if s.draft.draft_id == draft_id]
        return live[0] if live else found

    async def edit(
        self, draft_id: UUID, *, op_id: UUID, name: FieldName, value: str | None, rev: int, actor: Actor
    ) -> DraftView:
        """Set a field as the agent says. Raises `StaleField`, `DraftClosed`, `Invalid`, `NoSuchDraft`."""
        call_id = (await self.stored(draft_id)).call_id
        wanted = self._rules.checked(name, value)
        async with self.live.lock(call_id):
            stored = await self.stored(draft_id)
            now = self._storage.clock.now()
            async with self._storage.write() as transaction:
                if await claim(transaction, op_id, f"edit:{name.value}", draft_id, now) is not None:
                    return draft_view(stored)
                if stored.state != "open":
                    raise DraftClosed("the draft is no longer open", remedy="open another draft")
                draft, changes = self._drafter.edit(stored.draft, name, wanted, expected_rev=rev)
                draft = attributed(stored.draft, draft, Author(actor.id, actor.name), now)
                if name in _LOOKED_UP_WITH:
                    draft = await self.looked_up(transaction.connection, draft, now)
                stored = stored.holding(draft)
                await store.save(transaction.connection, stored, now)
            self.put(stored)
            if changes:
                self._show(stored)
            return draft_view(stored)

    async def choose_part(
        self, draft_id: UUID, part: PartView | None, *, op_id: UUID, actor: Actor
    ) -> DraftView:
        """The draft is about this part, whose class and place it takes where no agent wrote others; None
        takes the part out. Raises `DraftClosed`, `NoSuchDraft`.
        """
        call_id = (await self.stored(draft_id)).call_id
        async with self.live.lock(call_id):
            stored = await self.stored(draft_id)
            now = self._storage.clock.now()
            async with self._storage.write() as transaction:
                if await claim(transaction, op_id, "part", draft_id, now) is not None:
                    return draft_view(stored)
                if stored.state != "open":
                    raise DraftClosed("the draft is no longer open", remedy="open another draft")
                draft = chosen(stored.draft, part, self._drafter)
                draft = attributed(stored.draft, draft, Author(actor.id, actor.name), now)
                draft = await self.looked_up(transaction.connection, draft, now)
                stored = stored.holding(draft)
                await store.save(transaction.connection, stored, now)
            self.put(stored)
            self._show(stored)
            return draft_view(stored)

    async def take_over(
        self, draft_id: UUID, *, op_id: UUID, actor: Actor, calls: CallDirectory
    ) -> DraftView:
        """The draft is in the actor's hand; an agent of its call takes it back. Raises `DraftClosed`."""
        call_id = (await self.stored(draft_id)).call_id
        async with self.live.lock(call_id):
            stored = await self.stored(draft_id)
            draft = await taken_over(calls, actor, stored.draft)
            now = self._storage.clock.now()
            async with self._storage.write() as transaction:
                if await claim(transaction, op_id, "take-over", draft_id, now) is not None:
                    return draft_view(stored)
                if stored.state != "open":
                    raise DraftClosed("the draft is no longer open", remedy="reload the call's drafts")
                stored = stored.holding(draft)
                await store.save(transaction.connection, stored, now)
            self.put(stored)
            self._show(stored)
            return draft_view(stored)

    async def discard(self, draft_id: UUID, *, op_id: UUID, actor: Actor) -> DraftView:
        """The draft is no case. Raises `DraftClosed` when it became one."""
        del actor
        call_id = (await self.stored(draft_id)).call_id
        async with self.live.lock(call_id):
            stored = await self.stored(draft_id)
            now = self._storage.clock.now()
            async with self._storage.write() as transaction:
                if await claim(transaction, op_id, "discard", draft_id, now) is not None:
                    return draft_view(stored)
                if stored.state != "open":
                    raise DraftClosed("the draft is no longer open", remedy="reload the call's drafts")
                stored = replace(stored, state="discarded")
                await store.save(transaction.connection, stored, now)
            self.put(stored)
            self._show(stored)
            return draft_view(stored)

    async def handed_over(self, call_id: UUID, number: str) -> None:
        """`number` has taken the call: the alarms for it are settled in its open drafts. Once more, it
        changes nothing.
        """
        async with self.live.lock(call_id):
            held = self.live.get(call_id)
            if held is None:
                async with self._storage.read() as connection:
                    drafts = await store.of_call(connection, call_id)
            else:
                drafts = list(held.drafts)
            for stored in drafts:
                after = handed_over(stored.draft, number)
                if stored.state != "open" or after is stored.draft:
                    continue
                after = attributed(stored.draft, after, DRAFTING, self._storage.clock.now())
                changed = stored.holding(after)
                async with self._storage.write() as transaction:
                    await store.save(transaction.connection, changed, self._storage.clock.now())
                self.put(changed)
                self._show(changed)

    def put(self, stored: StoredDraft) -> None:
        """Keep memory in step with what was stored."""
        held = None if stored.call_id is None else self.live.get(stored.call_id)
        if held is not None:
            held.put(stored)
            held.unsaved.discard(stored.draft.draft_id)

    def show(self, stored: StoredDraft) -> None:
        """Tell the desks of a draft that another use-case changed."""
        self._show(stored)

    def snapshot(self) -> list[DraftView]:
        """The open drafts of live calls."""
        return [draft_view(stored) for stored in self.live.open_drafts()]

    async def call_merged(self, old: UUID, new: UUID) -> None:
        """The call lives on under another id: its drafts go with it."""
        for stored in (await self._take_out(old)).drafts:
            moved = stored.holding(stored.draft.model_copy(update={"call_id": new}))
            async with self._storage.write() as transaction:
                await store.save(transaction.connection, moved, self._storage.clock.now())
        self.live.forget(new)
        self._ended.add(old)

    def call_ended(self, call_id: UUID) -> None:
        """Nobody speaks any more; the last words may still come. The drafts stay open in the database until
        the agent decides.
        """
        self._ended.add(call_id)
        held = self.live.get(call_id)
        if held is not None and not held.unsaved:
            self.live.rest(call_id)

    async def call_erased(self, call_ids: Collection[UUID], kinds: Collection[str]) -> None:
        """The words or the person of an ended call, under all its ids, were erased: drafts that became no
        case go, the others keep what was filed and nothing of what was said. `kinds` as of `CallErased`;
        a recording alone leaves everything. Once more, it changes nothing.
        """
        if _FORGOTTEN_WITH.isdisjoint(kinds):
            return
        for call_id in call_ids:
            async with self.live.lock(call_id):
                self._erased.add(call_id)
                self.live.erase(call_id)
                async with self._storage.write() as transaction:
                    await store.remove_undecided(transaction.connection, call_id)
                    now = self._storage.clock.now()
                    for stored in await store.of_call(transaction.connection, call_id):
                        left = forgotten(stored.draft, personal="personal" in kinds)
                        if left != stored.draft:
                            await store.save(transaction.connection, stored.holding(left), now)

    async def _take_out(self, call_id: UUID) -> CallDrafts:
        async with self.live.lock(call_id):
            held = await self._held(call_id)
            self.live.forget(call_id)
            return held

    async def _held(self, call_id: UUID) -> CallDrafts:
        held = self.live.get(call_id)
        if held is not None:
            return held
        async with self._storage.read() as connection:
            return self.live.hold(call_id, await store.of_call(connection, call_id))

    async def _hear_without_draft(
        self, call_id: UUID, held: CallDrafts, segment: SpokenSegment, late_of: datetime | None
    ) -> None:
        draft = held.aside or self._new_draft(call_id, segment, late_of)
        draft, _ = self._apply(draft, segment)
        if (held.drafts or late_of is not None) and not draft.alarms:
            held.aside = draft
            return
        held.aside = None
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            stored = StoredDraft(await self.looked_up(transaction.connection, draft, now), "open")
            await store.add(transaction.connection, stored, now)
        held.put(stored)
        self._show(stored)

    def _new_draft(self, call_id: UUID, segment: SpokenSegment, late_of: datetime | None) -> Draft:
        """A draft that knows when its call began, as its first words tell how far on it is."""
        on = timedelta(seconds=min(max(segment.start, 0.0), 86_400.0))
        return Draft(draft_id=uuid7(), call_id=call_id, began_at=late_of or self._storage.clock.now() - on)

    async def _take(
        self, held: CallDrafts, stored: StoredDraft, segment: SpokenSegment
    ) -> StoredDraft | None:
        draft, changed = self._apply(stored.draft, segment)
        if draft is not stored.draft:
            stored = stored.holding(draft)
            held.put(stored)
            held.unsaved.add(draft.draft_id)
        return stored if changed else None

    async def _store_unsaved(self, held: CallDrafts) -> list[StoredDraft]:
        """Store them, and look for what they may repeat and which parts they name; gives back those of which
        that changed.
        """
        waiting = [s for s in held.drafts if s.draft.draft_id in held.unsaved]
        if not waiting:
            return []
        changed: list[StoredDraft] = []
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            for stored in waiting:
                found = await self.looked_up(transaction.connection, stored.draft, now)
                if found != stored.draft:
                    stored = stored.holding(found)  # noqa: PLW2901
                    changed.append(stored)
                await store.save(transaction.connection, stored, now)
        for stored in changed:
            held.put(stored)
        held.unsaved.clear()
        return changed

    async def looked_up(self, connection: AsyncConnection, draft: Draft, now: datetime) -> Draft:
        """With the parts whose number it names, and the cases that it may repeat."""
        found = with_offered(draft, await self._parts.offered(connection, draft))
        if found.fields is not draft.fields:
            found = attributed(draft, found, DRAFTING, now)
        repeats = await self._repeats.of(connection, found, now)
        return found if repeats == found.duplicates else found.model_copy(update={"duplicates": repeats})

    def _apply(self, draft: Draft, segment: SpokenSegment) -> tuple[Draft, bool]:
        known = len(draft.alarms)
        began = perf_counter()
        after, _changes = self._drafter.apply(draft, segment)
        after = with_part(after)
        _seconds.observe(perf_counter() - began)
        if after is not draft:
            after = attributed(draft, after, DRAFTING, self._storage.clock.now())
        for alarm in after.alarms[known:]:
            _alarms.labels(alarm.number).inc()
        # Surer of the same value, or other words for it, is news for the desk too.
        news = (after.fields, after.alarms, after.additional_problems) != (
            draft.fields,
            draft.alarms,
            draft.additional_problems,
        )
        return after, news

    def _show(self, stored: StoredDraft) -> None:
        self._bus.publish(DraftChanged(call_id=stored.call_id, draft=draft_view(stored)))
