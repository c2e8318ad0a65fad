"""Ports of joining."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from core.actor import Role
from radio_bridge.floor.ports import FloorRight


@dataclass(frozen=True, slots=True)
class Switchboard:
    """Where pages call, and the SIP account that all of them have. It opens nothing without a ticket."""

    ws_url: str
    user: str
    password: str = field(repr=False)


class ListeningRights(Protocol):
    def right(self, group: str, party: str) -> FloorRight | None:
        """None for who may not hear the group."""
        ...


class DeskListeningRights(Protocol):
    def may_monitor(self, group: str, roles: Collection[Role]) -> bool | None:
        """Whether somebody with these roles may listen; None when there is no such talkgroup."""
        ...

    async def look_again(self) -> None:
        """A talkgroup that is not known may have been made this moment. Never raises."""
        ...


class ConferenceMembers(Protocol):
    async def admit(self, channel: str, group: str, party: str) -> None:
        """Send the leg `channel` into the group's conference as `party`, muted. Raises a `SonghuaError` for
        who may not hear the group, and for a switch that does not do it.
        """
        ...


class ConferenceDoor(Protocol):
    """The switch's side of the place where a page's leg waits."""

    @property
    def there(self) -> bool:
        """Whether the switch is heard at this moment."""
        ...

    async def turn_away(self, channel: str) -> None:
        """End a leg that shows no ticket. Never raises."""
        ...
