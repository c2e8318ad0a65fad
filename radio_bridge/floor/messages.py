"""The payloads of floor control, as on the wire. AsyncAPI is generated from these.

A press of the button and its answer are worth nothing after two seconds: neither has a place in the numbered
sequence of a unit's messages (`seq` is 0), and neither is kept for who is away.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from core.models import Frozen
from field.contract.mobile.messages import MAX_SEQ, Payload
from field.contract.names import UID_PATTERN
from radio_bridge.floor.model import Cause, FloorStage
from radio_bridge.floor.ports import Result

Group = Annotated[
    str, Field(pattern=UID_PATTERN, description="the talkgroup's name, network:id", examples=["app:daoli"])
]
Token = Annotated[str, Field(max_length=160, description="goes with all sound of one grant")]
Name = Annotated[str, Field(max_length=80)]
CauseField = Annotated[Cause, Field(description="why it is denied, or ended")]


class Ptt(Payload):
    """`up/ptt`: the button. A `request` is known by its `msg_id`, which a copy keeps; `release` names it in
    `of`; while it talks a terminal says `talking` with its token, every `alive_every_s`.
    """

    SCHEMA: ClassVar[str] = "unit.ptt/1"

    seq: int = Field(default=0, ge=0, le=MAX_SEQ)
    action: Literal["request", "release", "talking"]
    talkgroup: Group
    emergency: bool = False
    of: UUID | None = Field(default=None, description="of a release: the request's msg_id")
    token: Token = ""


class GrantMessage(Payload):
    """`down/grant`: what became of the request `of`; said again for its copy, and for each `talking`. After
    `limit_s`, or when for `dead_key_s` nothing was answered, the floor is gone: the terminal stops by itself.
    """

    SCHEMA: ClassVar[str] = "unit.grant/1"

    seq: int = Field(default=0, ge=0, le=MAX_SEQ)
    talkgroup: Group
    of: UUID | None = None
    result: Result
    cause: CauseField = Cause.NONE
    token: Token = ""
    limit_s: float | None = Field(default=None, description="seconds left to talk")
    alive_every_s: float | None = None
    dead_key_s: float | None = None
    position: int | None = Field(default=None, ge=1, description="place in the queue, 1 is next")


class TalkerBody(Frozen):
    """Who talks. `party` is a unit's name on the air, in a radio network its radio's address there; whoever
    talks from a desk is `dispatch`, a line `phone`, a tone `notice`. `name` is the unit's as it was
    enrolled; of a radio that is no unit's it is the address.
    """

    party: Name
    name: Name = ""
    priority: int = Field(ge=0, le=15)
    emergency: bool = False
    of: UUID | None = Field(default=None, description="the request that was granted")
    since: AwareDatetime


class GroupState(Frozen):
    """`tg/{network}/{gid}/state`, retained: the floor as it is. `run` names the life of the role that says
    it, `rev` rises with each change within it. An empty message: the talkgroup is no more.
    """

    SCHEMA: ClassVar[str] = "tg.state/1"

    run: str = Field(max_length=40)
    rev: int = Field(ge=0)
    ts: AwareDatetime
    talkgroup: Group
    stage: FloorStage
    talker: TalkerBody | None = None
    waiting: int = Field(default=0, ge=0, description="requests in the queue")


class TalkerEvent(Frozen):
    """`tg/{network}/{gid}/talker`: somebody begins or stops to talk, and why he stops."""

    SCHEMA: ClassVar[str] = "tg.talker/1"

    ts: AwareDatetime
    talkgroup: Group
    event: Literal["start", "stop"]
    talker: TalkerBody
    cause: CauseField = Cause.NONE


class FloorRequest(Frozen):
    """`tg/{network}/{gid}/floor/req`: somebody at a desk asks for the floor, or gives it back. The same
    `op_id` again is the same request, and a sign of life. `patched`, `unpatched`: the network's radios are to
    hear that tone, if nobody talks now; it is not answered.
    """

    SCHEMA: ClassVar[str] = "floor.req/1"

    action: Literal["request", "release", "patched", "unpatched"]
    op_id: UUID
    user_id: Annotated[str, Field(min_length=1, max_length=64)]
    line: Annotated[str, Field(max_length=80)] = ""
    """Of a telephone's key: its leg, and `user_id` is who has put it through."""
    priority: int = Field(default=0, ge=0, le=14, description="his on this group; an emergency has 15")
    emergency: bool = False
    take_over: bool = Field(default=False, description="end the talk of whoever has a lower priority")


class FloorAnswer(Frozen):
    """`tg/{network}/{gid}/floor/res`: what became of the request `op_id`; also unasked, when it changes."""

    SCHEMA: ClassVar[str] = "floor.res/1"

    op_id: UUID
    talkgroup: Group
    result: Result
    cause: CauseField = Cause.NONE
    token: Token = ""
    limit_s: float | None = None
    alive_every_s: float | None = None
    dead_key_s: float | None = None
    position: int | None = Field(default=None, ge=1)
