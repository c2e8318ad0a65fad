"""Why somebody calls: to report, to ask about an earlier case, to ask something, to complain."""

from __future__ import annotations

from cases.catalogue.words import Words
from cases.drafting.model import Candidate, FieldName
from cases.drafting.spans import Passage

NO_PROBLEM = frozenset({"status", "enquiry", "complaint", "other"})
"""Intents that are no report: their words about a problem fill no category."""


class IntentFinder:
    def __init__(self, words: Words) -> None:
        self._rules = words.intents

    def find(self, passage: Passage) -> list[Candidate]:
        """Every intent that the passage speaks of, each once, with the words that say so."""
        out: list[Candidate] = []
        for rule in self._rules:
            search = rule.searches[passage.language]
            match = None if search is None else search.search(passage.text)
            if match is None or not passage.touches(match.end()):
                continue
            out.append(
                Candidate(
                    field=FieldName.INTENT,
                    value=rule.intent,
                    weight=rule.weight,
                    evidence=passage.evidence(match.start(), match.end()),
                )
            )
        return out
