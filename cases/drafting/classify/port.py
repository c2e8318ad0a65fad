"""What drafting asks of anything that names the class somebody speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cases.catalogue.words import Language

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Guess:
    """A class by its code, how sure the classifier is (0 to 1), and the characters that speak for it.

    `doubtful` when it may be a mishearing: hearing it again makes it no surer. `mass` is what the chances of
    all runs of clauses come to: how much of the text is about it.
    """

    code: str
    score: float
    spans: tuple[Span, ...] = ()
    doubtful: bool = False
    mass: float = 0.0


class Classifier(Protocol):
    """Ranks the classes that a text may speak of. Pure, and any text is allowed."""

    @property
    def name(self) -> str:
        """By which settings and reports name it."""
        ...

    def rank(
        self, text: str, language: Language, *, taken: Iterable[Span] = (), since: int = 0
    ) -> Sequence[Guess]:
        """The likeliest classes, best first; none where the text names no problem.

        Characters inside `taken` (places) are not looked at. Only guesses with a character after `since` are
        given: what is before it was ranked with the segment before.
        """
        ...


def masked(text: str, taken: Iterable[Span]) -> str:
    """The text in lower case, every taken character replaced, all positions as they were."""
    folded = text.casefold()
    if len(folded) != len(text):  # a letter that folds into two
        folded = text
    for start, end in taken:
        folded = folded[:start] + "\0" * (end - start) + folded[end:]
    return folded
