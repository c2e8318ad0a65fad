"""Ports of an erasure to other rooms and to stores outside the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from core.storage import Transaction
from privacy.forms import Forms


@dataclass(frozen=True, slots=True)
class ErasureSubject:
    """The person of an erasure: a number in all its forms, or (`forms` is None) the person of one call.

    `call_ids` are the calls under all their ids, `linkedids` the same in the switch's words.
    """

    forms: Forms | None
    call_ids: Sequence[UUID]
    linkedids: Sequence[str]
    by: str
    reason: str

    @property
    def octets(self) -> Sequence[bytes]:
        """What to look for in files: the number; without one, the ids of the calls."""
        return self.forms.octets if self.forms is not None else [one.encode() for one in self.linkedids]


@dataclass(frozen=True, slots=True)
class KnownCalls:
    """Calls under all their ids, and the linkedids that they had at the switch."""

    ids: Sequence[UUID]
    linkedids: Sequence[str]


class CallLedgerPort(Protocol):
    """The record of calls. Every method may be repeated."""

    async def calls_of(self, number: str) -> Sequence[UUID]:
        """The ended calls of a number."""
        ...

    async def running(self, number: str) -> bool:
        """Whether a call of this number is not over."""
        ...

    async def known(self, call_ids: Sequence[UUID]) -> KnownCalls:
        """These calls under all their ids, with the linkedids that they had at the switch."""
        ...

    async def why_not(self, call_id: UUID) -> str:
        """Why this call cannot be erased now; empty when it can."""
        ...

    async def erase(self, call_id: UUID, *, by: str, reason: str) -> None:
        """Erase the call and its recordings; `why_not` says beforehand whether it can be."""
        ...

    async def sound_left(self, call_ids: Sequence[UUID]) -> str:
        """Why sound of these calls is still there; empty when none is."""
        ...


class Records(Protocol):
    async def of_number(self, number: str) -> Sequence[dict[str, Any]]:
        """The whole record of each ended call of a number, nothing masked."""
        ...


class SealedRows(Protocol):
    """Tables under the chain."""

    def holds(self, table: str) -> bool:
        """Whether the table stands under the chain."""
        ...

    async def why_not(self, transaction: Transaction, table: str, key: Any) -> str:
        """Why this row must stay as it is (a legal hold on its call); empty when it need not."""
        ...

    async def erase(
        self,
        transaction: Transaction,
        table: str,
        keys: Sequence[Any],
        *,
        by: str,
        reason: str,
        now: datetime,
    ) -> None:
        """Empty their personal columns and throw the salt away."""
        ...

    async def seal(self, transaction: Transaction, table: str, keys: Sequence[Any], now: datetime) -> None:
        """Give rows that were changed a further entry."""
        ...


class NeedCheck(Protocol):
    async def __call__(self, number: str) -> str:
        """What still needs this number, and how to end that; empty when nothing does."""
        ...


class OutsideStore(Protocol):
    """A store outside the tables."""

    name: str

    async def erase(self, wanted: ErasureSubject) -> str:
        """Empty when nothing of the person is left there, else why. May be repeated."""
        ...


class ForgetOperations(Protocol):
    async def __call__(self, before: datetime) -> None:
        """Forget acts on calls that were done before then."""
        ...
