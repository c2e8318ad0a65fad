"""What is asked of call control, and what it answers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from core.models import Frozen, Strict
from hotline.control.model import Verb

Outcome = Literal["done", "uncertain", "not_placed"]


class Target(Strict):
    """Whom a call goes to: exactly one of these."""

    agent_id: str | None = Field(default=None, max_length=64)
    endpoint: str | None = Field(default=None, max_length=64)
    queue: str | None = Field(default=None, max_length=64)
    number: str | None = Field(default=None, max_length=32)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in (self.agent_id, self.endpoint, self.queue, self.number)) != 1:
            raise ValueError("give exactly one of agent_id, endpoint, queue, number")
        return self

    @property
    def text(self) -> str:
        """Whom it names: an agent, endpoint, queue or number."""
        return self.agent_id or self.endpoint or self.queue or self.number or ""


class ControlParameters(Strict):
    """One verb with everything that it needs; what a verb does not use stays at its default."""

    target: Target | None = None
    digits: str = ""
    whole: bool = False
    number: str = ""
    first: Literal["agent", "citizen"] = "agent"
    caller_id: str = ""
    conference: str = Field(default="", pattern=r"^([a-z][A-Za-z0-9*_.-]{0,79})?$")
    """A talkgroup's, to which the call is put through."""


class Acted(Frozen):
    """The answer to a request. `state` is what the call was when the answer was given.

    `outcome`: `done`; `uncertain` when the link to the switch was lost at the wrong moment (it is never
    tried a
    second time; ask again with the same `op_id` for what was found out since); `not_placed` when it was found
    out that no telephone was rung.
    """

    op_id: UUID
    call_id: UUID
    verb: Verb
    outcome: Outcome
    state: str
    leg_id: UUID | None = None
    at: datetime


@dataclass(frozen=True, slots=True)
class ControlRequest:
    op_id: UUID
    actor_id: str
    verb: Verb
    call_id: UUID
    wish: ControlParameters

    @property
    def digest(self) -> str:
        """The same for the same request of the same person only."""
        said = [self.actor_id, self.verb, str(self.call_id), self.wish.model_dump(mode="json")]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
