"""What the room of field units needs from outside, in its own words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from core.actor import Actor
from core.bus import Bus
from core.room import Health
from core.storage import Storage
from radio_bridge.photos.files import Vault
from radio_bridge.units.nearest.service import CasePlaces

if TYPE_CHECKING:
    # The role `radio` serves no pages.
    from fastapi import Request


class Message(Protocol):
    """What came from the broker."""

    @property
    def topic(self) -> str: ...

    @property
    def payload(self) -> bytes: ...

    @property
    def retained(self) -> bool:
        """The broker's stored copy, given for a new subscription."""
        ...


class Link(Protocol):
    """A connection to the broker that stays up by itself and acknowledges after the handler returned."""

    @property
    def connected(self) -> bool: ...

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, expiry_s: float | None = None
    ) -> bool:
        """True when some session wants the message. Raises `core.errors.Unavailable` when it may be lost."""
        ...

    def subscribe(
        self, topic_filter: str, handler: Callable[[Message], Awaitable[None]], *, name: str
    ) -> None: ...

    def subscribe_run(
        self, topic_filter: str, handler: Callable[[Sequence[Message]], Awaitable[None]], *, name: str
    ) -> None:
        """The same for who takes several at a time: all that have come while he was busy."""
        ...

    def on_connect(self, callback: Callable[[], Awaitable[None]]) -> None: ...

    def health(self) -> Health: ...


class Audit(Protocol):
    """Who did what to which thing; raises when it cannot be written down."""

    async def record(self, actor: Actor, action: str, subject: str) -> None: ...


class Accounts(Protocol):
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
    """For the role `radio`. Subscribe before `link` starts: make the room first. `recorder` is the link to
    the broker of a trunk-recorder, where there is one.
    """

    storage: Storage
    bus: Bus
    link: Link
    recorder: Link | None = None


@dataclass(frozen=True, slots=True)
class PhotoPorts:
    """`vault` encrypts what is kept; `case_of` finds the case of a dispatch."""

    vault: Vault
    case_of: Callable[[UUID], Awaitable[UUID | None]]


@dataclass(frozen=True, slots=True)
class DirectoryPorts:
    """For the role `centre`: `current_user` is the signed-in person of a request."""

    storage: Storage
    bus: Bus
    accounts: Accounts
    current_user: Callable[[Request], Awaitable[Actor]]
    audit: Audit | None = None
    incidents: Incidents | None = None
    photos: PhotoPorts | None = None
    case_places: CasePlaces | None = None
