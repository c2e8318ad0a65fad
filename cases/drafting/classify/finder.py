"""Every classifier's guesses about one passage, as candidates for the category field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from cases.catalogue.model import Catalogue
from cases.catalogue.words import Language
from cases.drafting.classify.orders import similes
from cases.drafting.classify.port import Classifier, Span
from cases.drafting.classify.scores import Scores, together
from cases.drafting.classify.trained import KEEP, NOTHING
from cases.drafting.model import NO_CLASS, FieldCandidate, FieldName
from cases.drafting.so_far import sounding
from cases.drafting.spans import Passage

MOST_SURE = 0.97
MASS = "mass"
"""The part of a candidate's detail that says how much of the segment is about it."""


class CategoryFinder:
    """Asks classifiers that know nothing of each other; `ranking` weighs what they say."""

    def __init__(
        self,
        classifiers: Sequence[Classifier],
        catalogue: Catalogue,
        whole: Mapping[Language, Scores] | None = None,
    ) -> None:
        """`whole` knows how whole calls about each class sound; without it nobody is asked that."""
        self._classifiers = classifiers
        self._whole = whole
        self._catalogue = catalogue

    def find(
        self, passage: Passage, taken: Iterable[Span] = (), said: Sequence[str] = ()
    ) -> list[FieldCandidate]:
        """Candidates of each classifier, best first, `source` naming it; orders and likenesses left out. One
        more is for what all that was `said` so far sounds like.
        """
        hidden = [*taken, *passage.orders, *similes(passage.text)]
        found = [
            FieldCandidate(
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
        return [*found, *self._sounds(passage, said)]

    def _sounds(self, passage: Passage, said: Sequence[str]) -> Iterator[FieldCandidate]:
        if not said or self._whole is None:
            return
        model = self._whole[passage.language]
        chances = together(model, said)
        likeliest = [int(at) for at in np.argsort(-chances, kind="stable")[: KEEP + 1]]
        known = {model.codes[at]: round(float(chances[at]), 4) for at in likeliest}
        classes = {self._catalogue.rows[code].ref: one for code, one in known.items() if code != NOTHING}
        none = round(float(chances[list(model.codes).index(NOTHING)]), 4)
        yield sounding(passage, FieldName.CATEGORY, classes, **{NO_CLASS: none})
