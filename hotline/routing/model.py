"""Which caller comes first: pure. 1 is everybody, 20 the first; a danger comes before a repeat caller.

Callers of the same level wait in the order of their arrival, and a higher level before all lower ones. No
rule gives 0, after everybody: a flow or a supervisor may.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from core.models import Strict
from hotline.calls.events import CallerContext

HIGHEST: Final = 20
EVERYBODY: Final = 1
_ABANDONED: Final = "abandoned"


class PriorityRules(Strict):
    """`repeat_calls` calls of one number within `repeat_within_min` make a repeat caller."""

    danger: int = Field(default=15, ge=0, le=HIGHEST, description="an urgent case of this number is open")
    danger_near: int = Field(
        default=10, ge=0, le=HIGHEST, description="an urgent case near the place is open"
    )
    repeat: int = Field(default=3, ge=0, le=HIGHEST, description="a repeat caller")
    abandoned: int = Field(default=2, ge=0, le=HIGHEST, description="for each call that was not answered")
    repeat_calls: int = Field(default=3, ge=1, le=100, description="this one included")
    repeat_within_min: int = Field(default=60, ge=1, le=1440)
    abandoned_most: int = Field(default=3, ge=1, le=10, description="unanswered calls that count")
    deadline_s: float = Field(default=0.5, gt=0, le=2, description="longest look into the history")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A call of this number that has ended; `abandoned`: nobody had answered it."""

    at: datetime
    abandoned: bool


def priority(
    rules: PriorityRules, now: datetime, earlier: Iterable[Earlier], context: CallerContext | None
) -> int:
    """1 to 20. `earlier` are calls before the present one, in any order; what is old does not count."""
    since = now - timedelta(minutes=rules.repeat_within_min)
    recent = [one for one in earlier if one.at >= since]
    cases = context.open_cases if context is not None else []
    danger = any(case.urgent and case.same_number for case in cases)
    near = any(case.urgent and not case.same_number for case in cases)
    points = rules.danger if danger else (rules.danger_near if near else 0)
    if len(recent) + 1 >= rules.repeat_calls:
        points += rules.repeat
    points += rules.abandoned * min(sum(one.abandoned for one in recent), rules.abandoned_most)
    return min(EVERYBODY + points, HIGHEST)


@dataclass(slots=True)
class LatelyCalled:
    """The last calls by number: at most `numbers` of them, `calls` for each. The oldest give way."""

    numbers: int = 20_000
    calls: int = 20
    _known: OrderedDict[str, list[Earlier]] = field(default_factory=OrderedDict)

    def add(self, number: str, call: Earlier) -> None:
        if not number:
            return
        known = self._known.setdefault(number, [])
        known.append(call)
        del known[: -self.calls]
        self._known.move_to_end(number)
        while len(self._known) > self.numbers:
            self._known.popitem(last=False)

    def of(self, number: str) -> list[Earlier]:
        return list(self._known.get(number, ()))

    def __len__(self) -> int:
        return len(self._known)


def from_history(context: CallerContext) -> list[Earlier]:
    """The same from what the ledger of record knows; it also knows the time before this process."""
    return [
        Earlier(call.at, abandoned=_ABANDONED in (call.disposition or "")) for call in context.earlier_calls
    ]
