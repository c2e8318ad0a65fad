"""Which speech node gets the next tap: pure. A node's own count lags, so taps just given to it are
subtracted until it has had the time to report them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from hotline.calls.model import Call, Leg
from hotline.ports import TapNode

REPORT_LAG_S: Final = 5.0
MOST_ATTEMPTS: Final = 3
"""Taps that one leg gets, one after the other, before the room gives up on it."""

ShedReason = Literal["no_node", "no_capacity", "limit", "announce_failed", "switch_refused", "timeout"]
Speaker = Literal["citizen", "agent"]


@dataclass(frozen=True, slots=True)
class TapWish:
    """A leg that should be heard. `uniqueid` and `channel` are the switch's names of it."""

    call_id: UUID
    leg_id: UUID
    uniqueid: str
    channel: str
    speaker: Speaker
    language: str


@dataclass(slots=True, eq=False)
class RunningTap:
    wish: TapWish
    tap_id: UUID
    node: str
    attempts: int


@dataclass(slots=True, eq=False)
class Loads:
    """What was given to each node lately."""

    given: dict[str, list[float]] = field(default_factory=dict)

    def choose(self, nodes: Sequence[TapNode], at: float) -> TapNode | None:
        """The node with the most room, None if none has any."""
        best = max(nodes, key=lambda node: self.room(node, at), default=None)
        return None if best is None or self.room(best, at) <= 0 else best

    def room(self, node: TapNode, at: float) -> int:
        fresh = [when for when in self.given.get(node.name, ()) if at - when < REPORT_LAG_S]
        if fresh:
            self.given[node.name] = fresh
        else:
            self.given.pop(node.name, None)
        return node.free - len(fresh)

    def give(self, node: TapNode, at: float) -> None:
        self.given.setdefault(node.name, []).append(at)


def wish_of(call: Call, leg: Leg) -> TapWish:
    speaker: Speaker = "agent" if leg.role == "agent" else "citizen"
    return TapWish(call.id, leg.id, leg.uniqueid, leg.channel, speaker, call.language)


def wishes_of(calls: Iterable[Call]) -> list[TapWish]:
    """Every leg that speaks in a citizen's call which an agent has taken."""
    return [
        wish_of(call, leg)
        for call in calls
        if call.inbound and call.answered_at is not None
        for leg in call.legs.values()
        if leg.answered and leg.role in {"citizen", "agent"}
    ]
