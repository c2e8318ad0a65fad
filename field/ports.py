"""What the room of field units needs from outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from core.actor import Actor
from core.bus import Bus
from core.link import BrokerLink
from core.storage import Storage
from field.photos.ports import PhotoPorts
from field.units.nearest.service import CasePlaces

if TYPE_CHECKING:
    # The role `radio` serves no pages.
    from fastapi import Request


class Audit(Protocol):
    """Who did what to which thing; raises when it cannot be written down."""

    async def record(self, actor: Actor, action: str, subject: str) -> None:
        """Write a row: `action` is a word of the audit trail's list, `subject` is `kind:id`."""
        ...


class BrokerAccounts(Protocol):
    """The broker's accounts of units."""

    async def issue(self, uid: str, *, devices: Sequence[str] = ()) -> str:
        """A new password for this unit; an older one is void. `devices` are its location apps.

        Raises `core.errors.Unavailable`.
        """
        ...

    async def withdraw(self, uid: str) -> None:
        """The unit cannot sign in, and what it has open is cut. Raises `core.errors.Unavailable`."""
        ...


class Incidents(Protocol):
    """The cases, as far as talkgroups are made for them."""

    async def is_open(self, case_id: UUID) -> bool:
        """False for a case that is over, and for one that there is not."""
        ...


@dataclass(frozen=True, slots=True)
class RadioPorts:
    """For the role `radio`. Subscribe before `link` starts: make the room first."""

    storage: Storage
    bus: Bus
    link: BrokerLink


@dataclass(frozen=True, slots=True)
class CentrePorts:
    """For the role `centre`: `current_user` is the signed-in person of a request."""

    storage: Storage
    bus: Bus
    accounts: BrokerAccounts
    current_user: Callable[[Request], Awaitable[Actor]]
    audit: Audit | None = None
    incidents: Incidents | None = None
    photos: PhotoPorts | None = None
    case_places: CasePlaces | None = None
