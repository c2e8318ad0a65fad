"""What can happen to incident conferences, and the switch's messages as such signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.switch import SwitchMessage
from hotline.conferences.model import (
    ConferenceParty,
    IncidentConference,
    SeenLeg,
    conference_id_of,
)

EVENTS: Final = frozenset(
    {
        "ConfbridgeJoin", "ConfbridgeLeave", "ConfbridgeMute", "ConfbridgeUnmute", "ConfbridgeTalking",
        "ConfbridgeEnd",
    }
)  # fmt: skip
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class ConferenceOpened:
    """It is written down; also one that an earlier run opened."""

    conference: IncidentConference


@dataclass(frozen=True, slots=True)
class PartyAsked:
    """Somebody is to come."""

    conference_id: UUID
    party: ConferenceParty


@dataclass(frozen=True, slots=True)
class PartyNotReached:
    """The call to a member is over, or its leg could not be placed."""

    conference_id: UUID
    member_id: UUID
    outcome: str
    at: float


@dataclass(frozen=True, slots=True)
class LegJoined:
    conference_id: UUID
    leg: SeenLeg
    at: float


@dataclass(frozen=True, slots=True)
class LegLeft:
    conference_id: UUID
    uniqueid: str
    at: float


@dataclass(frozen=True, slots=True)
class LegChanged:
    """None: as before."""

    conference_id: UUID
    uniqueid: str
    muted: bool | None = None
    talks: bool | None = None


@dataclass(frozen=True, slots=True)
class RoomSeen:
    """Everybody whom the switch has in the room now."""

    conference_id: UUID
    legs: tuple[SeenLeg, ...]
    at: float


@dataclass(frozen=True, slots=True)
class ConferenceLocked:
    conference_id: UUID
    locked: bool


@dataclass(frozen=True, slots=True)
class EndAsked:
    """Somebody ends it for all."""

    conference_id: UUID
    at: float


@dataclass(frozen=True, slots=True)
class ClockTold:
    """Time has passed."""

    at: float


ConferenceSignal = (
    ConferenceOpened | PartyAsked | PartyNotReached | LegJoined | LegLeft | LegChanged | RoomSeen
    | ConferenceLocked | EndAsked | ClockTold
)  # fmt: skip


SwitchSignal = LegJoined | LegLeft | LegChanged | RoomSeen
"""What the switch says by itself."""


def signal_of(message: SwitchMessage, at: float) -> SwitchSignal | None:  # noqa: PLR0911  # one line an event
    """None when it says nothing of an incident conference. Never raises for its content."""
    conference_id = conference_id_of(message.get("Conference")[:LONGEST])
    if conference_id is None:
        return None
    uniqueid = message.get("Uniqueid")[:LONGEST]
    match message.name:
        case "ConfbridgeJoin":
            return LegJoined(conference_id, leg_of(message), at)
        case "ConfbridgeLeave":
            return LegLeft(conference_id, uniqueid, at)
        case "ConfbridgeMute" | "ConfbridgeUnmute":
            return LegChanged(conference_id, uniqueid, muted=message.name == "ConfbridgeMute")
        case "ConfbridgeTalking":
            return LegChanged(conference_id, uniqueid, talks=message.get("TalkingStatus") == "on")
        case "ConfbridgeEnd":
            return RoomSeen(conference_id, (), at)
    return None


def leg_of(row: SwitchMessage) -> SeenLeg:
    """Of a join, or of a row of ConfbridgeList."""
    return SeenLeg(
        row.get("Uniqueid")[:LONGEST], row.get("Channel")[:LONGEST], row.get("Muted").lower() == "yes"
    )
