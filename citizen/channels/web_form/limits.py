"""How often an address, and all addresses together, may ask within an hour. Nothing is stored: a restart
begins anew.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from citizen.errors import TooManyReports
from core.listening.addresses import network_of

HOUR_S: Final = 3600.0
MOST_ADDRESSES: Final = 20_000
"""Addresses that are counted at once; the one that asked longest ago goes first."""


class HourLimit:
    """`now` is monotonic, in seconds. An IPv6 address counts with its /64: a customer has all of it."""

    def __init__(self, per_address: int, in_total: int, now: Callable[[], float]) -> None:
        self._per_address = per_address
        self._in_total = in_total
        self._now = now
        self._all: deque[float] = deque()
        self._by_address: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count a request. Raises `TooManyReports`, which says how long to wait; it is not counted then."""
        now = self._now()
        key = str(network_of(address) or address[:64])
        times = self._by_address.setdefault(key, deque())
        self._by_address.move_to_end(key)
        for counted, most in ((times, self._per_address), (self._all, self._in_total)):
            while counted and counted[0] <= now - HOUR_S:
                counted.popleft()
            if len(counted) >= most:
                wait = max(1, round(counted[0] + HOUR_S - now))
                raise TooManyReports(remedy=f"wait {wait} s, or telephone the hotline", wait_s=wait)
        times.append(now)
        self._all.append(now)
        while len(self._by_address) > MOST_ADDRESSES:
            self._by_address.popitem(last=False)
