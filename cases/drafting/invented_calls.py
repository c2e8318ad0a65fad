"""What invented calls tell, for whatever learns from whole calls: each of the citizen's segments, in order.

The classifiers of classes, dangers and intents make their rows of it, each as its finder meets a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from cases.catalogue.loading import read
from cases.catalogue.model import Catalogue
from cases.catalogue.words import IntentName, Language
from cases.drafting.classify.clauses import clauses, windows
from cases.drafting.classify.orders import similes
from cases.drafting.classify.port import Span, masked
from cases.drafting.classify.training import SENTENCES
from cases.drafting.model import SpokenSegment
from cases.drafting.script import simplified
from cases.drafting.so_far import Clauses, latest, own_clauses
from cases.drafting.spans import Passage
from cases.errors import BrokenTable

TABLE = SENTENCES / "called.yaml"
LEAST = 3
"""So many characters of a clause must tell of something, or all of it."""
What = Literal["category", "danger", "intent"]
"""What words may tell of."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Strict):
    """One segment of the citizen's, and the words in it that tell of the class, of danger, of why he calls
    and of the place.
    """

    text: str
    category: tuple[str, ...] = ()
    danger: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()
    place: tuple[str, ...] = ()

    def telling(self, what: Iterable[What]) -> list[str]:
        parts = {"category": self.category, "danger": self.danger, "intent": self.intent}
        return [words for one in what for words in parts[one]]


class Call(_Strict):
    """`codes` are the right classes, the best first; `more` where other problems are told as well. `number`
    is the one to hand over to, empty where nobody is in danger. What is None teaches nothing.
    """

    language: Language
    codes: tuple[str, ...] | None = None
    more: bool = False
    number: str | None = None
    intent: IntentName | None = None
    said: tuple[Said, ...]


class _Table(_Strict):
    scheme: str
    version: str
    calls: tuple[Call, ...]


def calls(catalogue: Catalogue) -> tuple[Call, ...]:
    """Raises `BrokenTable`."""
    table = read(TABLE, _Table)
    if (table.scheme, table.version) != (catalogue.scheme, catalogue.version):
        raise BrokenTable(f"{TABLE.name} is for another generation than {catalogue.standard}")
    for code in {code for call in table.calls for code in call.codes or ()}:
        if catalogue.get(code) is None:
            raise BrokenTable(f"{TABLE.name}: no class {code}")
    return table.calls


class Run(NamedTuple):
    """One to three neighbouring clauses of the citizen's, as a finder meets them: masked, in lower case."""

    clauses: tuple[str, ...]
    language: Language
    tells: bool


def runs(call: Call, *what: What) -> Iterator[Run]:
    """Each run once for each segment that it ends in, and whether it touches words that tell of `what`."""
    before: Said | None = None
    for said in call.said:
        passage = Passage.of(_segment(said), None if before is None else _segment(before))
        parts = [(said, passage.cut, len(passage.text))]
        if passage.cut and before is not None:
            parts.append((before, 0, passage.cut))
        places = [span for one, *within in parts for span in _found(passage.text, one.place, *within)]
        telling = [
            span for one, *within in parts for span in _found(passage.text, one.telling(what), *within)
        ]
        text = masked(passage.text, [*places, *passage.orders, *similes(passage.text)])
        spans = clauses(text, passage.language)
        for first, last in windows(len(spans)):
            if spans[last - 1][1] > passage.cut:
                run = spans[first:last]
                tells = any(touches(one, span) for one in telling for span in run)
                yield Run(tuple(text[start:end] for start, end in run), passage.language, tells)
        before = said


def so_far(call: Call) -> Iterator[Clauses]:
    """For each segment its clauses and those of the segments before it, places masked."""
    parts: list[Clauses] = []
    for said in call.said:
        passage = Passage.of(_segment(said))
        own = own_clauses(passage, _found(passage.text, said.place, 0, len(passage.text)))
        together = (*latest(reversed(parts)), *own)
        parts.append(own)
        if together:
            yield together


def touches(told: Span, clause: Span) -> bool:
    shared = min(told[1], clause[1]) - max(told[0], clause[0])
    return shared >= min(LEAST, clause[1] - clause[0])


def _segment(said: Said) -> SpokenSegment:
    return SpokenSegment(segment_id="-", speaker="citizen", text=said.text)


def _found(text: str, words: Iterable[str], start: int, end: int) -> list[Span]:
    """Where each of the words stands first between the two; text may be simplified, of the same length."""
    out = []
    for one in words:
        at = text.find(simplified(one), start, end)
        if at >= 0:
            out.append((at, at + len(one)))
    return out
