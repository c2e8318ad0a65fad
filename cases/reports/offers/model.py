"""Who is offered which report: pure.

The most urgent report goes first, of equal ones the oldest; a report is offered to one agent at a time and an
agent is offered one report. Who lets it go by, or refuses, is not asked again in this round.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal, TypeVar
from uuid import UUID

OfferEnd = Literal["taken", "declined", "expired", "withdrawn"]
"""`taken`: somebody has the report, or it is decided; `withdrawn`: its agent is free no more."""
T = TypeVar("T")
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class OfferRules:
    """An offer stands for `offer_s`; when all have let a report go by, a new round begins after `again_s`."""

    offer_s: float
    again_s: float


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """A report that nobody has taken. `urgency` 0 is danger, 1 urgent, 2 normal; `queue` is the one whose
    agents serve it.
    """

    draft_id: UUID
    urgency: int
    since: datetime
    queue: str

    @property
    def rank(self) -> tuple[int, datetime, UUID]:
        return self.urgency, self.since, self.draft_id


@dataclass(frozen=True, slots=True)
class FreeAgent:
    """An agent who may have a further report now. `since` is when he became ready, a Unix time in seconds;
    `holds` is how many reports he has taken and not decided.
    """

    id: str
    since: float
    queues: frozenset[str]
    holds: int = 0

    @property
    def turn(self) -> tuple[int, float, str]:
        """Who has least to do, of equal ones who has been idle for longest."""
        return self.holds, self.since, self.id


@dataclass(frozen=True, slots=True)
class ReportOffer:
    draft_id: UUID
    agent_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class EndedOffer:
    offer: ReportOffer
    why: OfferEnd


@dataclass(frozen=True, slots=True)
class OfferBook:
    """`offers` by report; `passed`: who has let it go by in this round; `resting`: not before then."""

    offers: Mapping[UUID, ReportOffer] = field(default_factory=dict)
    passed: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    resting: Mapping[UUID, datetime] = field(default_factory=dict)

    def of(self, agent_id: str) -> ReportOffer | None:
        """What is offered to this agent now."""
        return next((one for one in self.offers.values() if one.agent_id == agent_id), None)


def language_of(text: str) -> str:
    """`en` for words without a Chinese character, else `zh`."""
    return "en" if _LATIN.search(text) and not _CHINESE.search(text) else "zh"


def look(
    book: OfferBook,
    reports: Collection[WaitingReport],
    agents: Collection[FreeAgent],
    rules: OfferRules,
    now: datetime,
) -> tuple[OfferBook, list[EndedOffer], list[ReportOffer]]:
    """The book after this look, the offers that ended, and those that were made. The same look again changes
    nothing.
    """
    book, over = _ended(book, {one.draft_id for one in reports}, {one.id for one in agents}, now)
    offers, passed, resting = dict(book.offers), dict(book.passed), dict(book.resting)
    asked = {one.agent_id for one in offers.values()}
    made = []
    for report in sorted(reports, key=lambda one: one.rank):
        key = report.draft_id
        if key in offers or resting.get(key, now) > now:
            continue
        resting.pop(key, None)
        able = [one for one in agents if report.queue in one.queues]
        let_by = passed.get(key, frozenset())
        free = [one for one in able if one.id not in asked and one.id not in let_by]
        if free:
            chosen = min(free, key=lambda one: one.turn)
            asked.add(chosen.id)
            offers[key] = ReportOffer(key, chosen.id, now + timedelta(seconds=rules.offer_s))
            made.append(offers[key])
        elif able and all(one.id in let_by for one in able):
            # Everybody who is here has let it go by: a pause, then a new round.
            del passed[key]
            resting[key] = now + timedelta(seconds=rules.again_s)
    return OfferBook(offers, passed, resting), over, made


def declined(book: OfferBook, draft_id: UUID) -> tuple[OfferBook, EndedOffer]:
    """Its agent does not want it: it goes on to the next one. Raises `KeyError` for what is not offered."""
    offer = book.offers[draft_id]
    return _let_by(book, offer), EndedOffer(offer, "declined")


def _ended(
    book: OfferBook, waiting: Collection[UUID], free: Collection[str], now: datetime
) -> tuple[OfferBook, list[EndedOffer]]:
    over = []
    for offer in book.offers.values():
        if offer.draft_id not in waiting:
            over.append(EndedOffer(offer, "taken"))
            book = _without(book, offer)
        elif offer.until <= now:
            over.append(EndedOffer(offer, "expired"))
            book = _let_by(book, offer)
        elif offer.agent_id not in free:
            over.append(EndedOffer(offer, "withdrawn"))
            book = _without(book, offer)
    passed = _only(book.passed.items(), waiting)
    return replace(book, passed=passed, resting=_only(book.resting.items(), waiting)), over


def _without(book: OfferBook, offer: ReportOffer) -> OfferBook:
    offers = {key: one for key, one in book.offers.items() if key != offer.draft_id}
    return replace(book, offers=offers)


def _let_by(book: OfferBook, offer: ReportOffer) -> OfferBook:
    before = book.passed.get(offer.draft_id, frozenset())
    passed = {**book.passed, offer.draft_id: before | {offer.agent_id}}
    return replace(_without(book, offer), passed=passed)


def _only(items: Iterable[tuple[UUID, T]], keys: Collection[UUID]) -> dict[UUID, T]:
    return {key: value for key, value in items if key in keys}
