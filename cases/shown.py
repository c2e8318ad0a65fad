"""How a drafted value is shown: `sure` without a mark, `doubtful` with one, `offered` beside an empty field.

Only this module turns numbers into one of the three; drafting's rules limit it, events and desks carry it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

SURE_FROM = 0.6
FILL_FROM = 0.5
OFFER_FROM = 0.3
"""Below this a guess is not worth an offer."""


class Shown(StrEnum):
    SURE = "sure"
    DOUBTFUL = "doubtful"
    OFFERED = "offered"


_ORDER = (Shown.OFFERED, Shown.DOUBTFUL, Shown.SURE)


def by_confidence(confidence: float) -> Shown | None:
    """Of a value whose confidence adds up from what was said for it; None for what is not worth an offer."""
    if confidence >= SURE_FROM:
        return Shown.SURE
    if confidence >= FILL_FROM:
        return Shown.DOUBTFUL
    return Shown.OFFERED if confidence >= OFFER_FROM else None


def lesser(one: Shown, other: Shown) -> Shown:
    """The less sure of two."""
    return min(one, other, key=_ORDER.index)


def fills(shown: Shown | None) -> bool:
    """Whether such a value stands in its field."""
    return shown in {Shown.SURE, Shown.DOUBTFUL}


def at_most(shown: Shown | None, limit: Shown) -> Shown | None:
    """`shown`, or `limit` when that is less sure; None stays None."""
    return None if shown is None else lesser(shown, limit)


def in_field(shown: Shown | None) -> Shown:
    """Of a value that stands in its field: at least doubtful."""
    return Shown.SURE if shown is Shown.SURE else Shown.DOUBTFUL


def stored(field: Mapping[str, Any]) -> Shown:
    """Of a field as drafts and cases keep it; what was stored without `shown` has it by its confidence."""
    if field.get("value") is None:
        return Shown.OFFERED
    if field.get("shown") in set(Shown):
        return Shown(field["shown"])
    if field.get("by") == "agent":
        return Shown.SURE
    confidence = field.get("confidence")
    return in_field(by_confidence(float(confidence) if isinstance(confidence, int | float) else 0.0))
