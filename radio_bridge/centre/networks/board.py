"""How the networks of units are, as the role `radio` last said: for the role `centre` and its desks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.actor import Actor
from core.bus import Bus
from core.clock import Clock
from radio_bridge import rights
from radio_bridge.events import NetworkChanged

SILENT_S: Final = 90.0
"""Three words of the role `radio` that did not come."""
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class NetworkStatus:
    """`silent`: not heard of for so long that nobody knows how it is."""

    network: NetworkChanged
    age_s: float

    @property
    def silent(self) -> bool:
        """Whether the role radio has said nothing of it for so long that its state is not known."""
        return self.age_s > SILENT_S


class NetworkBoard:
    """The newest of each network, in memory."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, tuple[NetworkChanged, float]] = {}
        bus.subscribe(NetworkChanged, self.on_change, name="radio_bridge.networks")

    async def on_change(self, event: NetworkChanged) -> None:
        """Keep what the role radio says of a network; networks beyond a limit are not kept."""
        if event.network in self._known or len(self._known) < MOST:
            self._known[event.network] = (event, self._clock.monotonic())

    def networks(self, actor: Actor) -> Sequence[NetworkStatus]:
        """The networks by name. Raises `Forbidden` without the right."""
        rights.SEE_NETWORKS.check(actor)
        now = self._clock.monotonic()
        return [NetworkStatus(event, now - heard) for _, (event, heard) in sorted(self._known.items())]
