"""What a list of cases can be asked for, and where its next page begins: pure."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from cases.errors import BadCursor
from core.actor import Actor

COUNTER_BITS: Final = 10
"""So many cases of one millisecond have an order: 1,024."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class CaseOrder(StrEnum):
    """`urgency`: the most urgent first, and of each the newest first. `due`: running clocks by their
    deadline, the earliest first, then cases without one, the newest first.
    """

    NEWEST = "newest"
    OLDEST = "oldest"
    URGENCY = "urgency"
    UPDATED = "updated"
    DUE = "due"


URGENCIES: Final = ("danger", "urgent", "normal")
"""Most urgent first; a case without any is normal."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Of each field one of its values must hold; an empty one limits nothing. A category may be a whole class
    (`scheme@version/code`) or its code. `since` and `until` (exclusive) are about when a case was filed. A
    unit is one that the case was ever given to; a department answers for the case or assists. `deadlines` are
    states of the clock.
    """

    states: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    deadlines: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


ALL_CASES: Final = CaseFilter()


@dataclass(frozen=True, slots=True)
class CaseAudience:
    """Whose list it is: limited to `districts` where there are any, with all that `person` filed. Without
    `confidential`, words find no confidential case of others.
    """

    person: str = ""
    districts: frozenset[str] = frozenset()
    confidential: bool = True


EVERYBODY: Final = CaseAudience()


def audience_of(actor: Actor, *, confidential: bool) -> CaseAudience:
    return CaseAudience(actor.id, actor.scopes.districts, confidential)


@dataclass(frozen=True, slots=True)
class CaseCursor:
    """Behind which case the next page begins. What is filed meanwhile moves nothing."""

    order: CaseOrder
    key: int
    """`filed_order` of the last case; where they are ordered by change or deadline, its microseconds."""
    filed_order: int = 0
    level: int = 0
    """Which of `URGENCIES` it was; where they are ordered by deadline, 1 for a case without one."""

    def text(self) -> str:
        plain = json.dumps([self.order.value, self.key, self.filed_order, self.level]).encode()
        return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def cursor_of(text: str, order: CaseOrder) -> CaseCursor:
    """Raises `BadCursor`: also for the cursor of another order."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        given, key, filed_order, level = json.loads(plain)
        cursor = CaseCursor(CaseOrder(given), key, filed_order, level)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise BadCursor(remedy="begin again without a cursor") from None
    numbers = (key, filed_order, level)
    if order is not cursor.order or any(type(one) is not int or not 0 <= one < 2**62 for one in numbers):
        raise BadCursor(remedy="use a cursor with the order that it came with")
    if level >= len(URGENCIES):
        raise BadCursor(remedy="begin again without a cursor")
    return cursor


def order_of(at: datetime) -> int:
    """The first `filed_order` of a case filed at this time: milliseconds, and a counter below them."""
    return max(0, microseconds(at) // 1_000) << COUNTER_BITS


def microseconds(at: datetime) -> int:
    since = at - _FIRST
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_microseconds(value: int) -> datetime:
    """Raises `OverflowError` beyond what a date can be."""
    return _FIRST + timedelta(microseconds=value)
