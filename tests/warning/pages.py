"""A switch that is played: what it was given to page, and what it says of that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from warning.ports import PageToPlace

Placing = Literal["placed", "refused", "in_doubt"]
Settling = Literal["alive", "gone", "never", "unknown", "away"]


class KilledThere(Exception):
    """The process died."""


@dataclass
class PlayedPageSwitch:
    """Implements `warning.ports.PageSwitch`. `dies`: the process does, `before` the switch gets a page or
    `after` it.
    """

    up: bool = True
    answer: Placing = "placed"
    settled: Settling = "alive"
    dies: Literal["", "before", "after"] = ""
    paged: list[PageToPlace] = field(default_factory=list)
    ended: list[UUID] = field(default_factory=list)

    async def page(self, page: PageToPlace) -> Placing:
        if self.dies == "before":
            raise KilledThere
        if self.answer != "refused":
            self.paged.append(page)
        if self.dies == "after":
            raise KilledThere
        return self.answer

    async def settle(self, delivery_id: UUID) -> Settling:
        del delivery_id
        return self.settled

    async def end(self, delivery_id: UUID) -> None:
        self.ended.append(delivery_id)
