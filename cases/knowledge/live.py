"""Suggests articles for calls that go on: what the citizen said last, and the draft's class, looked up a
moment after he paused. Nothing here is kept, and nothing of a call waits for it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar
from uuid import UUID

from cases.drafting.model import SpokenSegment
from cases.ended_calls import EndedCalls
from cases.events import ArticlesSuggested, Evidence, SuggestionView
from cases.gazetteer.sound import is_chinese
from cases.knowledge import store
from cases.knowledge.content import Language
from cases.knowledge.ranking import RankedArticle, wanted
from cases.knowledge.search import Filter, Finder
from cases.knowledge.store import ShownVersion
from cases.knowledge.suggesting import ArticleSuggestion, DraftContext, candidate, said_in, settle, tag_said
from cases.knowledge.terms import Token, folded
from core.bus import Bus
from core.metrics import counter, gauge, histogram
from core.storage import Storage, StorageAway
from core.tasks import Tasks

_seconds = histogram(
    "cases_suggestion_seconds", "From the citizen's last word to the offers", (0.5, 1, 2, 3, 5, 10)
)
_held = gauge("cases_suggestion_calls", "Calls for which articles are looked up")
_away = counter("cases_suggestions_skipped", "Looks for articles that the database did not answer")
_late = counter("cases_suggestions_late", "Looks for articles given up because they came too late")

QUIET_S = 0.7
"""After the last word; a word in between puts it off."""
LATEST_S = 2.0
"""After the first new word, however much is said."""
TOO_LATE_S = 3.0
"""A look that is so long overdue is given up: whose words come next is more in need of it."""
SEGMENTS = 4
MOST_WORDS = 600
"""Characters of the citizen's last words that are looked at, of all segments together."""
TERMS = 48
LOOKED_AT = 12
TAGS_KNOWN = 4_096
"""Tags that are kept cut into their words."""

Segment = tuple[str, str, list[Token]]
"""Its id, its text, and the text's terms."""


@dataclass(slots=True)
class CallSuggestions:
    """One call: the citizen's last segments by their id, when to look, and what is offered."""

    said: OrderedDict[str, str] = field(default_factory=OrderedDict)
    first_new: float | None = None
    last_new: float = 0.0
    offers: tuple[ArticleSuggestion, ...] = ()

    def due(self) -> float | None:
        """When it is time to look for articles, monotonic seconds; None when nothing new was said."""
        if self.first_new is None:
            return None
        return min(self.last_new + QUIET_S, self.first_new + LATEST_S)


class Suggestions:
    """`about` says what the call's draft knows so far."""

    name: ClassVar[str] = "suggestions"

    def __init__(
        self,
        *,
        storage: Storage,
        bus: Bus,
        finder: Finder,
        about: Callable[[UUID], DraftContext],
        limit: int,
    ) -> None:
        self._storage = storage
        self._bus = bus
        self._finder = finder
        self._tag_tokens = lru_cache(TAGS_KNOWN)(finder.segmenter.tokens)
        self._about = about
        self._limit = limit
        self._calls: OrderedDict[UUID, CallSuggestions] = OrderedDict()
        self._ended = EndedCalls()
        self._wake = asyncio.Event()
        self._tasks = Tasks("suggestions")

    async def start(self) -> None:
        self._tasks.forever("look", self._run)

    async def stop(self) -> None:
        await self._tasks.stop()

    def hear(self, call_id: UUID, segment: SpokenSegment) -> None:
        """Note the citizen's words; the same ones again, and the agent's, are no reason to look, nor are the
        last ones of a call that is over: its end was told on another way, and nothing would remove it again.
        """
        if segment.speaker != "citizen" or not segment.text.strip() or call_id in self._ended:
            return
        call = self._calls.get(call_id)
        if call is None:
            call = self._calls[call_id] = CallSuggestions()
            while len(self._calls) > self._limit:
                self._calls.popitem(last=False)
        self._calls.move_to_end(call_id)
        _held.set(len(self._calls))
        if call.said.get(segment.segment_id) == segment.text:
            return
        call.said[segment.segment_id] = segment.text
        while len(call.said) > SEGMENTS:
            call.said.popitem(last=False)
        call.last_new = self._storage.clock.monotonic()
        call.first_new = call.last_new if call.first_new is None else call.first_new
        self._wake.set()

    def call_ended(self, call_id: UUID) -> None:
        """No article is suggested in this call any more."""
        self._ended.add(call_id)
        self._calls.pop(call_id, None)
        _held.set(len(self._calls))

    def call_merged(self, old: UUID, new: UUID) -> None:
        """The call lives on under another id, and so does what is offered."""
        self._ended.add(old)
        call = self._calls.pop(old, None)
        if call is not None and new not in self._ended:
            self._calls.setdefault(new, call)
            self._show(new, self._calls[new])
        _held.set(len(self._calls))

    def of_call(self, call_id: UUID) -> ArticlesSuggested:
        """What is offered now; nothing where nothing was heard."""
        call = self._calls.get(call_id)
        return _view(call_id, () if call is None else call.offers)

    def snapshot(self) -> list[ArticlesSuggested]:
        """The calls for which something is offered."""
        return [_view(call_id, call.offers) for call_id, call in self._calls.items() if call.offers]

    async def look(self) -> float | None:
        """Look up what is due, one call after the other, and give up what is due too long; the seconds until
        something else is, None while nothing is waited for.
        """
        began = self._storage.clock.monotonic()
        waiting = [(due, call_id) for call_id, call in self._calls.items() if (due := call.due()) is not None]
        for due, call_id in sorted(waiting, key=lambda pair: pair[0]):
            call = self._calls.get(call_id)
            if due > began or call is None:
                continue
            if self._storage.clock.monotonic() - due > TOO_LATE_S:
                # What is offered stays; the next words are looked up again.
                call.first_new = None
                _late.inc()
                continue
            await self._look_at(call_id, call)
        left = [due for call in self._calls.values() if (due := call.due()) is not None]
        return max(0.0, min(left) - self._storage.clock.monotonic()) if left else None

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            pause = await self.look()
            if pause is None:
                await self._wake.wait()
            else:
                await self._storage.clock.sleep(max(pause, 0.01))

    async def _look_at(self, call_id: UUID, call: CallSuggestions) -> None:
        began, call.first_new = call.last_new, None
        try:
            offers = await self._offers(call_id, call.offers, last_words(call.said))
        except StorageAway:
            # What is offered stays; the next words are looked up again.
            _away.inc()
            return
        _seconds.observe(self._storage.clock.monotonic() - began)
        before, call.offers = call.offers, offers
        if [_told(one) for one in before] != [_told(one) for one in offers]:
            self._show(call_id, call)

    async def _offers(
        self, call_id: UUID, shown: tuple[ArticleSuggestion, ...], texts: list[tuple[str, str]]
    ) -> tuple[ArticleSuggestion, ...]:
        """Words are cut, ranked and compared beside the event loop: calls go on meanwhile."""
        about = self._about(call_id)
        segments = await asyncio.to_thread(self._cut, texts)
        asked = wanted((token for _, _, tokens in segments for token in tokens), TERMS)
        wish = Filter(language=_language([text for _, text in texts]))
        now = self._storage.clock.now()
        classes = [about.category] if about.category else []
        async with self._storage.read() as connection:
            ranked = await self._finder.ranked(connection, asked, categories=classes)
            found = await self._finder.allowed(connection, ranked, wish, now=now, limit=LOOKED_AT)
            allowed = await store.still_in_force(connection, [one.key for one in shown], now)
        fresh = await asyncio.to_thread(self._candidates, found, segments, about)
        return settle(shown, fresh, allowed)

    def _cut(self, texts: list[tuple[str, str]]) -> list[Segment]:
        return [(one, text, self._finder.segmenter.tokens(text)) for one, text in texts]

    def _candidates(
        self, found: list[tuple[RankedArticle, ShownVersion]], segments: list[Segment], about: DraftContext
    ) -> list[ArticleSuggestion]:
        said = said_in(segments)
        spoken = "\n".join(folded(text) for _, text, _ in segments)
        made = (
            candidate(
                head,
                one.score,
                where=one.where,
                said=said,
                about=about,
                tagged=any(tag_said(tag, self._tag_tokens(tag), spoken, said) for tag in head.version.tags),
            )
            for one, head in found
        )
        return [one for one in made if one is not None]

    def _show(self, call_id: UUID, call: CallSuggestions) -> None:
        self._bus.publish(_view(call_id, call.offers))


def last_words(said: Mapping[str, str]) -> list[tuple[str, str]]:
    """The end of what was said, by segment, the oldest first; what is too much is blank, so that a place in
    the text stays a place in the segment.
    """
    left = MOST_WORDS
    out: list[tuple[str, str]] = []
    for segment_id, text in list(said.items())[::-1]:
        if left <= 0:
            break
        cut = max(0, len(text) - left)
        out.append((segment_id, " " * cut + text[cut:]))
        left -= len(text) - cut
    return out[::-1]


def _language(texts: list[str]) -> Language:
    """What the citizen speaks now."""
    return "zh" if texts and is_chinese(texts[-1]) else "en"


def _told(offer: ArticleSuggestion) -> tuple[object, ...]:
    """What the desk would show otherwise; a score alone is no news."""
    return offer.key, offer.by_category, [one.words for one in offer.reasons]


def _view(call_id: UUID, offers: tuple[ArticleSuggestion, ...]) -> ArticlesSuggested:
    return ArticlesSuggested(
        call_id=call_id,
        suggestions=[
            SuggestionView(
                article_id=offer.shown.named.article_id,
                number=offer.shown.version.number,
                name=offer.shown.named.name,
                language=offer.shown.named.language,
                title=offer.shown.version.title,
                score=round(offer.score, 3),
                by_category=offer.by_category,
                words=list(dict.fromkeys(one.words for one in offer.reasons)),
                evidence=[
                    Evidence(segment_id=one.segment_id, start=one.start, end=one.end) for one in offer.reasons
                ],
            )
            for offer in offers
        ],
    )
