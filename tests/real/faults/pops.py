"""Each ring attempt in Asterisk's own lines against the pops at the agents' desks."""

from __future__ import annotations

from collections import Counter

from tests.real.desk_screen import DeskScreen
from tests.real.service import WholeService
from tests.waiting import wait_for


class Pops:
    """Every ring attempt from here on must be shown exactly once at its agent's desk."""

    def __init__(self, world: WholeService) -> None:
        self._world = world
        self._before = world.rung_legs()
        self.screens: list[DeskScreen] = [world.screen(seat) for seat in world.seats]

    def each_once(self) -> int:
        rung = self._world.rung_legs() - self._before
        assert rung, "nobody's phone rang: this tests nothing"
        shown: Counter[str] = Counter()

        def all_shown() -> bool:
            shown.clear()
            for screen in self.screens:
                shown.update(screen.pops())
            return set(shown) >= rung

        wait_for(all_shown, f"pop for each of {len(rung)} ring attempts")
        assert shown == Counter(dict.fromkeys(rung, 1))
        for screen in self.screens:
            screen.close()
        return len(rung)
