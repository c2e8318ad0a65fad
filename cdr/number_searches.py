"""Limits how many numbers a person may ask the ledger for who sees numbers masked: with enough searches the
digits behind a mask are found by trying them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from cdr.errors import TooManyNumberSearches
from cdr.model import mask_number
from cdr.settings import NumberSearchSettings
from core.metrics import counter

HOUR_S: Final = 3_600.0
DAY_S: Final = 86_400.0
MOST_PERSONS: Final = 10_000

_refused = counter("cdr_refused_number_searches", "Searches by number refused by a limit", ["limit"])


class NumberSearchLimit:
    """Nothing is stored: a restart of the service begins anew. `now` is monotonic, in seconds."""

    def __init__(self, settings: NumberSearchSettings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._searched: OrderedDict[str, OrderedDict[str, float]] = OrderedDict()
        """By person: when he first asked for each number of the last day."""

    def take(self, person: str, number: str) -> None:
        """Counts the search. Raises `TooManyNumberSearches`; it is not counted then."""
        now = self._now()
        mine = self._searched.setdefault(person, OrderedDict())
        self._searched.move_to_end(person)
        while len(self._searched) > MOST_PERSONS:
            self._searched.popitem(last=False)
        while mine and next(iter(mine.values())) <= now - DAY_S:
            mine.popitem(last=False)
        if mine.get(number, now - HOUR_S) > now - HOUR_S:
            return
        within = [asked for asked in mine.values() if asked > now - HOUR_S]
        if len(within) >= self._settings.of_hour:
            self._refuse("hour", within[0] + HOUR_S - now)
        look = mask_number(number)
        alike = [asked for one, asked in mine.items() if one != number and mask_number(one) == look]
        if len(alike) >= self._settings.alike_of_day:
            self._refuse("alike", alike[0] + DAY_S - now)
        mine[number] = now
        mine.move_to_end(number)

    def _refuse(self, limit: str, wait_s: float) -> None:
        _refused.labels(limit).inc()
        raise TooManyNumberSearches(
            remedy=f"wait {max(1, round(wait_s / 60))} min, or ask a supervisor to look"
        )
