"""What a timeline needs of other rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cases.timeline.model import TimelineEntry, TimelineSubject
from core.actor import Actor


class TimelineSource(Protocol):
    async def entries(self, actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
        """What another room knows of the case, as far as this person may read it there; bounded."""
        ...
