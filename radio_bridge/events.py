"""What radio networks publish: their state, and the calls that they need from the switch."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from core.events import PUBLIC, Event
from core.models import Frozen


class LinkView(Frozen):
    """How a talkgroup's link to its network is; `why` says what is wrong and what to do, also of one that is
    up; `why_zh` the same in Chinese.
    """

    talkgroup: Annotated[str, PUBLIC]
    up: Annotated[bool, PUBLIC]
    why: str = ""
    why_zh: str = ""


class NetworkSummary(BaseModel):
    """How a network of units is now, and what it can do.

    `lacks` is what a dispatcher cannot expect of it (`docs/radio.md`). `state` is `unknown` when the role
    `radio` has not said it for long.
    """

    model_config = ConfigDict(frozen=True)

    network: Annotated[str, PUBLIC]
    driver: Annotated[str, PUBLIC]
    state: Annotated[Literal["up", "degraded", "unknown"], PUBLIC]
    why: str = ""
    why_zh: str = ""
    links: list[LinkView] = Field(default_factory=list)
    can: Annotated[list[str], PUBLIC] = Field(default_factory=list)
    lacks: Annotated[list[str], PUBLIC] = Field(default_factory=list)


class NetworkChanged(NetworkSummary, Event):
    """How a network of units is now; told at each change and every half minute."""

    TYPE: ClassVar[str] = "radio_bridge.network_changed"


class RadioCallWanted(Event):
    """A talkgroup wants the switch to call it: `user` at `endpoint`. The call's sound goes to `host`:`port`
    by AudioSocket, which begins with `leg`. A call for `instead_of`, which may still ring, ends before. Told
    once; nothing of it is retained.
    """

    TYPE: ClassVar[str] = "radio_bridge.radio_call_wanted"

    talkgroup: Annotated[str, PUBLIC]
    endpoint: str
    user: str
    leg: UUID
    instead_of: UUID | None = None
    host: str
    port: int
