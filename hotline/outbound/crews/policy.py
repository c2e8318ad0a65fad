"""Calls to crews: a job is accepted or declined by key, a recall is heard, a talk is connected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from hotline.outbound.model import AutomatedCall, KeyReply
from hotline.outbound.requests import RequestPolicy

CHANNEL_ID: Final = "cw-"
"""Begins the Uniqueid of a leg that was placed for a crew."""
HEARD_S: Final = 130.0
"""Longest time after a crew has picked up: what dialplan/crew.conf allows, and to spare."""
TALK_S: Final = 3_700.0
"""The same for a talk with the citizen, which dialplan/crew.conf ends after an hour."""
MOST_LIVE: Final = 100

CrewPurpose = Literal["job", "recall", "talk"]
KEYS: Final[dict[CrewPurpose, frozenset[str]]] = {
    "job": frozenset({"1", "2"}), "recall": frozenset(), "talk": frozenset({"1"}),
}  # fmt: skip
WELL: Final = frozenset({"answered", "heard", "talked"})
"""Outcomes with which the crew knows what it was called for."""


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


class CrewPolicy(RequestPolicy[CrewTarget]):
    def heard_s(self, target: CrewTarget) -> float:
        """A call that lasted so many seconds was heard."""
        return TALK_S if target.purpose == "talk" else HEARD_S

    def keys(self, target: CrewTarget) -> frozenset[str]:
        """Digits that the crew may press."""
        return KEYS[target.purpose]

    def reply(self, call: CrewCall) -> KeyReply:
        if call.target.purpose == "talk":
            return KeyReply("connect", "talked", goes_on="talking")
        return KeyReply("accepted" if call.key == "1" else "declined", "answered")
