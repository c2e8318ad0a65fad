"""Articles found by their words: postings from the database, ranked by `ranking`, shown with their spans.

Every cost is bounded: terms asked for, postings read, versions looked at, characters cut for a snippet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.knowledge import store
from cases.knowledge.content import Language
from cases.knowledge.ranking import (
    SOUND_WEIGHT,
    Posting,
    PostingRow,
    RankedArticle,
    SearchTerms,
    rank,
    wanted,
)
from cases.knowledge.snippets import Marked, marked
from cases.knowledge.tables import terms, versions
from cases.knowledge.terms import Segmenter, facet
from core.metrics import counter

_cut = counter("cases_knowledge_search_cut", "Searches in which frequent words were left out")

MOST_TEXT = 400
"""Characters of a query that are looked at."""
MOST_TERMS = 48
MOST_POSTINGS = 5_000
LOOKED_AT, AT_ONCE = 400, 50
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

    def fits(self, one: store.ShownVersion) -> bool:
        """Whether the version has the category, district, tag and language that are asked for."""
        version = one.version
        return (
            (self.category is None or self.category in version.categories)
            and (self.district is None or not version.districts or self.district in version.districts)
            and (self.tag is None or self.tag in version.tags)
        )


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """An article that was found, how well it fits, and where the words stand."""

    shown: store.ShownVersion
    score: float
    ranked: RankedArticle
    title: Marked
    snippet: Marked


class Finder:
    def __init__(self, segmenter: Segmenter) -> None:
        self.segmenter = segmenter

    async def search(
        self, connection: AsyncConnection, text: str, wish: Filter, *, now: datetime, limit: int = 20
    ) -> list[ArticleHit]:
        """The best first; any text is words and nothing else. No words, no hits."""
        asked = wanted(self.segmenter.tokens(text[:MOST_TEXT]), MOST_TERMS)
        ranked = await self.ranked(connection, asked)
        found = await self.allowed(connection, ranked, wish, now=now, limit=limit)
        bodies = await store.bodies(connection, [one.version for one, _ in found])
        hits: list[ArticleHit] = []
        for one, head in found:
            title = marked(head.version.title, one.where, self.segmenter, most=None)
            snippet = marked(bodies.get(one.version, ""), one.where, self.segmenter)
            hits.append(ArticleHit(head, one.score, one, title, snippet))
            # Cutting a text takes a millisecond or two: calls go on between them.
            await asyncio.sleep(0)
        return hits

    async def allowed(
        self,
        connection: AsyncConnection,
        ranked: Sequence[RankedArticle],
        wish: Filter,
        *,
        now: datetime,
        limit: int,
    ) -> list[tuple[RankedArticle, store.ShownVersion]]:
        """The best that the reader may see and asks for; at most `LOOKED_AT` are looked at."""
        which = store.in_force(now) if wish.scope == "in_force" else store.newest()
        found: list[tuple[RankedArticle, store.ShownVersion]] = []
        for at in range(0, min(len(ranked), LOOKED_AT), AT_ONCE):
            some = ranked[at : at + AT_ONCE]
            heads = await store.of_seqs(connection, [one.version for one in some], which, wish.language)
            for one in some:
                head = heads.get(one.version)
                if head is not None and wish.fits(head):
                    found.append((one, head))
                    if len(found) == limit:
                        return found
        return found

    async def ranked(
        self, connection: AsyncConnection, asked: SearchTerms, *, categories: Iterable[str] = ()
    ) -> list[RankedArticle]:
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
        rows = await self._rows(connection, _affordable(frequency))
        # Thousands of postings take some ten milliseconds: calls go on meanwhile.
        return await asyncio.to_thread(
            lambda: rank(_postings(rows), wanted=weights, frequency=frequency, size=size, mean=mean)
        )

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

    async def _rows(self, connection: AsyncConnection, asked: Sequence[str]) -> Sequence[Sequence[Any]]:
        if not asked:
            return []
        query = (
            select(
                terms.c.term,
                terms.c.version,
                terms.c.title,
                terms.c.tags,
                terms.c.body,
                versions.c.length,
            )
            .join(versions, versions.c.seq == terms.c.version)
            .where(terms.c.term.in_(asked))
            .limit(MOST_POSTINGS)
        )
        return (await connection.execute(query)).all()


def _postings(rows: Iterable[Sequence[Any]]) -> Iterator[PostingRow]:
    for term, version, title, tags, body, length in rows:
        yield PostingRow(term, version, Posting(title, tags, body), length)


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
