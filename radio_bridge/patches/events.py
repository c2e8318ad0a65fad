"""What patches make known."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from core.events import Delivery, Event


class PatchChanged(Event):
    """A talkgroup is patched to a telephone call, or not any more (`call_id` empty)."""

    TYPE: ClassVar[str] = "radio_bridge.patch_changed"
    DELIVERY: ClassVar[Delivery] = "live"

    talkgroup: str
    call_id: UUID | None = None
    talking: bool = False
    """Whether the telephone has the floor."""
