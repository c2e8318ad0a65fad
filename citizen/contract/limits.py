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
        """Count a request. Raises `TooManyReports`, which says how long to wait; it is not counted then, but
        for its address where all have used up their hour: else nobody who tries keys has a limit meanwhile.
        """
        now = self._now()
        key = _key(address)
        times = self._by_address.setdefault(key, deque())
        self._by_address.move_to_end(key)
        while len(self._by_address) > MOST_ADDRESSES:
            self._by_address.popitem(last=False)
        _require(times, self._per_address, now)
        times.append(now)
        _require(self._all, self._in_total, now)
        self._all.append(now)

    def give_back(self, address: str) -> None:
        """Count one request of this address less: nothing came of it, and it is made again."""
        times = self._by_address.get(_key(address))
        for counted in (times, self._all):
            if counted:
                counted.pop()

    def require(self, address: str) -> None:
        """Count nothing. Raises `TooManyReports` where this address has used up its hour."""
        times = self._by_address.get(_key(address))
        if times is not None:
            _require(times, self._per_address, self._now())


def _key(address: str) -> str:
    return str(network_of(address) or address[:64])


def _require(times: deque[float], most: int, now: float) -> None:
    while times and times[0] <= now - HOUR_S:
        times.popleft()
    if len(times) >= most:
        wait = max(1, round(times[0] + HOUR_S - now))
        raise TooManyReports(remedy=f"wait {wait} s, or telephone the hotline", wait_s=wait)
