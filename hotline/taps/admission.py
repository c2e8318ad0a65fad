"""Who is heard when there is not room for all: pure. One order of worth, the same for who comes and who goes.

A queue's call that waits for a draft comes before other calls with a citizen, and those before second legs;
within one rank who was there first stays. A stream is only ever displaced by one of a better rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Rank(IntEnum):
    """The smaller, the sooner."""

    DRAFT = 0
    """A citizen's call out of a queue: somebody fills in a form while it is spoken."""
    CITIZEN = 1
    """Another call with a citizen: a direct one, one that we placed."""
    BESIDE = 2
    """A leg beside the first two: a supervisor, a colleague who was asked to join."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One leg to be heard. `since` is when it began to speak, on any clock; `node` hears it now."""

    key: str
    rank: Rank
    since: float
    node: str = ""

    @property
    def worth(self) -> tuple[int, float, str]:
        """The smaller, the longer it is kept."""
        return (self.rank, self.since, self.key)


@dataclass(frozen=True, slots=True)
class Plan:
    """First `stop`, then `place`: each with the node that takes it. A stream that moves stands in both."""

    stop: tuple[Stream, ...] = ()
    place: tuple[tuple[Stream, str], ...] = ()


@dataclass(slots=True)
class _Floor:
    rooms: dict[str, int]
    running: list[Stream]
    stop: list[Stream] = field(default_factory=list)

    def roomiest(self) -> str | None:
        best = max(self.rooms, key=lambda name: (self.rooms[name], name), default=None)
        return best if best is not None and self.rooms[best] > 0 else None

    def displace(self, wanted: Stream) -> bool:
        """Free the place of the stream that is worth least, if `wanted` is of a better rank."""
        known = [one for one in self.running if one.node in self.rooms]
        last = max(known, key=lambda one: one.worth, default=None)
        if last is None or last.rank <= wanted.rank:
            return False
        self.drop(last)
        return True

    def drop(self, stream: Stream) -> None:
        self.running.remove(stream)
        self.stop.append(stream)
        self.rooms[stream.node] += 1


def plan(running: Iterable[Stream], waiting: Iterable[Stream], rooms: Mapping[str, int], most: int) -> Plan:
    """What to do now. `rooms` has how many more each node takes, below zero where it has too many already;
    `most` is how many streams there may be in all.
    """
    floor = _Floor(dict(rooms), list(running))
    for node in rooms:
        here = sorted((one for one in floor.running if one.node == node), key=lambda one: one.worth)
        while floor.rooms[node] < 0 and here:
            floor.drop(here.pop())
    place: list[tuple[Stream, str]] = []
    # What one node has too many of, another may have room for.
    for wanted in sorted([*waiting, *floor.stop], key=lambda one: one.worth):
        if len(floor.running) + len(place) >= most and not floor.displace(wanted):
            break
        free = floor.roomiest()
        if free is None and floor.displace(wanted):
            free = floor.roomiest()
        if free is None:
            break
        floor.rooms[free] -= 1
        place.append((wanted, free))
    return Plan(tuple(floor.stop), tuple(place))
