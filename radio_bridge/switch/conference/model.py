"""A talkgroup's conference: who is in it, and who of them is to be heard. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from radio_bridge.floor.model import NOTICE, PATCH, PERSON

DESK: Final = "desk:"
"""Begins the party of a desk's telephone that was put through; who sits there may be asked for the floor."""
RADIO_CHANNEL: Final = "AudioSocket/"


def conference_of(group: str) -> str:
    """`app*daoli` of `app:daoli`: a colon cannot stand in a SIP address."""
    return group.replace(":", "*", 1)


def group_of(conference: str) -> str | None:
    """None for a conference that is no talkgroup's."""
    network, star, gid = conference.partition("*")
    return f"{network}:{gid}" if star and network and gid else None


@dataclass(frozen=True, slots=True)
class ConferenceTalker:
    """Who has the floor. `request_id` is None of somebody who talks in the network itself."""

    party: str
    request_id: UUID | None


@dataclass(slots=True)
class ConferenceLeg:
    """`party` is empty until it is known; `muted` as the switch has it. `voice`: a telephone that talks by
    voice, None until it is known; `shut`: it is to wait before it asks again; `by_hand`: it talks by its key
    now; `speaks`: the switch hears sound of it.
    """

    channel: str
    party: str = ""
    muted: bool = True
    voice: bool | None = None
    shut: bool = False
    by_hand: bool = False
    speaks: bool = False


@dataclass(slots=True)
class Conference:
    """`legs` by the name of their channel, without the one to the role `radio`."""

    group: str
    legs: dict[str, ConferenceLeg] = field(default_factory=dict)
    radio: UUID | None = None
    """The leg to the role `radio` that was asked for."""
    radio_run: str = ""
    """The life of that role that it was asked for."""
    radio_asked: float = 0.0
    radio_there: bool = False
    heard: UUID | None = None
    """The last request for the floor whose talk the switch has heard."""
    changes: int = 0
    """Counts what the switch said about it: a list that was asked for before is of no use after."""

    @property
    def name(self) -> str:
        """The conference's name in the switch."""
        return conference_of(self.group)


def brings(legs: Iterable[ConferenceLeg]) -> dict[str, ConferenceLeg]:
    """The legs that bring another talkgroup's sound, by that talkgroup."""
    return {leg.party.removeprefix(PATCH): leg for leg in legs if leg.party.startswith(PATCH)}


def radio_leg_of(channel: str, host: str, port: int) -> UUID | None:
    """The UUID of a leg to the role `radio`, out of its channel's name; None when it goes elsewhere."""
    to, _, leg = channel.removeprefix(RADIO_CHANNEL).partition("-")
    try:
        return UUID(leg) if to == f"{host}:{port}" else None
    except ValueError:
        return None


def heard(leg: ConferenceLeg, talker: ConferenceTalker | None, desk_of: Callable[[str], str | None]) -> bool:
    """Whether this leg is to be heard: its party has the floor. `desk_of` gives the telephone of a person.

    A notice is heard while nobody has the floor, or a notice for the network has it: no talk is disturbed.

    While nobody has the floor, a telephone that talks by voice is heard in the conference: else the switch
    would not notice that it begins to speak.
    """
    if leg.party == NOTICE:
        return talker is None or talker.party == NOTICE
    if talker is None:
        return bool(leg.voice) and not leg.shut
    if talker.request_id is None or not leg.party:
        return False
    if leg.party == talker.party:
        return True
    return (
        leg.party.startswith(DESK)
        and talker.party.startswith(PERSON)
        and leg.party.removeprefix(DESK) == desk_of(talker.party.removeprefix(PERSON))
    )


def wrong(
    legs: Iterable[ConferenceLeg], talker: ConferenceTalker | None, desk_of: Callable[[str], str | None]
) -> list[tuple[ConferenceLeg, bool]]:
    """The legs that are not as they are to be, each with whether it is to be muted; mutes first."""
    found = [(leg, not heard(leg, talker, desk_of)) for leg in legs]
    return sorted((one for one in found if one[0].muted != one[1]), key=lambda one: not one[1])
