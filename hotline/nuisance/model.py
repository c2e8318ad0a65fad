"""A listed number, and when its listing is over: pure. Such a caller is asked to be polite and served last,
and never refused (decision 0070). Another person may hold the number one day, so every listing ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from core import numbers
from hotline.nuisance.errors import BadEnd, NumberNotListed, ReasonMissing

State = Literal["in_force", "expired", "lifted"]

LONGEST: Final = timedelta(days=366)
MOST_REASON: Final = 1_000
_DIGITS: Final = re.compile(r"\+?[0-9]{3,20}")


@dataclass(frozen=True, slots=True)
class Listing:
    """`number` is its key (core.numbers), empty when it was forgotten long after the end."""

    listing_id: UUID
    number: str
    reason: str
    until: datetime
    added_by: str
    added_at: datetime
    lifted_by: str = ""
    lifted_at: datetime | None = None
    lift_reason: str = ""
    lift_op: UUID | None = None

    def state(self, now: datetime) -> State:
        if self.lifted_at is not None:
            return "lifted"
        return "in_force" if now < self.until else "expired"


def key(number: str, *, area_code: str = "") -> str:
    """The same for the same line, however it was written; empty for a number that is withheld or none at all.

    Digits that fit no plan count as they are: who harasses may well show such a number.
    """
    found = numbers.read(number, area_code=area_code)
    if found is not None:
        return found.key
    return number.removeprefix("+") if _DIGITS.fullmatch(number) else ""


def checked_number(number: str, *, area_code: str = "") -> str:
    """Its key. Raises `NumberNotListed` for what is no number, or one of police, fire or ambulance."""
    found = numbers.read(number, area_code=area_code)
    if found is not None and found.kind == "emergency":
        raise NumberNotListed(
            "an emergency service's number is never listed", remedy="look at the number again"
        )
    wanted = key(number.strip(), area_code=area_code)
    if not wanted:
        raise NumberNotListed(
            "this is no telephone number", remedy="give it as a telephone shows it: 13904510001"
        )
    return wanted


def checked_until(until: datetime, now: datetime) -> datetime:
    """Raises `BadEnd` for a time without a zone, in the past, or further away than `LONGEST`."""
    if until.tzinfo is None:
        raise BadEnd("`until` lacks its time zone", remedy="give it as 2026-12-31T00:00:00+08:00")
    if not now < until <= now + LONGEST:
        raise BadEnd(remedy=f"give an end within {LONGEST.days} days; a number can be listed again")
    return until


def checked_reason(reason: str) -> str:
    """Raises `ReasonMissing`."""
    said = reason.strip()
    if not said or len(said) > MOST_REASON:
        raise ReasonMissing(remedy=f"say why, in up to {MOST_REASON} characters")
    return said
