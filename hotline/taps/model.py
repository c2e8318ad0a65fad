"""Legs to be heard and the speech nodes that hear them: pure. A node's own count lags, so taps just given to
it, and just taken from it, are reckoned in until it has had the time to report them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5

from hotline.calls.model import Call, Leg
from hotline.ports import TapNode
from hotline.taps.admission import Rank
from hotline.taps.events import LegUnheard, ShedReason, Speaker

REPORT_LAG_S: Final = 5.0
TAKEN_LAG_S: Final = 2.0
MOST_ATTEMPTS: Final = 3
"""Taps that one leg gets quickly one after the other; then it waits for a while before the next."""
LIVED_WELL_S: Final = 30.0
_GAPS: Final = UUID("6f0d5f0b-6a43-5ad2-9d3c-0c0f4a6a3d4e")


@dataclass(frozen=True, slots=True)
class TapWish:
    """A leg that should be heard. `uniqueid` and `channel` are the switch's names of it."""

    call_id: UUID
    leg_id: UUID
    uniqueid: str
    channel: str
    speaker: Speaker
    language: str
    rank: Rank = Rank.DRAFT


@dataclass(slots=True, eq=False)
class RunningTap:
    """`since` is when the leg was to be heard first, `began` when this tap was put on it (both monotonic);
    `hushed` is when the switch was told to end it for a pause (Unix seconds).
    """

    wish: TapWish
    tap_id: UUID
    node: str
    attempts: int
    since: float
    began: float
    hushed: float | None = None


@dataclass(slots=True, eq=False)
class Unheard:
    """A leg that speaks and that nobody writes down since `at` (Unix seconds); `since` as in `RunningTap`.
    `not_before` is when it may get a tap again (monotonic). `kept` is the node whose place is kept for it
    while it is `paused`; `unsure`: it is treated as paused because nobody can say yet.
    """

    wish: TapWish
    reason: ShedReason
    at: float
    since: float
    attempts: int = 0
    not_before: float = 0.0
    kept: str = ""
    unsure: bool = False

    @property
    def gap_id(self) -> UUID:
        """The same for the same leg and moment, however often it is told."""
        return uuid5(_GAPS, f"{self.wish.leg_id} {self.at:.6f}")


@dataclass(slots=True, eq=False)
class Loads:
    """What was given to each node lately, how much room it had told of then, and what was taken from it."""

    given: dict[str, list[tuple[float, int, int]]] = field(default_factory=dict)

    def room(self, node: TapNode, at: float) -> int:
        """How many more taps it takes; below zero when it has too many."""
        fresh = [
            (when, count, free)
            for when, count, free in self.given.get(node.name, ())
            if at - when < (REPORT_LAG_S if count > 0 else TAKEN_LAG_S)
        ]
        if fresh:
            self.given[node.name] = fresh
        else:
            self.given.pop(node.name, None)
        told = [free for _, count, free in fresh if count > 0]
        # What its room has shrunk by since, it has reported already.
        reported = max(0, max(told, default=node.free) - node.free)
        given = max(0, len(told) - reported)
        taken = sum(-count for _, count, _ in fresh if count < 0)
        # Whether it has too many, only the node itself can say.
        return min(0, node.free + taken) if node.free < 0 else max(0, node.free - given)

    def give(self, node: str, at: float, free: int) -> None:
        """A tap was given to the node when it had announced `free`."""
        self.given.setdefault(node, []).append((at, 1, free))

    def take(self, node: str, at: float) -> None:
        """A tap was taken from the node."""
        self.given.setdefault(node, []).append((at, -1, 0))


def unheard_time(unheard: Unheard, ended: datetime) -> LegUnheard:
    """What is written down of it when it is over."""
    wish = unheard.wish
    return LegUnheard(
        at=ended,
        gap_id=unheard.gap_id,
        call_id=wish.call_id,
        leg_id=wish.leg_id,
        speaker=wish.speaker,
        reason=unheard.reason,
        began=datetime.fromtimestamp(unheard.at, UTC),
        ended=ended,
    )


def wish_of(call: Call, leg: Leg) -> TapWish:
    speaker: Speaker = "agent" if leg.role == "agent" else "citizen"
    return TapWish(call.id, leg.id, leg.uniqueid, leg.channel, speaker, call.language, rank_of(call, leg))


def rank_of(call: Call, leg: Leg, *, settled: bool = False) -> Rank:
    """`settled`: somebody has said already what it was about. The first of each side is no second leg."""
    first = next((one for one in call.of_role(leg.role) if one.answered or one.spoken), leg)
    if first is not leg:
        return Rank.BESIDE
    return Rank.DRAFT if call.inbound and call.queued_at is not None and not settled else Rank.CITIZEN


def wishes_of(calls: Iterable[Call]) -> list[TapWish]:
    """Every leg that speaks in a call of a citizen with one of our desks."""
    return [
        wish_of(call, leg)
        for call in calls
        if (call.inbound and call.answered_at is not None) or (not call.inbound and call.outside)
        for leg in call.legs.values()
        if (leg.answered or leg.spoken) and leg.role in {"citizen", "agent"}
    ]
