"""What call control needs of the switch. Every method may raise `SwitchAway` (nothing was sent),
`SwitchRefused` (nothing was done) or `SwitchInDoubt` (unknown, and never sent again).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

PhoneState = Literal["free", "busy", "away"]
Settled = Literal["placed", "not_placed", "unknown"]


@dataclass(frozen=True, slots=True)
class DialplanPlace:
    """An extension of dialplan/control.conf (or of another context that calls may be sent to)."""

    context: str
    extension: str


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call to place: ring `phone`, and send it to `place` when it answers. `channel_id` becomes its
    Uniqueid.
    """

    phone: str
    place: DialplanPlace
    channel_id: str
    shown: str = ""
    """The number that `phone` sees."""
    caller_id: str = ""
    """The number that the outside sees."""
    user: str = ""
    """The desk whose limits count."""
    ring_s: float = 30.0


class ControlSwitch(Protocol):
    async def move(
        self, channel: str, place: DialplanPlace, other: tuple[str, DialplanPlace] | None = None
    ) -> None:
        """Send one leg to a place, and another one at the same moment."""
        ...

    async def mute(self, channel: str, *, muted: bool) -> None:
        """Nobody hears what this leg says. The switch keeps a mark of it for as long as the leg lives."""
        ...

    async def muted(self, channel: str) -> bool:
        """Whether the leg bears that mark, whoever set it."""
        ...

    async def digit(self, channel: str, digit: str) -> None:
        """One key, sent to the far end of this leg."""
        ...

    async def hang_up(self, channel: str) -> None: ...

    async def phone(self, endpoint: str) -> PhoneState: ...

    async def registered(self, endpoint: str) -> bool:
        """Whether the switch knows where this telephone is, whatever it is doing."""
        ...

    async def received(self, channel: str) -> int:
        """How many packets of sound this leg has sent so far."""
        ...

    async def ring(self, call: PlacedCall) -> None:
        """Place a call, at most once; what is in doubt is settled by `settle`."""
        ...

    async def settle(self, channel_id: str, within_s: float) -> Settled:
        """What became of a call that `ring` left in doubt, in this run of the gateway or an earlier one."""
        ...

    def answers_itself(self, endpoint: str) -> bool:
        """Whether this telephone lives in the desk's page, which can answer it."""
        ...
