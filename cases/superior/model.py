"""A superior's order, and when its deadline can be right. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cases.deadlines.model import DeadlineSetter, OutsideDeadline
from cases.drafting.model import FieldName

MOST_NAME: Final = 80
MOST_REFERENCE: Final = 64
MOST_PAST: Final = timedelta(days=60)
"""How long ago a deadline may have passed: an order may arrive late."""
MOST_TO_GO: Final = timedelta(days=10 * 366)


@dataclass(frozen=True, slots=True)
class SuperiorOrder:
    """`ordered_by` is the person or office, `reference` its number of the order, empty without one."""

    ordered_by: str
    reference: str = ""
    due_at: datetime | None = None

    @property
    def deadline(self) -> OutsideDeadline | None:
        """What it sets for its case; None without a time."""
        if self.due_at is None:
            return None
        return OutsideDeadline(self.due_at, DeadlineSetter.SUPERIOR, self.reference)


@dataclass(frozen=True, slots=True)
class OrderedCase:
    """An order as somebody enters it: the form's fields, and what stands at its head."""

    fields: Mapping[FieldName, str | None]
    order: SuperiorOrder
    confidential: bool = False
    condition: str = ""


def can_be_right(due_at: datetime, now: datetime) -> bool:
    """Whether an order that is entered now may be due then."""
    return now - MOST_PAST <= due_at <= now + MOST_TO_GO
