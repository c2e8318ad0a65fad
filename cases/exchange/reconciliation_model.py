"""The daily comparison of work orders with the other system, and what is kept of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final
from uuid import UUID

from cases.exchange.order_model import OrderDifference


class ReconciliationState(StrEnum):
    """`asking`: our list has not been taken yet; `sent`: it was, and the other side's is awaited; `same` and
    `differs`: both were compared; `failed`: our list was refused, or not taken in time.
    """

    ASKING = "asking"
    SENT = "sent"
    SAME = "same"
    DIFFERS = "differs"
    FAILED = "failed"


COMPARED: Final = frozenset({ReconciliationState.SAME, ReconciliationState.DIFFERS})
OPEN: Final = frozenset({ReconciliationState.ASKING, ReconciliationState.SENT})
MOST_KEPT: Final = 100
"""Differences that are kept of a day: more of them are no longer mended one by one."""
MOST_PAST: Final = timedelta(days=2 * 366)
CATCH_UP: Final = timedelta(days=7)
"""How far back days are compared that nobody began, and days that are open degrade the health."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Of the orders registered on a day in the city: how many each side has, and what differs."""

    day: date
    ours: int
    theirs: int
    differences: Sequence[OrderDifference]


@dataclass(frozen=True, slots=True)
class KeptReconciliation:
    """What became of a day's comparison. `theirs` is None until their list came; `error` is the code of what
    went wrong at the last attempt; `next_at` is when our list is sent again, None for never. Of `differing`
    orders the first `MOST_KEPT` are in `differences`.
    """

    day: date
    form_id: UUID
    state: ReconciliationState
    began_at: datetime
    attempts: int = 0
    error: str = ""
    next_at: datetime | None = None
    ended_at: datetime | None = None
    ours: int = 0
    theirs: int | None = None
    differing: int = 0
    differences: Sequence[OrderDifference] = ()


def day_due(now: datetime, hour: int, zone: tzinfo) -> date:
    """The last day of the city whose orders are to be compared by now: the day before each `hour`."""
    local = now.astimezone(zone)
    return (local if local.hour >= hour else local - timedelta(days=1)).date() - timedelta(days=1)


def days_missing(first: date | None, known: Collection[date], due: date) -> list[date]:
    """The days until `due` that nobody began, the oldest first: of the last `CATCH_UP`, and since the `first`
    that somebody ever began; `due` alone where that is None.
    """
    since = due if first is None else min(due, max(first, due - CATCH_UP + timedelta(days=1)))
    days = [since + timedelta(days=after) for after in range((due - since).days + 1)]
    return [day for day in days if day not in known]


def can_be_compared(day: date, today: date) -> bool:
    """Whether another system may send its orders of a day: none that is still to come, none long ago."""
    return today - MOST_PAST <= day <= today
