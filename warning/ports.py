"""What warnings need from other rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.actor import Actor
from core.audit import TransactionAudit
from core.storage import Storage, Transaction
from warning.area import DistrictsOf, WarningArea
from warning.cap.model import CapStatus, CapType
from warning.channels import WarningChannel
from warning.paging.settings import PagingGroup

CurrentUser = Callable[..., Actor | Awaitable[Actor]]
"""A FastAPI dependency that gives the signed-in person or raises `Unauthenticated`."""


class WarningOutcome(StrEnum):
    """What became of a text: `acknowledged` also reached. `refused` by whom it reached; `failed`: it reached
    nobody; `withdrawn` before it left.
    """

    UNDER_WAY = "under_way"
    REACHED = "reached"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class WarningText:
    """What is told to one address; the same `delivery_id` again is the same text. `exercise`: also a test."""

    delivery_id: UUID
    address: str
    words: str
    by: str
    until: datetime
    status: CapStatus
    msg_type: CapType

    @property
    def exercise(self) -> bool:
        return self.status is not CapStatus.ACTUAL


class AudienceChannel(Protocol):
    """A way by which single addresses are told."""

    channel: WarningChannel
    most: int
    """Signs of a text."""
    registered: bool
    """Its addresses stand in a register and do not move: an all-clear is for those alone who were told."""

    async def within(
        self, connection: AsyncConnection, area: WarningArea, districts_of: DistrictsOf
    ) -> Sequence[str]:
        """The addresses in the area as it is now."""
        ...

    async def tell(self, transaction: Transaction, text: WarningText) -> str:
        """Hand it over in this transaction; empty, or why not (a short word)."""
        ...

    async def withdraw(self, transaction: Transaction, delivery_ids: Collection[UUID]) -> None:
        """The warning is over: of what was handed over, what has not left yet does not leave any more."""
        ...

    async def outcomes(
        self, connection: AsyncConnection, delivery_ids: Collection[UUID]
    ) -> Mapping[UUID, WarningOutcome]:
        """What became of those that were handed over."""
        ...


@dataclass(frozen=True, slots=True)
class PageToPlace:
    """`sounds` says what is heard: the mark and what it is about, as `exercise-alert`."""

    delivery_id: UUID
    sounds: str
    group: PagingGroup


class PageSwitch(Protocol):
    """Sends sounds to a multicast address. Nothing here raises for what the switch says. How far a page has
    come is told to `warning.paging.service.WarningPaging.told`.
    """

    @property
    def up(self) -> bool:
        """Whether the switch can be asked now."""
        ...

    async def page(self, page: PageToPlace) -> Literal["placed", "refused", "in_doubt"]:
        """Once for an id, unless it was `refused`: then nothing was sent."""
        ...

    async def settle(self, delivery_id: UUID) -> Literal["alive", "gone", "never", "unknown", "away"]:
        """What the switch has of this page. `never`: nothing was sent. `unknown`: nobody can tell. `away`:
        the switch cannot be asked.
        """
        ...

    async def end(self, delivery_id: UUID) -> None:
        """One that is gone, or not there yet, is as good."""
        ...


@dataclass(frozen=True, slots=True)
class WarningPorts:
    storage: Storage
    audit: TransactionAudit
    current_user: CurrentUser
    audiences: Sequence[AudienceChannel]
    districts_of: DistrictsOf
    pages: PageSwitch
