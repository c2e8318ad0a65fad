"""What one passage says of why somebody calls: by words, and by a classifier that knows nothing of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cases.catalogue.words import DraftingWords
from cases.drafting.classify.port import Span
from cases.drafting.intents.call import TRAINED
from cases.drafting.intents.chances import IntentChances, load_intents
from cases.drafting.model import FieldCandidate, FieldName
from cases.drafting.so_far import sounding
from cases.drafting.spans import Passage


class IntentFinder:
    def __init__(self, words: DraftingWords, chances: IntentChances | None = None) -> None:
        self._rules = words.intents
        self._chances = chances or load_intents()

    def find(
        self, passage: Passage, taken: Iterable[Span] = (), said: Sequence[str] = ()
    ) -> list[FieldCandidate]:
        """Every intent that the passage speaks of, once by words and once by the classifier, and one for what
        all that he `said` so far sounds like. Characters inside `taken` (places) are not looked at by the
        classifier.
        """
        out: list[FieldCandidate] = []
        for rule in self._rules:
            search = rule.searches[passage.language]
            match = None if search is None else search.search(passage.text)
            if match is not None and passage.touches(match.end()):
                out.append(_candidate(passage, rule.intent, rule.weight, match.span(), ""))
        out.extend(
            _candidate(passage, one.intent, one.chance, one.span, TRAINED)
            for one in self._chances.likely(passage, taken)
        )
        chances = self._chances.whole(said, passage.language)
        if chances:
            out.append(sounding(passage, FieldName.INTENT, chances))
        return out


def _candidate(
    passage: Passage, intent: str, weight: float, span: tuple[int, int], source: str
) -> FieldCandidate:
    return FieldCandidate(
        field=FieldName.INTENT,
        value=intent,
        weight=weight,
        evidence=passage.evidence(*span),
        source=source,
    )
