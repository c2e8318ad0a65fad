"""Ports of the conferences of talkgroups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from radio_bridge.floor.ports import FloorRight, Notice


@dataclass(frozen=True, slots=True)
class Member:
    """Who is in a conference, as the switch says it."""

    channel: str
    muted: bool


class ConferenceSwitch(Protocol):
    """Each raises `core.errors.Unavailable` when it is not known whether it was done."""

    async def mute(self, conference: str, channel: str, *, muted: bool) -> bool:
        """Returns when it is so; False when there is no such leg (any more)."""
        ...

    async def members(self, conference: str) -> Sequence[Member]:
        """Empty when there is no such conference."""
        ...

    async def party_of(self, channel: str) -> str:
        """What the leg was named when it was let in; empty when it was not."""
        ...

    async def talks_by_voice(self, channel: str) -> bool:
        """Whether the leg was marked so."""
        ...

    async def mark_voice(self, channel: str) -> None:
        """Mark the leg: it talks by voice. Raises `core.errors.Conflict` when it is gone."""
        ...

    async def admit(self, channel: str, conference: str, party: str) -> None:
        """Name the leg and send it into the conference. Raises `core.errors.Conflict` when it is gone."""
        ...

    async def send_out(self, conference: str, channel: str) -> None:
        """Remove this channel from the conference; no error when it is not there (any more)."""
        ...

    async def join(self, one: str, two: str, conferences: tuple[str, str]) -> None:
        """Let each of two talkgroups' conferences have a leg that brings the other one's sound, muted.
        Each is there for as long as the other.
        """
        ...

    async def tell(self, conference: str, notice: Notice) -> None:
        """Let the conference have a leg of nobody, muted and of the party `notice`, that plays this tone and
        leaves.
        """
        ...

    async def place_radio_leg(self, host: str, port: int, leg: UUID, conference: str) -> None:
        """Connect the conference with the AudioSocket server at `host:port`; `leg` is its UUID there."""
        ...

    async def end_radio_leg(self, leg: UUID) -> None:
        """End that leg; no error when it is gone."""
        ...


class ConferenceRights(Protocol):
    def right(self, group: str, party: str) -> FloorRight | None:
        """None for who has no business there; answers at once, from memory."""
        ...


class Desks(Protocol):
    def endpoint_of(self, user_id: str) -> str | None:
        """The telephone of this person; answers at once, from memory."""
        ...

    def listens(self, user_id: str, group: str) -> bool:
        """Whether this person's page may still hear the talkgroup; answers at once, from memory."""
        ...
