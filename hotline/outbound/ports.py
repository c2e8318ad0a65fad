"""Who places an agent's call to the outside: the one port that callbacks need of the switch."""

from __future__ import annotations

from typing import Literal, Protocol

Placed = Literal["placed", "refused", "in_doubt"]
Settled = Literal["alive", "gone", "never", "unknown"]


class Dialler(Protocol):
    async def ring(self, *, endpoint: str, number: str, channel_id: str, ring_s: float) -> Placed:
        """Ring the agent's telephone for `ring_s` seconds; when he answers, dial `number` through the
        outbound rules. `channel_id` becomes the Uniqueid of his leg. Sent once, never again.
        """
        ...

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        """What became of a call that was sent in this or an earlier run; waits for a link so long.

        `never`: the switch would know of it and does not. `unknown`: nobody can tell.
        """
        ...


class NoDialler:
    """There is no switch to dial with: each acceptance is refused, and nothing rings."""

    async def ring(self, *, endpoint: str, number: str, channel_id: str, ring_s: float) -> Placed:  # noqa: ARG002
        return "refused"

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:  # noqa: ARG002
        return "unknown"
