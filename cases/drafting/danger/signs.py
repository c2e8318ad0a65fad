"""Signs of danger: who, what state, what from, said close together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from cases.catalogue.dangers import Sign, SignLine
from cases.drafting.danger.denials import Denials
from cases.drafting.danger.readings import Readings
from cases.drafting.danger.window import TextWindow

Span = tuple[int, int]
TRIED = 4
MOST = 24
"""Places of one term that are tried."""


@dataclass(frozen=True, slots=True)
class SignHit:
    sign: Sign
    start: int
    end: int


class SignFinder:
    def __init__(self, signs: Sequence[Sign], denials: Denials, readings: Readings) -> None:
        self._signs = tuple(signs)
        self._denials, self._readings = denials, readings

    def find(self, window: TextWindow) -> Iterator[SignHit]:
        """The signs told in the segment, and those begun before it that it completes. Each sign once."""
        said = _TermPositions(window, self._denials, self._readings)
        for sign in self._signs:
            for line in sign.lines[window.language]:
                found = _told(sign.id, line, said)
                if found is not None:
                    yield SignHit(sign, *found)
                    break


class _TermPositions:
    """Where each term stands in a window; each is searched once, since many lines share terms."""

    def __init__(self, window: TextWindow, denials: Denials, readings: Readings) -> None:
        self.text, self.cut = window.text, window.cut
        self._window, self._denials, self._readings = window, denials, readings
        self._known: dict[re.Pattern[str], tuple[Span, ...]] = {}

    def of(self, term: re.Pattern[str]) -> tuple[Span, ...]:
        known = self._known.get(term)
        if known is None:
            spans = (match.span() for match in term.finditer(self.text))
            known = self._known[term] = tuple(islice(filter(self._means, spans), MOST))
        return known

    def told(self, term: re.Pattern[str], sign: str) -> tuple[Span, ...]:
        """Where it tells of this sign: a stove that has no gas, 没气了, is not somebody without breath."""
        return tuple(
            span for span in self.of(term) if self._readings.verdict(self._window, *span, sign) == "alarm"
        )

    def _means(self, span: Span) -> bool:
        """Neither empty nor denied: 没人 is nobody."""
        return span[1] > span[0] and not self._denials.deny_at(self._window.language, self.text[: span[0]])


def _told(sign: str, line: SignLine, said: _TermPositions) -> Span | None:
    """Where the segment tells this line, alone or with what was said before; None when it does not."""
    places: list[tuple[Span, ...]] = []
    for term in line.terms:
        found = said.told(term, sign)
        if not found:
            return None
        places.append(found)
    cut = said.cut
    if not any(span[1] > cut for spans in places for span in spans):
        return None
    against = () if line.cancels is None else said.of(line.cancels)
    if not any(span[1] > cut for span in against):
        own = _narrowest([tuple(s for s in spans if s[0] >= cut) for spans in places], line.reach)
        if own is not None or cut == 0:
            return own
    if against:
        return None
    across = _narrowest(places, line.reach)
    if across is None or across[1] <= cut:
        return None
    # What was all said before is not said again by this segment.
    before = _narrowest([tuple(s for s in spans if s[1] <= cut) for spans in places], line.reach)
    return across if before is None else None


def _narrowest(places: Sequence[tuple[Span, ...]], reach: int) -> Span | None:
    """The smallest stretch with one span of each, no character used twice; None when none fits `reach`."""
    best: Span | None = None
    for anchor in places[0]:
        used = _with_nearest(places, [anchor], reach)
        if used is not None:
            start, end = min(u[0] for u in used), max(u[1] for u in used)
            if best is None or end - start < best[1] - best[0]:
                best = (start, end)
    return best


def _with_nearest(places: Sequence[tuple[Span, ...]], used: list[Span], reach: int) -> list[Span] | None:
    """`used` with a span of each further term, the nearest to the first that leaves room for the others."""
    if len(used) == len(places):
        return used
    first = used[0]
    near = sorted(places[len(used)], key=lambda one: max(one[1], first[1]) - min(one[0], first[0]))
    for span in near[:TRIED]:
        if max(span[1], first[1]) - min(span[0], first[0]) > reach:
            break
        if all(span[1] <= u[0] or u[1] <= span[0] for u in used):
            found = _with_nearest(places, [*used, span], reach)
            if found is not None and max(u[1] for u in found) - min(u[0] for u in found) <= reach:
                return found
    return None
