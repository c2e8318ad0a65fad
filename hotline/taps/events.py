"""What the hotline tells of legs that nobody writes down."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from core.events import PUBLIC, Event


class TapShed(Event):
    """A leg is not transcribed; the call itself is untouched. The desk shows it and the form stays usable."""

    TYPE: ClassVar[str] = "hotline.tap_shed"
    call_id: Annotated[UUID, PUBLIC]
    leg_id: Annotated[UUID, PUBLIC]
    speaker: Literal["citizen", "agent"]
    reason: Literal["no_node", "no_capacity", "limit", "announce_failed", "switch_refused", "timeout"]
