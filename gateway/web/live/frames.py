"""Frames of `/api/live`: what the server sends and what a client may send (contract with the console).

An event's JSON is made once for all viewers of one kind and joined with each client's own `seq`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from core.events import Event, Privacy, mask

MAX_CLIENT_FRAME = 1024
"""Bytes; a client only ever sends a few words."""


class PingFrame(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["ping"]


class Resync(BaseModel):
    """The client lost count: send a snapshot."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["resync"]


class EditingFrame(BaseModel):
    """The person's hands are in this field of a draft; without a draft: in none any more."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["editing"]
    draft_id: UUID | None = None
    field: str = Field(default="", max_length=32)


AnyClientFrame = PingFrame | Resync | EditingFrame
ClientFrame = Annotated[AnyClientFrame, Field(discriminator="kind")]
_client_frame: TypeAdapter[AnyClientFrame] = TypeAdapter(ClientFrame)


def parse_client(text: str | bytes) -> AnyClientFrame | None:
    """The client's frame, or None for anything else, whatever the bytes."""
    if len(text) > MAX_CLIENT_FRAME:
        return None
    try:
        return _client_frame.validate_json(text)
    except ValidationError:
        return None


def event_json(event: Event, allowed: frozenset[Privacy]) -> str:
    body = {"type": event.TYPE, "version": event.VERSION, **mask(event, allowed)}
    return to_json(body).decode()


def event_frame(seq: int, event: str) -> str:
    """A frame for an event that is JSON already."""
    return f'{{"kind":"event","seq":{seq},"event":{event}}}'


def snapshot_frame(seq: int, state: dict[str, Any]) -> str:
    """A frame with the whole state."""
    return f'{{"kind":"snapshot","seq":{seq},"state":{to_json(state).decode()}}}'


PONG = '{"kind":"pong"}'
