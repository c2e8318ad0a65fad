"""An incident conference: a room of the switch that belongs to a case. Values only; moments are Unix seconds.

Its name in the switch, and the Uniqueid of each member's leg, follow from ids that are written down before
anything rings: so the switch itself says after a restart who is in which conference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

MemberKind = Literal["desk", "telephone", "unit", "talkgroup"]
"""`desk`: a person of the centre at the own telephone; `unit`: a field unit's telephone."""
EndCause = Literal["last-left", "ended", "nobody-came"]

ROOM: Final = "ic"
"""Begins a conference's name in the switch; its id in 32 hexadecimal digits follows."""
LEG: Final = "ic-"
"""Begins the Uniqueid of a leg that was placed for a member."""
GROUP_LEG: Final = "tap-ic-"
"""Begins the Uniqueid of the leg to a talkgroup: it is nobody's call."""
RECORDER_LEG: Final = "tap-rec-"
"""Begins the Uniqueid of the leg that records."""
EMPTY_S: Final = 120.0
"""A conference to which nobody came ends after so long."""
LEDGER: Final = "conference:"
"""Begins what the ledger of recordings calls a conference, in the place of a talkgroup's name."""


def room_of(conference_id: UUID) -> str:
    """Its name in the switch."""
    return f"{ROOM}{conference_id.hex}"


def conference_id_of(room: str) -> UUID | None:
    """None for a room of the switch that is no incident conference."""
    return _uuid(room.removeprefix(ROOM)) if room.startswith(ROOM) else None


def member_id_of(uniqueid: str) -> UUID | None:
    """None for a leg that is no member's."""
    for prefix in (GROUP_LEG, LEG):
        if uniqueid.startswith(prefix):
            return _uuid(uniqueid.removeprefix(prefix))
    return None


def ledger_name(conference_id: UUID) -> str:
    """What its recordings stand under: dialplan/conference.conf writes it into their files' names."""
    return f"{LEDGER}{conference_id.hex}"


def conference_named(name: str) -> UUID | None:
    """The conference whose recordings stand under this name; None for a talkgroup's."""
    return _uuid(name.removeprefix(LEDGER)) if name.startswith(LEDGER) else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class ConferenceParty:
    """A member. `channel` is its leg while it is there; `outcome` what became of a call that did not lead
    there.
    """

    member_id: UUID
    kind: MemberKind
    joined_at: float | None = None
    left_at: float | None = None
    outcome: str = ""
    channel: str = ""
    muted: bool = False
    talks: bool = False

    @property
    def present(self) -> bool:
        return self.joined_at is not None and self.left_at is None

    @property
    def awaited(self) -> bool:
        """It is to come, or its telephone rings."""
        return self.joined_at is None and self.left_at is None and not self.outcome


@dataclass(frozen=True, slots=True)
class IncidentConference:
    """`recorders` are the legs that record it now."""

    conference_id: UUID
    case_id: UUID
    opened_at: float
    parties: Mapping[UUID, ConferenceParty] = field(default_factory=dict)
    recorders: frozenset[UUID] = frozenset()
    locked: bool = False

    @property
    def people(self) -> list[ConferenceParty]:
        """Without talkgroups, which hold no conference open."""
        return [one for one in self.parties.values() if one.kind != "talkgroup"]


Conferences = Mapping[UUID, IncidentConference]
"""The open ones, by id."""


@dataclass(frozen=True, slots=True)
class SeenLeg:
    """A leg that the switch has in a room."""

    uniqueid: str
    channel: str
    muted: bool
