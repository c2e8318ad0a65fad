"""A call to a member of an incident conference. There is no key: who picks up is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from hotline.outbound.model import AutomatedCall, KeyReply
from hotline.outbound.requests import RequestPolicy
from hotline.outbound.signals import NETWORK_DOWN, NO_CIRCUIT

CHANNEL_ID: Final = "ic-"
"""Begins the Uniqueid of a member's leg."""
CONFERENCE_S: Final = 14_500.0
"""Longest time after a member has picked up: what dialplan/conference.conf allows, and to spare."""
MOST_LIVE: Final = 100
CallWay = Literal["desk", "outside"]


@dataclass(frozen=True, slots=True)
class ConferenceTarget:
    """A member's telephone: `phone` as it is dialled, an endpoint or a number, and kept in no table of calls.
    `line` is the same for the same telephone: an endpoint, or a digest of the number. Who tries all numbers
    finds it by that, so it is kept no longer than the call. `room` is the conference's name in the switch.
    """

    call_id: UUID
    conference_id: UUID
    way: CallWay
    phone: str
    line: str
    room: str

    @property
    def channel_id(self) -> str:
        return f"{CHANNEL_ID}{self.call_id}"


ConferenceCall = AutomatedCall[ConferenceTarget]


class ConferenceCallPolicy(RequestPolicy[ConferenceTarget]):
    refused = frozenset({NO_CIRCUIT, NETWORK_DOWN})

    def heard_s(self, target: ConferenceTarget) -> float:  # noqa: ARG002  # each is as long
        return CONFERENCE_S

    def keys(self, target: ConferenceTarget) -> frozenset[str]:  # noqa: ARG002  # none has any
        return frozenset()

    def reply(self, call: ConferenceCall) -> KeyReply:  # noqa: ARG002  # no key is asked for
        return KeyReply(self.gone, "heard")
