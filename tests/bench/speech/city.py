"""The whole service with its own speech node, as the bench's callers meet it."""

from __future__ import annotations

import threading
import time
from typing import Final

from core.ids import leg_id
from tests.bench.speech.line import Citizen
from tests.real.service import WholeService

WALL_S: Final = time.time() - time.monotonic()
"""What lies between the two clocks of this process."""


class City(WholeService):
    """Citizens here are `Citizen`s; agents' telephones hum."""

    _making: Final = threading.Lock()
    """Ports are reserved for a process, not for a thread."""

    def citizen(self, *, seconds: float = 300.0) -> Citizen:
        with self._making:
            self._callers += 1
            made = Citizen(
                self.folder / f"citizen-{self._callers}",
                switch_port=self.switch.ports.sip,
                caller=f"1390451{self._callers:04d}",
                seconds=seconds,
            )
            self._ends.callback(made.close)
            return made

    def running_taps(self) -> int:
        return int(self.metric("songhua_hotline_taps_running"))

    def unheard(self) -> int:
        return int(self.metric("songhua_hotline_taps_unheard"))

    def is_heard(self, call: str) -> bool:
        """Whether there is a tap on each of its two legs, by the switch's own word."""
        legs = {str(leg["leg_id"]) for leg in self.supervisor.get(f"/api/calls/{call}")["legs"]}
        return len(legs & self.tapped()) == 2

    def tapped(self) -> set[str]:
        """The legs that taps listen to."""
        rows = [line.split("!") for line in self.switch.rx("core show channels concise").splitlines()]
        by_channel = {row[0]: str(leg_id("songhua", row[-1])) for row in rows if len(row) > 10}
        spied = [row[6].split(",")[0] for row in rows if len(row) > 10 and row[0].startswith("AudioSocket/")]
        return {by_channel[one] for one in spied if one in by_channel}
