"""What a mobile terminal says of itself beside its jobs (where it is, which groups it listens to), and the
groups that it is told. AsyncAPI is generated from these.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from core.models import Frozen
from field.contract.mobile.messages import Line, Payload

LOCATION_EXPIRY_S = 60.0
"""A position that waited longer at the broker is nobody's news: the terminal sets it as the message's
expiry.
"""
MOST_GROUPS = 32

_Number = Annotated[float, Field(allow_inf_nan=False)]
GroupName = Annotated[str, Field(max_length=52)]


class Location(Payload):
    """`up/location`: where the terminal is. QoS 1 with an expiry of 60 s; the next one makes up for a lost
    one.

    `sent` should be there: with it a wrong clock cancels out.
    """

    SCHEMA: ClassVar[str] = "unit.location/1"

    fix_at: AwareDatetime = Field(description="the terminal's clock when it was measured")
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description="WGS-84 degrees")]
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description="WGS-84 degrees")]
    accuracy_m: _Number = Field(description="radius that holds the true point")
    altitude_m: _Number | None = None
    speed_mps: Annotated[float, Field(ge=0, le=150, allow_inf_nan=False)] | None = None
    heading_deg: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] | None = None
    battery_pct: Annotated[int, Field(ge=0, le=100)] | None = None


class Affiliation(Payload):
    """`up/affiliate`: the talkgroups that the terminal listens to now, all of them. Answered by
    `down/groups`.
    """

    SCHEMA: ClassVar[str] = "unit.affiliate/1"

    groups: list[GroupName] = Field(default_factory=list, max_length=MOST_GROUPS)


class GroupBody(Frozen):
    """A talkgroup as the terminal shows it. `on` says that the centre counts the unit as listening to it."""

    tg_id: GroupName
    name_zh: Line
    name_en: Line
    talk: bool = False
    priority: int = Field(default=0, ge=0, le=15)
    on: bool = False
    incident: bool = Field(default=False, description="made for an incident, and gone with it")


class GroupsMessage(Payload):
    """`down/groups`: the talkgroups that this unit may listen to, all of them: those of an incident first."""

    SCHEMA: ClassVar[str] = "unit.groups/1"

    groups: list[GroupBody] = Field(default_factory=list, max_length=MOST_GROUPS)


UP: dict[str, type[Payload]] = {"location": Location, "affiliate": Affiliation}
DOWN: dict[str, type[Payload]] = {"groups": GroupsMessage}
