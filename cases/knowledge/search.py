"""Articles found by their words: postings from the database, ranked by `ranking`, shown with their spans.

Every cost is bounded: terms asked for, postings read, versions looked at, characters cut for a snippet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.knowledge import store
from cases.knowledge.content import Language
from cases.knowledge.ranking import SOUND_WEIGHT, Key, Posting, Ranked, Row, Wanted, rank, wanted
from cases.knowledge.snippets import Marked, marked
from cases.knowledge.tables import articles, terms, versions
from cases.knowledge.terms import Segmenter, Token, facet
from core.metrics import counter

_cut = counter("cases_knowledge_search_cut", "Searches in which frequent words were left out")

MOST_TEXT = 400
"""Characters of a query that are looked at."""
MOST_TERMS = 48
MOST_POSTINGS = 20_000
LOOKED_AT = 400
Scope = Literal["in_force", "newest"]


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader asks for beside the words; None asks for nothing. A district also finds articles that
    hold everywhere.
    """

    scope: Scope = "in_force"
    language: Language | None = None
    category: str | None = None
    district: str | None = None
    tag: str | None = None

    def fits(self, one: store.Shown) -> bool:
        version = one.version
        return (
            (self.category is None or self.category in version.categories)
            and (self.district is None or not version.districts or self.district in version.districts)
            and (self.tag is None or self.tag in version.tags)
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found, how well it fits, and where the words stand."""

    shown: store.Shown
    score: float
    ranked: Ranked
    title: Marked
    snippet: Marked


class Finder:
    def __init__(self, segmenter: Segmenter) -> None:
        self.segmenter = segmenter

    async def search(
        self, connection: AsyncConnection, text: str, wish: Filter, *, now: datetime, limit: int = 20
    ) -> list[Hit]:
        """The best first; any text is words and nothing else. No words, no hits."""
        asked = wanted(self.segmenter.tokens(text[:MOST_TEXT]), MOST_TERMS)
        ranked = await self.ranked(connection, asked, wish, now=now)
        found: list[tuple[Ranked, store.Shown]] = []
        heads = await store.of_keys(connection, [one.key for one in ranked[:LOOKED_AT]])
        for one in ranked[:LOOKED_AT]:
            head = heads.get(one.key)
            if head is not None and wish.fits(head):
                found.append((one, head))
            if len(found) == limit:
                break
        return await self.marked(connection, found)

    async def marked(
        self, connection: AsyncConnection, found: Sequence[tuple[Ranked, store.Shown]]
    ) -> list[Hit]:
        """Hits with the words shown where they stand."""
        bodies = await store.contents(connection, [one.key for one, _ in found])
        hits: list[Hit] = []
        for one, head in found:
            title = marked(head.version.title, one.where, self.segmenter, most=None)
            snippet = marked(bodies.get(one.key, ""), one.where, self.segmenter)
            hits.append(Hit(head, one.score, one, title, snippet))
            # Cutting a text takes a millisecond or two: calls go on between them.
            await asyncio.sleep(0)
        return hits

    async def ranked(
        self,
        connection: AsyncConnection,
        asked: Wanted,
        wish: Filter,
        *,
        now: datetime,
        categories: Iterable[str] = (),
    ) -> list[Ranked]:
        """Versions by how well they fit the terms, and the classes, where some are given."""
        size, mean = await self._measure(connection)
        if not size or not (asked.terms or categories):
            return []
        weights = dict(asked.terms)
        frequency = await self._frequency(connection, weights)
        # A word that nobody wrote may be misheard or miswritten: what sounds the same is asked for then.
        sounds = {sound for term, sound in asked.sounds.items() if term not in frequency}
        if sounds:
            frequency |= await self._frequency(connection, sounds)
            weights |= dict.fromkeys(sounds, SOUND_WEIGHT)
        classes = {facet(category): 1.0 for category in categories}
        if classes:
            frequency |= await self._frequency(connection, classes)
            weights |= classes
        chosen = _affordable(frequency)
        rows = await self._rows(connection, chosen, wish, now)
        return rank(rows, wanted=weights, frequency=frequency, size=size, mean=mean)

    async def _measure(self, connection: AsyncConnection) -> tuple[int, float]:
        query = select(func.count(), func.avg(versions.c.length)).where(versions.c.indexed.is_(True))
        size, mean = (await connection.execute(query)).one()
        return int(size), float(mean or 0.0)

    async def _frequency(self, connection: AsyncConnection, asked: Iterable[str]) -> dict[str, int]:
        names = list(asked)
        if not names:
            return {}
        query = select(terms.c.term, func.count()).where(terms.c.term.in_(names)).group_by(terms.c.term)
        return {term: int(known) for term, known in (await connection.execute(query)).all()}

    async def _rows(
        self, connection: AsyncConnection, asked: Sequence[str], wish: Filter, now: datetime
    ) -> list[Row]:
        if not asked:
            return []
        which = store.in_force(now) if wish.scope == "in_force" else store.newest()
        query = (
            select(terms, versions.c.length)
            .join(
                versions,
                (versions.c.article_id == terms.c.article_id) & (versions.c.number == terms.c.number),
            )
            .where(terms.c.term.in_(asked), which)
            .limit(MOST_POSTINGS)
        )
        if wish.language is not None:
            query = query.join(articles, articles.c.article_id == terms.c.article_id).where(
                articles.c.language == wish.language
            )
        return [
            Row(row.term, _key(row), Posting(row.title, row.tags, row.body), row.length)
            for row in await connection.execute(query)
        ]


def _key(row: object) -> Key:
    article_id: UUID = row.article_id  # type: ignore[attr-defined]
    number: int = row.number  # type: ignore[attr-defined]
    return article_id, number


def _affordable(frequency: Mapping[str, int]) -> list[str]:
    """The rarest terms whose postings together may be read; the commonest say least."""
    chosen: list[str] = []
    read = 0
    for term, known in sorted(frequency.items(), key=lambda pair: (pair[1], pair[0])):
        if read + known > MOST_POSTINGS and chosen:
            _cut.inc()
            break
        read += known
        chosen.append(term)
    return chosen


def words_of(tokens: Iterable[Token], where: Mapping[str, object]) -> list[Token]:
    """The tokens that were found, by themselves or by their sound."""
    return [token for token in tokens if token.term in where or token.sound in where]
