"""When somebody who was not reached is called again: pure."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.outbound.hours import ALL_DAY, CallingHours


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """`pauses_s`: seconds after the 1st, 2nd … attempt in vain; after the last attempt there is no other.
    Nobody is called outside the `hours`.
    """

    pauses_s: tuple[float, ...]
    hours: CallingHours = ALL_DAY

    def after(self, attempts: int, at: float) -> float | None:
        """When the next attempt may be made, after so many of which the last ended at `at`; None: never."""
        if not 0 < attempts <= len(self.pauses_s):
            return None
        return self.hours.next_open(at + self.pauses_s[attempts - 1])
