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


class ServicePart(Protocol):
    """Anything that starts and stops: a room, the web server, a link to a peer."""

    @property
    def name(self) -> str: ...

    async def start(self) -> None:
        """Begin; return when ready. Subscriptions to the bus are made in `build`, before any room starts."""
        ...

    async def stop(self) -> None:
        """End all tasks; safe to call twice and when `start` failed."""
        ...


class Room(ServicePart, Protocol):
    @property
    def routers(self) -> Sequence[APIRouter]:
        """HTTP routes, mounted below `/api`."""
        ...

    def health(self) -> Sequence[Health]: ...
