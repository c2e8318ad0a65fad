"""Events of incident conferences."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from core.events import PUBLIC, Delivery, Event


class CaseConferenceChanged(Event):
    """Who is in the conference of a case, or how, has changed: a desk that shows it asks anew."""

    TYPE: ClassVar[str] = "hotline.conference_changed"
    DELIVERY: ClassVar[Delivery] = "live"

    conference_id: Annotated[UUID, PUBLIC]
    case_id: Annotated[UUID, PUBLIC]
    over: bool = False
