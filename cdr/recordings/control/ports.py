"""Ports of pausing a recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from cdr.recordings.control.model import LiveLeg


class RecordingSwitch(Protocol):
    """The switch as it records."""

    async def mute(self, channel: str, *, muted: bool) -> bool:
        """Keep both directions of this channel out of its recording, or let them in again. May be repeated.

        False when this channel is not recorded or is gone. Raises `RecorderAway` when nobody can say.
        """
        ...

    async def mark(self, leg: LiveLeg, *, paused: bool, reason: str, by: str) -> None:
        """Have the switch write it into its own ledger. Raises `RecorderAway`."""
        ...


class Listeners(Protocol):
    """The machines that write down live what is said. Which calls are paused they ask by themselves."""

    async def stop(self, call_id: UUID) -> bool:
        """Stop listening to this call; nothing of it is heard when this returns. May be repeated.

        False when nobody of it would be. Raises `RecorderAway` when nobody can say.
        """
        ...

    def go_on(self) -> None:
        """A pause is over; returns at once."""
        ...


class RunningCalls(Protocol):
    """The calls that run now, as the hotline sees them."""

    def legs(self, call_id: UUID) -> Sequence[LiveLeg] | None:
        """None when no such call runs. Of a call that was joined to another: the legs of both."""
        ...

    def names(self, call_id: UUID) -> Sequence[UUID]:
        """The ids of the running call and of all that were joined to it; empty when no such call runs."""
        ...

    def agents_on(self, call_id: UUID) -> frozenset[str]:
        """User ids of the agents whose legs are in the call now; empty for a call that is over."""
        ...

    def known(self) -> bool:
        """False while nobody watches the switch: then a call that is not shown may still run."""
        ...
