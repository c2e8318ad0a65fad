"""Events of patches."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from core.events import Delivery, Event
from core.scopes import Scope, ScopeLimit


class PatchChanged(Event):
    """A talkgroup is patched to a telephone call (`call_id`), to another talkgroup (`other`), or no more."""

    TYPE: ClassVar[str] = "radio_bridge.patch_changed"
    DELIVERY: ClassVar[Delivery] = "live"

    talkgroup: str
    call_id: UUID | None = None
    other: str = ""
    talking: bool = False
    """Whether the telephone has the floor."""

    def limited_by(self) -> ScopeLimit:
        return ScopeLimit(Scope.TALKGROUP, self.talkgroup)


class PatchTalked(Event):
    """Somebody has talked on a talkgroup while it was put through to a telephone call: a span of its record.

    `party` is a unit, somebody of the network, a person at a desk (`user:…`) or the telephone (`phone:…`).
    """

    TYPE: ClassVar[str] = "radio_bridge.patch_talked"
    DELIVERY: ClassVar[Delivery] = "durable"

    call_id: UUID
    talkgroup: str
    party: str
    began_at: datetime
    ended_at: datetime
