"""Which articles to offer while a citizen talks, and in which places: pure.

An offer stays where it is until another fits clearly better, so that an agent can aim at it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from cases.knowledge.ranking import Where
from cases.knowledge.store import ShownVersion
from cases.knowledge.terms import SOUND, Token, facet, folded, no_reasons

PLACES = 3
BETTER_BY = 1.3
"""How many times better a newcomer must fit than the offer whose place he takes."""
FADES = 0.85
"""What is left of an offer's score each time that nothing of it was said again."""
GOES_AT = 0.3
"""The part of its best score at which an offer goes, though no other wants its place."""
CATEGORY_BOOST, DISTRICT_BOOST = 1.5, 1.2
MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class SpokenTerm:
    """A term in what the citizen said: characters of a segment, and the words as they stand there."""

    segment_id: str
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class DraftContext:
    """What the draft knows so far; None while it does not."""

    category: str | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleSuggestion:
    """An article in its place, how well it fits now, and because of which words."""

    shown: ShownVersion
    score: float
    by_category: bool
    reasons: tuple[SpokenTerm, ...]
    best: float = 0.0

    @property
    def key(self) -> tuple[UUID, int]:
        """The article and its version: the same suggestion is shown once in a call."""
        return self.shown.version.article_id, self.shown.version.number


def candidate(
    shown: ShownVersion,
    score: float,
    *,
    where: Mapping[str, Where],
    said: Mapping[str, SpokenTerm],
    about: DraftContext,
    tagged: bool = False,
) -> ArticleSuggestion | None:
    """The offer that an article makes; None when too little speaks for it. `tagged`: a tag was said.

    For it speak: one of its tags was said; or two words, one of them in its title; or the draft's class is
    one of its own. An article for other districts than the draft's is none.
    """
    version = shown.version
    if about.district and version.districts and about.district not in version.districts:
        return None
    by_category = about.category is not None and facet(about.category) in where
    words = {
        term: part
        for term, part in where.items()
        if term in said and len(term.lstrip(SOUND)) > 1 and term not in no_reasons()
    }
    reasons = _longest([said[term] for term in words])
    in_title = any(part == "title" for part in words.values())
    if not (by_category or tagged or (in_title and len(reasons) > 1)):
        return None
    boost = CATEGORY_BOOST if by_category else 1.0
    if about.district and about.district in version.districts:
        boost *= DISTRICT_BOOST
    return ArticleSuggestion(shown, score * boost, by_category, tuple(reasons[:MOST_REASONS]), score * boost)


def settle(
    shown: Sequence[ArticleSuggestion],
    fresh: Sequence[ArticleSuggestion],
    allowed: Collection[tuple[UUID, int]],
) -> tuple[ArticleSuggestion, ...]:
    """The offers after what was said last. `allowed` are the shown ones that are still in force.

    Who stays keeps his place; nobody stands in two; nobody leaves for one who fits hardly better.
    """
    new = {offer.key: offer for offer in fresh}
    places: list[ArticleSuggestion] = []
    for offer in shown:
        again = new.pop(offer.key, None)
        faded = offer.score * FADES
        if again is not None and again.score >= faded:
            places.append(replace(again, best=max(again.score, offer.best)))
        elif (again is not None or offer.key in allowed) and faded > offer.best * GOES_AT:
            places.append(replace(again or offer, score=faded, best=offer.best))
    for offer in sorted(new.values(), key=lambda one: -one.score):
        if len(places) < PLACES:
            places.append(offer)
            continue
        weakest = min(range(PLACES), key=lambda place: places[place].score)
        if offer.score > places[weakest].score * BETTER_BY:
            places[weakest] = offer
    return tuple(places[:PLACES])


def said_in(segments: Sequence[tuple[str, str, Sequence[Token]]]) -> dict[str, SpokenTerm]:
    """By term, and by sound, where it was said last. Segments are (id, text, tokens), the oldest first."""
    out: dict[str, SpokenTerm] = {}
    for segment_id, text, tokens in segments:
        for token in tokens:
            one = SpokenTerm(segment_id, token.start, token.end, text[token.start : token.end])
            for term in (token.term, token.sound):
                if term is not None:
                    out[term] = one
    return out


def tag_said(tag: str, tokens: Sequence[Token], spoken: str, said: Mapping[str, SpokenTerm]) -> bool:
    """True when the tag stands in what was `spoken` (folded), or all its words were said in any order.

    A tag that is partly made of words that stand in any talk must have been said as it is.
    """
    plain = folded(tag)
    begins, ends = (r"\b" if plain[at].isascii() and plain[at].isalnum() else "" for at in (0, -1))
    if re.search(f"{begins}{re.escape(plain)}{ends}", spoken, re.ASCII) is not None:
        return True
    covered = {at for token in tokens for at in range(token.start, token.end)}
    whole = all(at in covered for at, char in enumerate(plain) if char.isalnum())
    return whole and bool(tokens) and all(token.term in said for token in tokens)


def _longest(reasons: Sequence[SpokenTerm]) -> list[SpokenTerm]:
    """Without those that lie within another, in the order in which they were said."""
    kept = [
        one
        for one in reasons
        if not any(
            one != other
            and one.segment_id == other.segment_id
            and other.start <= one.start
            and one.end <= other.end
            for other in reasons
        )
    ]
    return sorted(dict.fromkeys(kept), key=lambda one: (one.segment_id, one.start))
