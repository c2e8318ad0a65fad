"""What was told to whom over which bearer, for people: the chain of a dispatch, and what is overdue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.actor import Actor
from core.storage import Storage
from field import rights
from field.delivery import store
from field.delivery.errors import UnknownDelivery
from field.delivery.model import DispatchDelivery

MOST_LISTED: Final = 500


class DeliveryLog:
    """Reads alone."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def of(self, actor: Actor, dispatch_id: UUID) -> DispatchDelivery:
        """Raises `Forbidden`, `UnknownDelivery`."""
        rights.SEE_DELIVERIES.check(actor)
        async with self._storage.read() as connection:
            delivery = await store.find(connection, dispatch_id)
        if delivery is None:
            raise UnknownDelivery(remedy="see the case: it has the ids of its dispatches")
        return delivery

    async def overdue(self, actor: Actor, *, limit: int = 100) -> Sequence[DispatchDelivery]:
        """Dispatches that have no answer though every bearer was tried, or were declined; the oldest first.
        Raises `Forbidden`.
        """
        rights.PRESS_ON.check(actor)
        async with self._storage.read() as connection:
            return await store.overdue(connection, min(limit, MOST_LISTED))
