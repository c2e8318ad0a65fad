"""Two talkgroups that are patched, without a broker: one of ours and one of a simulated network."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from uuid import UUID

from core.clock import ManualClock
from core.ids import uuid7
from radio_bridge.floor.model import PATCH, FloorState
from radio_bridge.floor.patched import LOOKED_S, PatchedFloors
from radio_bridge.floor.ports import FloorRight
from radio_bridge.floor.service import FloorControl
from radio_bridge.floor.signals import Signal
from tests.radio_bridge.floor.ports import NoPresses
from tests.radio_bridge.floor.world import (
    CREW,
    DESK,
    GROUP,
    OTHER,
    OURS,
    RADIO_GROUP,
    Heard,
    SimulatedNetwork,
    Table,
)

SECOND = "app:nangang"
RADIO, ECHO = "sim:CREW-A", "sim:SONGHUA-1"
"""Somebody who talks in the network, and our own name there."""

__all__ = ["CREW", "DESK", "ECHO", "GROUP", "OTHER", "RADIO", "RADIO_GROUP", "SECOND", "PatchedWorld"]


class PatchedWorld:
    """`one` and `two` are patched from the beginning."""

    def __init__(self, one: str = GROUP, two: str = RADIO_GROUP) -> None:
        self.one, self.two = one, two
        self.clock = ManualClock()
        self.table, self.heard, self.network = Table(), Heard(), SimulatedNetwork()
        self.table.rules[SECOND] = OURS
        self.table.rights["app:20"] = FloorRight(5, name="道里三组")
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self.patched = PatchedFloors(
            self.table,
            self.heard,
            {"sim": self.network},
            self.clock,
            ours=lambda: {ECHO},
            later=self._later,
        )
        self.control = FloorControl(
            self.patched, self.clock, self.patched, patched=self.patched, emergencies=NoPresses()
        )
        self.patched.attach(self.control)
        self.control.refresh()
        self.patch()

    def _later(self, delay_s: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self.clock.monotonic() + delay_s, next(self._count), act))

    def settle(self) -> None:
        """Do what follows by now."""
        for _ in range(1000):
            if not self._due or self._due[0][0] > self.clock.monotonic():
                return
            heapq.heappop(self._due)[2]()
        raise AssertionError("two floors ask each other without end")

    def patch(self) -> None:
        """As the role `centre` says it every second."""
        self.patched.told(self.one, self.two)
        self.patched.told(self.two, self.one)
        self.settle()

    def unpatch(self) -> None:
        self.patched.told(self.one, None)
        self.settle()

    def press(self, party: str, group: str, *, emergency: bool = False, take_over: bool = False) -> UUID:
        request_id = uuid7()
        self.control.request(group, party, request_id, emergency=emergency, take_over=take_over)
        self.settle()
        return request_id

    def let_go(self, group: str, party: str, request_id: UUID) -> None:
        self.control.release(group, party, request_id)
        self.settle()

    def network_says(self, signal: Signal) -> None:
        self.control.take(RADIO_GROUP, signal)
        self.settle()

    def wait(self, seconds: float, *, said: bool = True) -> None:
        """`said`: the role `centre` goes on saying that they are patched."""
        left = seconds
        while left > 0:
            step = min(left, LOOKED_S)
            self.clock.advance(step)
            left -= step
            if said:
                self.patch()
            self.control.tick()
            self.patched.look()
            self.settle()

    def floor(self, group: str) -> FloorState:
        floor = self.control.floor(group)
        assert floor is not None
        return floor

    def talker(self, group: str) -> str | None:
        """Who is heard there; `>` and the talkgroup for who talks in the other one."""
        floor = self.floor(group)
        if floor.outsider is not None:
            return floor.outsider.party
        if floor.hold is None:
            return None
        return floor.hold.ask.party.replace(PATCH, ">")

    def talkers(self) -> tuple[str | None, str | None]:
        return self.talker(self.one), self.talker(self.two)
