"""How often somebody may send: a budget for each address, and one for all strangers together. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST_ADDRESSES: Final = 4_096


@dataclass(slots=True)
class _Budget:
    left: float
    at: float


class SendingRates:
    """`rate` messages or bytes a second on the long run, `burst` at once, by key. With more than
    `MOST_ADDRESSES` keys the one that was quiet the longest is forgotten.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._budgets: dict[str, _Budget] = {}

    def __len__(self) -> int:
        return len(self._budgets)

    def allows(self, key: str, now: float, many: int = 1) -> bool:
        """Whether this one may send so many more now; then they are counted."""
        one = self._budgets.pop(key, None) or _Budget(self._burst, now)
        one.left = min(self._burst, one.left + (now - one.at) * self._rate)
        one.at = now
        if len(self._budgets) >= MOST_ADDRESSES:
            del self._budgets[next(iter(self._budgets))]
        self._budgets[key] = one
        if one.left < many:
            return False
        one.left -= many
        return True
