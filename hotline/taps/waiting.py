"""The legs that speak and that nobody writes down: since when, why, and whether they may be heard at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from core.clock import Clock
from core.metrics import gauge
from hotline.taps.events import LegUnheard
from hotline.taps.model import TapWish, Unheard, unheard_time

_unheard = gauge("hotline_taps_unheard", "Legs that speak now and that nobody writes down")

BLINK_S = 0.5
"""A leg that was not heard for less is no gap: it takes so long to put a tap on a leg."""

Silent = Callable[[TapWish], bool | None]
"""Whether a leg's recording is paused, so that nothing of it may be heard; None while nobody can say."""


class UntranscribedLegs:
    """By the uniqueid of the leg. `keep` takes each time that is over, with its one reason; `changed` is
    called whenever other legs wait than before.
    """

    def __init__(
        self,
        clock: Clock,
        keep: Callable[[LegUnheard], None],
        silent: Silent,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._keep = keep
        self._silent = silent
        self._changed = changed
        self._legs: dict[str, Unheard] = {}

    def __len__(self) -> int:
        return len(self._legs)

    def __iter__(self) -> Iterator[Unheard]:
        return iter(self._legs.values())

    def __contains__(self, uniqueid: str) -> bool:
        return uniqueid in self._legs

    @property
    def shed(self) -> int:
        """Those that may be heard and are not: a pause is no part of it."""
        return sum(one.reason != "paused" for one in self)

    def get(self, uniqueid: str) -> Unheard | None:
        return self._legs.get(uniqueid)

    def put(self, unheard: Unheard) -> None:
        """It waits from now on. One of a paused call waits until the pause is over, whatever else is true."""
        silent = self._silent(unheard.wish)
        if silent is not False:
            unheard.reason, unheard.unsure = "paused", silent is None
        self._legs[unheard.wish.uniqueid] = unheard
        self._count()

    def over(self, uniqueid: str) -> None:
        """It is heard from now on, or is no more: the time between is written down."""
        unheard = self._legs.pop(uniqueid, None)
        if unheard is None:
            return
        self._count()
        ended = self._clock.now()
        if ended.timestamp() - unheard.at >= BLINK_S:
            self._keep(unheard_time(unheard, ended))

    def ready(self, now: float) -> Iterator[Unheard]:
        """Those that would get a tap at `now` (monotonic)."""
        return (one for one in self if one.reason != "paused" and one.not_before <= now)

    def kept(self) -> Counter[str]:
        """How many places of each node are kept for paused legs."""
        return Counter(one.kept for one in self if one.kept)

    def turn(self) -> list[Unheard]:
        """Take in which pauses have begun or ended: a leg's time is split there, so that each part has its
        own reason. The legs that may be heard again.
        """
        may: list[Unheard] = []
        for unheard in list(self):
            silent = self._silent(unheard.wish)
            if silent is None or (silent == (unheard.reason == "paused") and not unheard.unsure):
                continue
            if unheard.unsure:
                # It was one or the other all the time.
                unheard.reason, unheard.unsure = ("paused" if silent else "timeout"), False
                self._changed()
            else:
                self.over(unheard.wish.uniqueid)
                self.put(Unheard(unheard.wish, "no_node", self._clock.now().timestamp(), unheard.since))
            if not silent:
                may.append(self._legs[unheard.wish.uniqueid])
        return may

    def _count(self) -> None:
        _unheard.set(len(self._legs))
        self._changed()
