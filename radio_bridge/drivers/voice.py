"""What a network with talkgroups and sound must do, and what it needs: the port of voice.

Its sound goes in and out in frames of 20 ms: 160 samples, s16le, 8 kHz.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from core.room import Health
from field.contract.capabilities import Caps
from radio_bridge.floor.model import QueuedFloorRequest
from radio_bridge.floor.signals import Signal

STILL_TALKS_S: Final = 30.0
"""A talker who is still heard is told again so often: floor control ends one of whom it hears no more."""


class FloorOwner(Protocol):
    """Floor control, as a network that owns the floor needs it."""

    def take(self, group: str, signal: Signal) -> None:
        """What the network says: `NetworkGranted`, `NetworkDenied`, `NetworkTaken`, `NetworkIdle` …"""
        ...

    def audio(self, group: str, token: str) -> bool:
        """Whether a frame with this token may be heard now."""
        ...


class SoundSink(Protocol):
    """Where the network's sound goes. Neither waits."""

    def heard(self, group: str, party: str, frame: bytes) -> None:
        """`party` is who talks, `{network}:{callsign}`."""
        ...

    def ended(self, group: str) -> None:
        """The talk whose frames came last is over."""
        ...


class Arrivals(Protocol):
    """Who is there in the network. It does not wait; the newest counts."""

    def there(self, addresses: frozenset[str], *, network: str) -> None:
        """All of them now, as `{network}:{callsign}`; who was there and is not among them has gone."""
        ...


@dataclass(frozen=True, slots=True)
class LinkState:
    """How a talkgroup's link is; `why` says what is wrong and what to do, also of one that is up."""

    group: str
    up: bool
    why: str = ""


class VoiceNetwork(Protocol):
    """A radio network that owns the floor of its talkgroups. None of its methods but start and stop waits."""

    kind: str
    """The driver's name."""
    caps: Caps

    @property
    def network(self) -> str:
        """First part of the names of its talkgroups and units."""
        ...

    @property
    def groups(self) -> Sequence[str]:
        """The talkgroups that it is connected to."""
        ...

    @property
    def our_names(self) -> frozenset[str]:
        """The names under which it tells our own talks, as `{network}:{callsign}`."""
        ...

    def attach(
        self, floor: FloorOwner, ears: SoundSink | None = None, arrivals: Arrivals | None = None
    ) -> None:
        """Before it starts."""
        ...

    async def start(self) -> None:
        """Return when tasks run; connections come later."""
        ...

    async def stop(self) -> None:
        """Nobody of ours is left keyed."""
        ...

    def ask(self, group: str, ask: QueuedFloorRequest) -> None:
        """Floor control asks the network for a talk."""
        ...

    def cease(self, group: str, party: str, request_id: UUID) -> None:
        """The request is over on our side, whatever it was given."""
        ...

    def speak(self, group: str, token: str, frame: bytes) -> bool:
        """A frame of who has the floor; whether it went out. Raises `ValueError` for another length."""
        ...

    def links(self) -> Sequence[LinkState]:
        """The state of each connection."""
        ...

    def health(self) -> Health:
        """Up while all connections stand; else which is down, and why."""
        ...
