"""What the page of a unit needs from the channel of WeChat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BoundWeChat:
    """`silent`: the platform takes no notices to it now."""

    binding_id: UUID
    bound_at: datetime
    silent: bool


@dataclass(frozen=True, slots=True)
class CrewCode:
    """`lasts_s`: seconds that it works from now."""

    code: str
    lasts_s: float


class CrewWeChats(Protocol):
    """Each raises `Conflict` for a unit that may bind none, `Unavailable`, and an error of status 429 for one
    that asks too often.
    """

    async def bound(self, unit_id: str) -> Sequence[BoundWeChat]:
        """The WeChats of this unit, the oldest first."""
        ...

    async def make_code(self, unit_id: str, op_id: UUID) -> CrewCode:
        """A code for this unit, once for each `op_id`; a former one works no more. Audited."""
        ...

    async def end(self, unit_id: str, binding_id: UUID) -> None:
        """End one of this unit's; audited. Raises `NotFound`, also for another unit's."""
        ...
