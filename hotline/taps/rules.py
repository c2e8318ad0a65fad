"""Which legs may be heard now, and what hearing one is worth, by the calls as they are."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.calls.model import CallsState
from hotline.ports import PausedCalls
from hotline.recent import RecentCalls
from hotline.taps.admission import Rank
from hotline.taps.model import TapWish, rank_of


@dataclass(frozen=True, slots=True, eq=False)
class TapRules:
    """`since` is when this process began (Unix seconds)."""

    calls: CallsState
    recent: RecentCalls
    pauses: PausedCalls
    since: float

    def paused(self, wish: TapWish) -> bool | None:
        """Whether nothing of this leg may be heard now; None while nobody can say."""
        call = self.calls.call_of.get(wish.uniqueid)
        paused = self.pauses.paused()
        if paused and not paused.isdisjoint(self.calls.names(call) if call is not None else (wish.call_id,)):
            return True
        before_us = call is not None and call.began < self.since
        return None if before_us and not self.pauses.known() else False

    def worth(self, wish: TapWish) -> Rank:
        """What hearing this leg is worth now."""
        leg = self.calls.legs.get(wish.uniqueid)
        if leg is None:
            return wish.rank
        call = self.calls.call_of[wish.uniqueid]
        return rank_of(call, leg, settled=self.recent.kind(call.id) is not None)
