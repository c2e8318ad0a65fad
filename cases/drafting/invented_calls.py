"""Invented calls that come with the program, and the runs of clauses that classifiers learn from a call.

Training anew learns classes from them; the lab learns dangers and intents from its own calls in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from cases.catalogue.lines import read_rows
from cases.catalogue.model import Catalogue
from cases.catalogue.words import Language
from cases.drafting.classify.clauses import clauses, windows
from cases.drafting.classify.orders import similes
from cases.drafting.classify.port import Span, masked
from cases.drafting.classify.training import SENTENCES
from cases.drafting.model import SpokenSegment
from cases.drafting.script import simplified
from cases.drafting.spans import Passage
from cases.errors import BrokenTable
from core.models import Strict

TABLE = SENTENCES / "called.jsonl"
LEAST = 3
"""So many characters of a clause must tell of something, or all of it."""
What = Literal["category", "danger", "intent"]
"""What words may tell of."""


class InventedSegment(Strict):
    """One segment of the citizen's, and the words in it that tell of the class and of the place."""

    text: str
    category: tuple[str, ...] = ()
    place: tuple[str, ...] = ()

    def telling(self, what: Iterable[What]) -> Sequence[str]:
        """The words that tell of any of these."""
        return self.category if "category" in what else ()


class InventedCall(Strict):
    """`codes` are the right classes, the best first; `more` where other problems are told as well. Codes that
    are None teach nothing.
    """

    language: Language
    codes: tuple[str, ...] | None = None
    more: bool = False
    said: tuple[InventedSegment, ...]


def calls(catalogue: Catalogue) -> tuple[InventedCall, ...]:
    """Raises `BrokenTable`."""
    found = read_rows(TABLE, InventedCall, catalogue)
    for code in {code for call in found for code in call.codes or ()}:
        if catalogue.get(code) is None:
            raise BrokenTable(f"{TABLE.name}: no class {code}")
    return tuple(found)


class ClauseRun(NamedTuple):
    """One to three neighbouring clauses of the citizen's, as a finder meets them: masked, in lower case."""

    clauses: tuple[str, ...]
    language: Language
    tells: bool


def runs(call: InventedCall, *what: What) -> Iterator[ClauseRun]:
    """Each run once for each segment that it ends in, and whether it touches words that tell of `what`."""
    before: InventedSegment | None = None
    for said in call.said:
        passage = Passage.of(segment_of(said), None if before is None else segment_of(before))
        parts = [(said, passage.cut, len(passage.text))]
        if passage.cut and before is not None:
            parts.append((before, 0, passage.cut))
        places = [span for one, *within in parts for span in words_in(passage.text, one.place, *within)]
        telling = [
            span for one, *within in parts for span in words_in(passage.text, one.telling(what), *within)
        ]
        text = masked(passage.text, [*places, *passage.orders, *similes(passage.text)])
        spans = clauses(text, passage.language)
        for first, last in windows(len(spans)):
            if spans[last - 1][1] > passage.cut:
                run = spans[first:last]
                tells = any(touches(one, span) for one in telling for span in run)
                yield ClauseRun(tuple(text[start:end] for start, end in run), passage.language, tells)
        before = said


def touches(told: Span, clause: Span) -> bool:
    """Whether two spans share enough characters to be about the same."""
    shared = min(told[1], clause[1]) - max(told[0], clause[0])
    return shared >= min(LEAST, clause[1] - clause[0])


def segment_of(said: InventedSegment) -> SpokenSegment:
    """An invented sentence as a citizen's segment."""
    return SpokenSegment(segment_id="-", speaker="citizen", text=said.text)


def words_in(text: str, words: Iterable[str], start: int, end: int) -> list[Span]:
    """Where each of the words stands first between the two; text may be simplified, of the same length."""
    out = []
    for one in words:
        at = text.find(simplified(one), start, end)
        if at >= 0:
            out.append((at, at + len(one)))
    return out
