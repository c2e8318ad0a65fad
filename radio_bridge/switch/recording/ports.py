"""Ports of the recording of talkgroups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from field.contract.talkgroup import TgClass
from radio_bridge.switch.conference.model import ConferenceLeg


class RecorderSwitch(Protocol):
    @property
    def up(self) -> bool:
        """Whether there is a link to the switch."""
        ...

    async def place_recorder(self, conference: str) -> None:
        """Have a recorder come into the conference; it opens one that is not there. Raises
        `core.errors.Unavailable` when it is not known whether it was done.
        """
        ...

    async def send_out(self, conference: str, channel: str) -> None:
        """Raises `core.errors.Conflict` when it is gone, `core.errors.Unavailable`."""
        ...


class OpenConferences(Protocol):
    """As `radio_bridge.switch.conference.service.ConferenceService` has them."""

    def groups(self) -> Sequence[str]:
        """Talkgroups with a conference."""
        ...

    def legs(self, group: str) -> Sequence[ConferenceLeg]:
        """Legs that are in the talkgroup's conference now."""
        ...

    def voiced(self) -> Collection[str]:
        """Talkgroups with a network that has voice."""
        ...


class RecordedTalkgroups(Protocol):
    def class_of(self, group: str) -> TgClass | None:
        """None for a talkgroup that is not there; answers at once, from memory."""
        ...
