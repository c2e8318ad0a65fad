"""The runs of neighbouring clauses of a window that the classifier of dangers looks at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from cases.catalogue.words import Language
from cases.drafting.classify.clauses import clauses, windows
from cases.drafting.classify.port import Span, masked
from cases.drafting.danger.window import TextWindow


class ClauseWindows:
    """`text` is what is looked at, character for character the window's; `spans` are its clauses in order."""

    def __init__(self, window: TextWindow) -> None:
        self.text = masked(window.text, window.untold)
        self.cut = window.cut
        self.spans = _apart(self.text, window.cut, window.language)

    @cached_property
    def said(self) -> Sequence[str]:
        """The text of each clause."""
        return [self.text[start:end] for start, end in self.spans]

    @cached_property
    def every(self) -> Sequence[Span]:
        """As ranges of clauses. Once before the segment and once in it is no more evidence than once."""
        words = [clause.strip() for clause in self.said]
        return [run for run in windows(len(words)) if len(set(words[slice(*run)])) == run[1] - run[0]]

    @cached_property
    def own(self) -> Sequence[Span]:
        """Those that end in the segment."""
        return [run for run in self.every if self.ends_in(run)]

    def ends_in(self, run: Span) -> bool:
        """Whether a run of clauses ends behind the window's cut, in its own text."""
        return self.spans[run[1] - 1][1] > self.cut


def _apart(text: str, cut: int, language: Language) -> Sequence[Span]:
    """The clauses before the segment, and its own: what it says again word for word is told again."""
    own = [(cut + start, cut + end) for start, end in clauses(text[cut:], language)]
    return [*clauses(text[:cut], language), *own]
