"""The daily comparison of work orders with the other system, and what is kept of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
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


COMPARED = frozenset({ReconciliationState.SAME, ReconciliationState.DIFFERS})


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
    went wrong at the last attempt; `next_at` is when our list is sent again, None for never.
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
    differences: Sequence[OrderDifference] = ()


def day_due(now: datetime, hour: int, zone: tzinfo) -> date:
    """The last day of the city whose orders are to be compared by now: the day before each `hour`."""
    local = now.astimezone(zone)
    return (local if local.hour >= hour else local - timedelta(days=1)).date() - timedelta(days=1)
