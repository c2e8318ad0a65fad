"""What every call that we place needs of the switch. Nothing here raises for what the switch says; what it
may have done is never done twice.
"""

from __future__ import annotations

from typing import Literal, Protocol

Placed = Literal["placed", "refused", "unreachable", "in_doubt"]
"""`unreachable`: the switch does not reach that telephone, and nothing was sent."""
Settled = Literal["alive", "gone", "never", "unknown"]


class SettlesCalls(Protocol):
    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        """What became of a call that was sent in this or an earlier run; waits for a link so long.

        `never`: the switch would know of it and does not. `unknown`: nobody can tell.
        """
        ...


class AutomatedCallSwitch(SettlesCalls, Protocol):
    async def hang_up(self, channel_id: str) -> None:
        """One that is gone, or not there yet, is as good."""
        ...

    async def say(self, channel_id: str, words: str) -> None:
        """Send the call to the extension `words` of its context."""
        ...


class Dialler(SettlesCalls, Protocol):
    """Places an agent's call to the outside."""

    async def ring(self, *, endpoint: str, number: str, channel_id: str, ring_s: float) -> Placed:
        """Ring the agent's telephone for `ring_s` seconds; when he answers, dial `number` through the
        outbound rules. `channel_id` becomes the Uniqueid of his leg. Sent once, never again.
        """
        ...
