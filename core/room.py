"""The gateway's view of a room: start, stop, health and routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # The web framework is heavy, and the command line and the other roles serve no web.
    from fastapi import APIRouter


@dataclass(frozen=True, slots=True)
class Health:
    """`state` is `up` or `degraded`; `why` says the cause and the remedy in one sentence."""

    part: str
    state: str
    why: str = ""


class Room(Protocol):
    @property
    def name(self) -> str:
        """The room's folder; also the first part of its health's names."""
        ...

    @property
    def routers(self) -> Sequence[APIRouter]:
        """HTTP routes, mounted below `/api`."""
        ...

    async def start(self) -> None:
        """Begin; return when ready. Subscriptions to the bus are made in `build`, before any room starts."""
        ...

    async def stop(self) -> None:
        """End all tasks; safe to call twice and when `start` failed."""
        ...

    def health(self) -> Sequence[Health]:
        """Each part of the room, from memory: nothing is asked over the network."""
        ...
