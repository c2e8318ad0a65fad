"""What the roles `centre` and `radio` tell each other about the sound of talkgroups, as on the wire."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from core.models import Frozen
from radio_bridge.floor.messages import Group

GROUPS_MOST = 1000


class SoundState(Frozen):
    """`sound/state`, retained: where the switch brings the sound of conferences, and of which talkgroups.
    `run` names the life of the role that says it. It counts only while `floor/state` is online.
    """

    SCHEMA: ClassVar[str] = "sound.state/1"

    run: str = Field(max_length=40)
    host: Annotated[str, Field(max_length=120)]
    port: int = Field(ge=1, le=65535)
    groups: list[Group] = Field(max_length=GROUPS_MOST, description="those with a network that has voice")


class GroupSound(Frozen):
    """`tg/{network}/{gid}/sound`: the conference's leg to the role `radio`, and whose sound it carries.

    `carries` is the request that has the floor when everybody else is muted, else nothing. It is said again
    while it is so; what was not said again for `SOUND_FOR_S` carries nothing any more.
    """

    SCHEMA: ClassVar[str] = "tg.sound/1"

    talkgroup: Group
    leg: UUID | None = Field(default=None, description="the UUID that the AudioSocket begins with")
    carries: UUID | None = Field(default=None, description="a request for the floor")
    voice: bool = Field(default=False, description="its telephone talks by voice now, or may begin to")
    patched: Group | None = Field(default=None, description="the talkgroup that it is patched to")
