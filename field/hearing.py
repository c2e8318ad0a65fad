"""What units said, several at a time in one transaction: who counts, what is new, the receipts after it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from core.errors import Unavailable
from core.storage import Transaction
from field.contract.port import ReceiptSender
from field.units import store


class UnitMessage(Protocol):
    """Something that a unit said, by an id that each copy of it has."""

    @property
    def unit_id(self) -> str:
        """Who sent it, by the account at the broker or the network's address."""
        ...

    @property
    def msg_id(self) -> UUID:
        """The same in each copy."""
        ...


class Receipt(NamedTuple):
    """What tells the unit that its message `of` is committed."""

    unit_id: str
    of: UUID
    seq: int


W = TypeVar("W", bound=UnitMessage)


@dataclass(frozen=True, slots=True)
class StoredMessages(Generic[W]):
    """`new` are the words that were never heard before, in the order in which they came; `receipts` has one
    for each word that counts, also for one that was heard before.
    """

    new: Sequence[W]
    receipts: Sequence[Receipt]


def source(unit_id: str) -> str:
    """Under which a unit's messages stand in the inbox, and its events in the outbox."""
    return f"unit:{unit_id}"


async def hear_words(transaction: Transaction, said: Sequence[W], now: datetime) -> StoredMessages[W]:
    """Note who was heard and what; what unknown and revoked units say does not count."""
    seqs = await store.hear_run(transaction, [one.unit_id for one in said], at=now)
    counted = [one for one in said if one.unit_id in seqs]
    receipts: list[Receipt] = []
    for one in counted:
        receipts.append(Receipt(one.unit_id, one.msg_id, seqs[one.unit_id]))
        seqs[one.unit_id] += 1
    named = [((source(one.unit_id), str(one.msg_id)), one) for one in counted]
    first = set(await transaction.first_times({name for name, _ in named}))
    new: list[W] = []
    for name, one in named:
        # Of two copies that come together the first is the new one.
        if name in first:
            first.remove(name)
            new.append(one)
    return StoredMessages(new, receipts)


async def send_receipts(network: ReceiptSender, receipts: Sequence[Receipt]) -> None:
    """Send them all, those of one unit in order; returns when the network has answered for each.

    Raises when one of them could not be sent, `Unavailable` first: who repeats his message gets another one.
    """
    if len(receipts) == 1:
        await network.send_receipt(*receipts[0])
        return
    answers = await asyncio.gather(
        *(network.send_receipt(*receipt) for receipt in receipts), return_exceptions=True
    )
    failures = [one for one in answers if isinstance(one, BaseException)]
    for failure in sorted(failures, key=lambda one: not isinstance(one, Unavailable)):
        raise failure
