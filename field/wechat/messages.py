"""What a unit's page and the role `centre` say about the crew's WeChat. AsyncAPI is generated from these."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from core.models import Frozen
from field.contract.mobile.messages import MAX_SEQ, Payload

MOST_BOUND = 50


class CrewWeChatCause(StrEnum):
    """Why nothing came of it: no WeChat for this unit, asked too often, the centre cannot look now."""

    NONE = ""
    NOT_FOR_CREW = "not_for_crew"
    TOO_MANY = "too_many"
    AWAY = "away"


class CrewWeChatAsk(Payload):
    """`up/wechat`: who of the crew is bound (`show`), a code to bind somebody (`code`), the end of one of the
    own bindings (`unbind`). It has no place in the numbered sequence (`seq` is 0) and is said now or not at
    all.
    """

    SCHEMA: ClassVar[str] = "unit.wechat/1"

    seq: int = Field(default=0, ge=0, le=MAX_SEQ)
    act: Literal["show", "code", "unbind"]
    binding_id: UUID | None = Field(default=None, description="which one, with `unbind`")


class CrewWeChatBinding(Frozen):
    """One WeChat of the crew. No openid and no name: WeChat tells none."""

    binding_id: UUID
    bound_at: AwareDatetime
    silent: bool = Field(description="it wrote nothing for 48 hours: WeChat takes no notices to it")


class CrewWeChatAnswer(Payload):
    """`down/wechat`: the crew's WeChats after the act, and a new code. `lasts_s` counts from now, so that the
    device's clock does not matter.
    """

    SCHEMA: ClassVar[str] = "unit.wechat_answer/1"

    seq: int = Field(default=0, ge=0, le=MAX_SEQ)
    of: UUID = Field(description="the msg_id of the question")
    cause: Annotated[CrewWeChatCause, Field(description="why there is nothing")] = CrewWeChatCause.NONE
    code: Annotated[str, Field(max_length=16)] = ""
    lasts_s: float | None = None
    bindings: list[CrewWeChatBinding] = Field(default_factory=list, max_length=MOST_BOUND)
