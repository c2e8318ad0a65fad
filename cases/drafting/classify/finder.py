"""Every classifier's guesses about one passage, as candidates for the category field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cases.catalogue.model import Catalogue
from cases.drafting.classify.orders import similes
from cases.drafting.classify.port import Classifier, Span
from cases.drafting.model import Candidate, FieldName
from cases.drafting.spans import Passage

MOST_SURE = 0.97
MASS = "mass"
"""The part of a candidate's detail that says how much of the segment is about it."""


class CategoryFinder:
    """Asks classifiers that know nothing of each other; `ranking` weighs what they say."""

    def __init__(self, classifiers: Sequence[Classifier], catalogue: Catalogue) -> None:
        self._classifiers = classifiers
        self._catalogue = catalogue

    def find(self, passage: Passage, taken: Iterable[Span] = ()) -> list[Candidate]:
        """Candidates of each classifier, best first, `source` naming it; orders and likenesses left out."""
        hidden = [*taken, *passage.orders, *similes(passage.text)]
        return [
            Candidate(
                field=FieldName.CATEGORY,
                value=self._catalogue.rows[guess.code].ref,
                weight=round(min(guess.score, MOST_SURE), 3),
                evidence=tuple(piece for span in guess.spans for piece in passage.evidence(*span)),
                weak=guess.doubtful,
                source=classifier.name,
                detail={MASS: guess.mass} if guess.mass else {},
            )
            for classifier in self._classifiers
            for guess in classifier.rank(passage.text, passage.language, taken=hidden, since=passage.cut)
        ]
