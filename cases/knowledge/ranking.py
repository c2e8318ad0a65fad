"""BM25 over postings: which articles fit the terms best. Pure, the same on either database.

A word of the title counts as much as four in the body, a tag as three. After Robertson and Zaragoza, The
Probabilistic Relevance Framework: BM25 and Beyond (2009), with the usual k1 and b.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Literal

from cases.knowledge.content import Content
from cases.knowledge.terms import Kind, Segmenter, Token, facet

K1, B = 1.2, 0.75
TITLE, TAG, BODY = 4.0, 3.0, 1.0
FACET_WEIGHT = 1.0
MOST_TERMS = 6_000
"""Terms kept of one version; the title's and tags' are among the first."""

Where = Literal["title", "tags", "body"]


@dataclass(slots=True)
class Posting:
    """How often a term stands in each part of a version."""

    title: int = 0
    tags: int = 0
    body: int = 0

    @property
    def weight(self) -> float:
        """How often the term occurs in the article; in its title and tags it counts for more."""
        return TITLE * self.title + TAG * self.tags + BODY * self.body


@dataclass(frozen=True, slots=True)
class Indexed:
    """A version as the index keeps it; `length` is the sum of its words' weights."""

    postings: Mapping[str, Posting]
    length: float


def indexed(kept: Content, segmenter: Segmenter) -> Indexed:
    """The terms of a content with how often each stands where."""
    postings: dict[str, Posting] = {}
    length = 0.0
    parts: list[tuple[Where, str, float]] = [
        ("title", kept.title, TITLE),
        *(("tags", tag, TAG) for tag in kept.tags),
        ("body", kept.body, BODY),
    ]
    for where, text, weight in parts:
        for token in segmenter.tokens(text):
            length += weight if token.kind in {"word", "latin", "char"} else 0.0
            for term in (token.term, token.sound):
                if term is None or (term not in postings and len(postings) >= MOST_TERMS):
                    continue
                posting = postings.setdefault(term, Posting())
                setattr(posting, where, getattr(posting, where) + 1)
    for category in kept.categories:
        postings[facet(category)] = Posting(tags=1)
    return Indexed(postings, length)


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A posting as it was read: `version` is the version's `seq`, `length` its length."""

    term: str
    version: int
    posting: Posting
    length: float


@dataclass(slots=True)
class RankedArticle:
    """A version and why it fits: `where` says for each term that was found the best part it stands in."""

    version: int
    score: float = 0.0
    where: dict[str, Where] = field(default_factory=dict)


def rank(
    rows: Iterable[PostingRow],
    *,
    wanted: Mapping[str, float],
    frequency: Mapping[str, int],
    size: int,
    mean: float,
) -> list[RankedArticle]:
    """The best first. `wanted` weighs each term, `frequency` says in how many of `size` versions it stands,
    `mean` is the versions' mean length.
    """
    found: dict[int, RankedArticle] = {}
    for row in rows:
        one = found.setdefault(row.version, RankedArticle(row.version))
        known = frequency.get(row.term, 1)
        rare = log(1 + (size - known + 0.5) / (known + 0.5)) if known <= size else 0.0
        weight = row.posting.weight
        norm = K1 * (1 - B + B * row.length / mean) if mean > 0 else K1
        one.score += wanted.get(row.term, 0.0) * rare * weight * (K1 + 1) / (weight + norm)
        one.where[row.term] = "title" if row.posting.title else "tags" if row.posting.tags else "body"
    return sorted(found.values(), key=lambda one: (-one.score, -one.version))


WEIGHTS: Mapping[Kind, float] = {"word": 1.0, "latin": 1.0, "pair": 0.7, "part": 0.6, "char": 0.4}
SOUND_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """Terms with their weights, and sounds of terms: asked for where nobody wrote the term itself."""

    terms: Mapping[str, float]
    sounds: Mapping[str, str]


def wanted(tokens: Iterable[Token], most: int) -> SearchTerms:
    """Up to `most` terms, whole words first, then what was said last."""
    weights: dict[str, float] = {}
    sounds: dict[str, str] = {}
    last: dict[str, int] = {}
    for place, token in enumerate(tokens):
        weights[token.term] = max(weights.get(token.term, 0.0), WEIGHTS[token.kind])
        last[token.term] = place
        if token.sound is not None:
            sounds[token.term] = token.sound
    kept = sorted(weights, key=lambda term: (-weights[term], -last[term]))[:most]
    return SearchTerms({term: weights[term] for term in kept}, {t: sounds[t] for t in kept if t in sounds})
