"""What drivers do alike that have a line for each talkgroup: requests, sound and state by their lines."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from core.room import Health
from core.tasks import Tasks
from radio_bridge.drivers import measures
from radio_bridge.drivers.health import told
from radio_bridge.drivers.voice import Arrivals, FloorOwner, LinkState
from radio_bridge.floor.model import QueuedFloorRequest
from radio_bridge.floor.signals import NetworkAway


class TalkgroupLine(Protocol):
    def ask(self, ask: QueuedFloorRequest) -> None:
        """We want to talk: it tells floor control what becomes of it."""
        ...

    def cease(self, party: str, request_id: UUID) -> None:
        """The request has ended, whatever it was given."""
        ...

    def speak(self, frame: bytes) -> bool:
        """20 ms of our talk; whether they went out."""
        ...

    def state(self) -> LinkState:
        """Whether the talkgroup's connection stands, and why not."""
        ...


LineOf = TypeVar("LineOf", bound=TalkgroupLine)


class LineNetwork(Generic[LineOf]):
    """`lines` are by the names of their talkgroups; the driver sets them before the rest."""

    lines: Mapping[str, LineOf]
    _floor: FloorOwner
    our_names: frozenset[str] = frozenset()
    """None, unless the driver says some."""

    def __init__(self, network: str) -> None:
        self.network = network
        self.lines = {}
        self._arrivals: Arrivals | None = None
        self._tasks = Tasks(f"radio_bridge.{network}")

    @property
    def groups(self) -> Sequence[str]:
        """Ids of the talkgroups that it carries."""
        return tuple(self.lines)

    def ask(self, group: str, ask: QueuedFloorRequest) -> None:
        # Later: floor control is still telling what led to this.
        asyncio.get_running_loop().call_soon(self._ask, group, ask)

    def cease(self, group: str, party: str, request_id: UUID) -> None:
        asyncio.get_running_loop().call_soon(self._cease, group, party, request_id)

    def speak(self, group: str, token: str, frame: bytes) -> bool:
        line = self.lines.get(group)
        went = line is not None and self._floor.audio(group, token) and line.speak(frame)
        measures.frames.labels(self.network, "spoken" if went else "unspoken").inc()
        return went

    def links(self) -> Sequence[LinkState]:
        return [line.state() for line in self.lines.values()]

    def health(self) -> Health:
        return told(self.network, self.links())

    def _ask(self, group: str, ask: QueuedFloorRequest) -> None:
        line = self.lines.get(group)
        if line is None:
            # In the register, and not in the settings.
            self._floor.take(group, NetworkAway())
        else:
            line.ask(ask)

    def _cease(self, group: str, party: str, request_id: UUID) -> None:
        line = self.lines.get(group)
        if line is not None:
            line.cease(party, request_id)
