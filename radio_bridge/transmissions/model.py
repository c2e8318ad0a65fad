"""A transmission in a talkgroup as the ledger stores it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from radio_bridge.floor.messages import TalkerBody
from radio_bridge.floor.model import PATCH, Cause
from radio_bridge.transmissions.events import TransmissionEnded

_TALKS: Final = UUID("5d0c2b0e-7f2f-5a7b-9c2d-3f9f5f1f6a55")


@dataclass(frozen=True, slots=True)
class Transmission:
    """Who began to talk where, as everybody was told."""

    group: str
    talker: TalkerBody

    @property
    def talk_id(self) -> UUID:
        """The same for all who saw the talk begin, in this life of a process and in the next."""
        shown = self.talker
        return uuid5(_TALKS, f"{self.group}\n{shown.party}\n{shown.of or ''}\n{shown.since.isoformat()}")

    @property
    def came_from(self) -> str:
        """The talkgroup that a patch brings him from; empty for who talks here."""
        party = self.talker.party
        return party.removeprefix(PATCH) if party.startswith(PATCH) else ""

    def over(self, at: datetime, cause: Cause, *, seen: bool = True) -> TransmissionEnded:
        shown = self.talker
        return TransmissionEnded(
            id=self.talk_id,
            talkgroup=self.group,
            party=shown.party,
            name=shown.name,
            priority=shown.priority,
            request_id=shown.of,
            emergency=shown.emergency,
            came_from=self.came_from,
            began_at=shown.since,
            # A clock that was set back in mid-talk does not make a talk of less than nothing.
            ended_at=max(at, shown.since),
            cause=cause.value,
            end_seen=seen,
        )
