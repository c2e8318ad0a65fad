"""Calls to crews. What is to be called stands elsewhere and has an id; that id is the call's. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from hotline.outbound.model import AutomatedCall

CHANNEL_ID: Final = "cw-"
"""Begins the Uniqueid of a leg that was placed for a crew."""
HEARD_S: Final = 130.0
"""Longest time after a crew has picked up: what dialplan/crew.conf allows, and to spare."""
TALK_S: Final = 3_700.0
"""The same for a talk with the citizen, which dialplan/crew.conf ends after an hour."""

CrewPurpose = Literal["job", "recall", "talk"]


@dataclass(frozen=True, slots=True)
class CrewTarget:
    """A telephone that is to ring. `phone` as it is dialled; `number` is the job's, said digit by digit."""

    call_id: UUID
    purpose: CrewPurpose
    unit_id: str
    phone: str
    line: str
    number: str

    @property
    def channel_id(self) -> str:
        return f"{CHANNEL_ID}{self.call_id}"


CrewCall = AutomatedCall[CrewTarget]
