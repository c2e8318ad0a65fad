"""Calls that were given up while nobody watched: the ledger of record tells of them later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UnseenCall:
    """A citizen waited in the queue and nobody spoke with him. `caller` as the trunk sent it."""

    call_id: UUID
    linkedid: str
    caller: str
    queue: str
    queued_at: datetime
    ended_at: datetime


class UnseenCalls(Protocol):
    async def ended_between(self, since: datetime, until: datetime) -> Sequence[UnseenCall]:
        """Calls given up in the queue then that the hotline saw no end of, that became no callback, and whose
        caller has not been answered since; the first to queue first, bounded. Raises `StorageAway`.
        """
        ...
