"""Runs what was said in one report through drafting, turn by turn, as a call does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from cases.catalogue import load_catalogues, load_words
from cases.drafting import Draft, SpokenSegment
from cases.drafting.drafter import Drafter
from cases.drafting.expectation import DraftComparison
from cases.drafting.places.finder import PlaceFinder
from cases.gazetteer import load_gazetteer

NOBODY = UUID(int=0)


@lru_cache(maxsize=1)
def tools() -> tuple[Drafter, DraftComparison]:
    words, catalogues, gazetteer = load_words(), load_catalogues(), load_gazetteer()
    drafter = Drafter(words=words, catalogue=catalogues.default, gazetteer=gazetteer)
    places = PlaceFinder(words, gazetteer)
    return drafter, DraftComparison(catalogues=catalogues, gazetteer=gazetteer, places=places)


def segments(report: Mapping[str, Any]) -> list[SpokenSegment]:
    """One segment for each turn, `c:` the citizen's and `a:` the agent's; the id ends in the turn's index."""
    turns = report.get("turns") or ["c: " + report["text"]]
    return [
        SpokenSegment(
            segment_id=f"{report['id']}-{index}",
            speaker="citizen" if turn.startswith("c:") else "agent",
            text=turn[2:].strip(),
        )
        for index, turn in enumerate(turns)
    ]


def drafted(spoken: Iterable[SpokenSegment], drafter: Drafter | None = None) -> Draft:
    """By the shipped drafter where no other is given."""
    drafter = drafter or tools()[0]
    draft = Draft(draft_id=NOBODY)
    for segment in spoken:
        draft, _ = drafter.apply(draft, segment)
    return draft


def draft_of(report: Mapping[str, Any]) -> Draft:
    return drafted(segments(report))
