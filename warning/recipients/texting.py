"""Texts to recipients: the channel `sms` of a warning."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Transaction
from warning.area import DistrictsOf, WarningArea
from warning.channels import WarningChannel
from warning.ports import WarningOutcome, WarningText
from warning.recipients import store
from warning.recipients.model import RecipientWay
from warning.recipients.places import KnownPlaces, beats_of, concerned

MOST_SIGNS: Final = 280
"""Of a text: five short messages with the city's signature."""
PlacesOf = Callable[[Collection[str]], KnownPlaces]
"""All districts, and these beats. Called in a thread."""


class RecipientMessages(Protocol):
    """Text messages to numbers. The same id again is the same message."""

    async def send(
        self, transaction: Transaction, message_id: UUID, number: str, words: str, *,
        until: datetime, exercise: bool,
    ) -> str:  # fmt: skip
        """Hand it over in this transaction; empty, or why not. Who opted out gets no exercise."""
        ...

    async def withdraw(self, transaction: Transaction, message_ids: Collection[UUID]) -> None:
        """What has not left does not leave any more."""
        ...

    async def outcomes(
        self, connection: AsyncConnection, message_ids: Collection[UUID]
    ) -> Mapping[UUID, WarningOutcome]: ...


def among(
    rows: Sequence[Row[Any]], area: WarningArea, places_of: PlacesOf, by: RecipientWay
) -> Sequence[str]:
    """The ids of those who are told in this way and whom a warning for this area concerns. Takes a while."""
    found = [one for one in store.recipients_of(rows) if by in one.by]
    told = concerned(found, area, places_of(beats_of(found))) if found else ()
    return [str(one.recipient_id) for one in told]


class RecipientTexts:
    """Implements `warning.ports.AudienceChannel`: an address is a recipient's id."""

    channel = WarningChannel.SMS
    most = MOST_SIGNS
    registered = True

    def __init__(self, messages: RecipientMessages, places_of: PlacesOf) -> None:
        self._messages = messages
        self._places_of = places_of
        self.withdraw = messages.withdraw
        self.outcomes = messages.outcomes

    async def within(
        self,
        connection: AsyncConnection,
        area: WarningArea,
        districts_of: DistrictsOf,  # noqa: ARG002
    ) -> Sequence[str]:
        rows = await store.rows(connection)
        # In a thread: shapes take a while, and the loop carries calls.
        return await asyncio.to_thread(among, rows, area, self._places_of, "sms") if rows else ()

    async def tell(self, transaction: Transaction, text: WarningText) -> str:
        number = await store.number_of(transaction.connection, UUID(text.address))
        if not number:
            return "removed"
        return await self._messages.send(
            transaction, text.delivery_id, number, text.words, until=text.until, exercise=text.exercise
        )
