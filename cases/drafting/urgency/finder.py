"""What one passage says of how urgent the call is, beside the words that the finder of dangers knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cases.catalogue.words import DraftingWords
from cases.drafting.classify.clauses import clauses
from cases.drafting.classify.orders import similes
from cases.drafting.classify.port import Span, masked
from cases.drafting.model import WHOLE, FieldCandidate, FieldName
from cases.drafting.spans import Passage
from cases.drafting.urgency.chances import URGENT, UrgencyChances, load_urgency

NORMAL = "normal"
SETTLED = 0.55
"""The weight of words by which something is over, looked after or never was."""
POINTS_FROM = 0.2
"""From which chance the passage's likeliest clause is pointed at."""


class UrgencyFinder:
    """Pure: the same words, the same candidates."""

    def __init__(self, words: DraftingWords, chances: UrgencyChances | None = None) -> None:
        self._settled = words.urgent_settled
        self._chances = chances or load_urgency()

    def find(
        self, passage: Passage, taken: Iterable[Span] = (), said: Sequence[str] = ()
    ) -> list[FieldCandidate]:
        """The chance by all that was `said` so far, and where the passage says that it is settled. Characters
        inside `taken` (places) are not looked at by the classifiers.
        """
        out: list[FieldCandidate] = []
        search = self._settled[passage.language]
        match = None if search is None else search.search(passage.text, passage.cut)
        if match is not None:
            out.append(
                FieldCandidate(
                    field=FieldName.URGENCY,
                    value=NORMAL,
                    weight=SETTLED,
                    evidence=passage.evidence(*match.span()),
                )
            )
        if said:
            out.append(self._whole(passage, taken, said))
        return out

    def _whole(self, passage: Passage, taken: Iterable[Span], said: Sequence[str]) -> FieldCandidate:
        chance = round(self._chances.whole(said, passage.language), 4)
        span = self._clause(passage, taken) if chance >= POINTS_FROM else None
        return FieldCandidate(
            field=FieldName.URGENCY,
            value=URGENT,
            weight=chance,
            evidence=() if span is None else passage.evidence(*span),
            source=WHOLE,
            detail={URGENT: chance},
        )

    def _clause(self, passage: Passage, taken: Iterable[Span]) -> Span | None:
        """The passage's own clause that most likely tells of it."""
        hidden = [*taken, *passage.orders, *similes(passage.text)]
        text = masked(passage.text, hidden)[passage.cut :]
        spans = clauses(text, passage.language)
        chances = self._chances.each([text[start:end].strip() for start, end in spans], passage.language)
        if not chances:
            return None
        start, end = spans[max(range(len(chances)), key=lambda at: chances[at])]
        return passage.cut + start, passage.cut + end
