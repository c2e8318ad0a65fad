"""What warnings need from other rooms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.actor import Actor
from core.audit import TransactionAudit
from core.storage import Storage, Transaction
from warning.area import DistrictsOf, WarningArea
from warning.channels import WarningChannel

CurrentUser = Callable[..., Actor | Awaitable[Actor]]
"""A FastAPI dependency that gives the signed-in person or raises `Unauthenticated`."""


class WarningOutcome(StrEnum):
    """What became of a text: `acknowledged` also reached."""

    UNDER_WAY = "under_way"
    REACHED = "reached"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class WarningText:
    """What is told to one address; the same `delivery_id` again is the same text."""

    delivery_id: UUID
    address: str
    words: str
    by: str
    until: datetime


class AudienceChannel(Protocol):
    """A way by which single addresses are told."""

    channel: WarningChannel
    most: int
    """Signs of a text."""

    async def within(
        self, connection: AsyncConnection, area: WarningArea, districts_of: DistrictsOf
    ) -> Sequence[str]:
        """The addresses in the area as it is now."""
        ...

    async def tell(self, transaction: Transaction, text: WarningText) -> str:
        """Hand it over in this transaction; empty, or why not (a short word)."""
        ...

    async def outcomes(
        self, connection: AsyncConnection, delivery_ids: Collection[UUID]
    ) -> Mapping[UUID, WarningOutcome]:
        """What became of those that were handed over."""
        ...


@dataclass(frozen=True, slots=True)
class WarningPorts:
    storage: Storage
    audit: TransactionAudit
    current_user: CurrentUser
    audiences: Sequence[AudienceChannel]
    districts_of: DistrictsOf
