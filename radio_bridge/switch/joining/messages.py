"""What a unit's page and the role `centre` say about its voice. AsyncAPI is generated from these."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from field.contract.mobile.messages import MAX_SEQ, Payload
from radio_bridge.floor.messages import Group


class Why(StrEnum):
    """Why there is no ticket."""

    NONE = ""
    NOT_A_MEMBER = "not_a_member"
    NO_VOICE = "no_voice"
    SWITCH_AWAY = "switch_away"


class VoiceAsk(Payload):
    """`up/voice`: the page wants to hear this talkgroup, and to be heard there when it has the floor. It has
    no place in the numbered sequence (`seq` is 0) and is said anew rather than kept.
    """

    SCHEMA: ClassVar[str] = "unit.voice/1"

    seq: int = Field(default=0, ge=0, le=MAX_SEQ)
    talkgroup: Group


class VoiceTicket(Payload):
    """`down/voice`: the way into the talkgroup's conference. The page calls `ticket` at the switch, with the
    SIP account that all pages have, within `lasts_s`. The ticket is good for one leg.
    """

    SCHEMA: ClassVar[str] = "unit.ticket/1"

    seq: int = Field(default=0, ge=0, le=MAX_SEQ)
    talkgroup: Group
    of: UUID = Field(description="the msg_id of the question")
    cause: Annotated[Why, Field(description="why there is none")] = Why.NONE
    ticket: Annotated[str, Field(max_length=64)] = ""
    lasts_s: float | None = None
    ws_url: Annotated[str, Field(max_length=200, description="where the switch's WebSocket is")] = ""
    user: Annotated[str, Field(max_length=64)] = ""
    password: Annotated[str, Field(max_length=128)] = ""
