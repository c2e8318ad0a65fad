"""What the list of things near a case needs of other rooms. `gateway/wiring/near.py` fills it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cases.near.model import NearThing
from core.actor import Actor
from core.place import Position


class NearSource(Protocol):
    async def near(self, actor: Actor, place: Position, within_m: float, limit: int) -> Sequence[NearThing]:
        """What another room knows within so many metres, as far as this person may list it there: nothing
        where he may not. Raises `StorageAway`.
        """
        ...
