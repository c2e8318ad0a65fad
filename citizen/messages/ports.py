"""What messages need from elsewhere: the link to the SMSC, and what is known of cases and their callers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from cases.events import CaseProgress
from core.room import Health


@dataclass(frozen=True, slots=True)
class SmsReceipt:
    """What became of one part: `state` is `DELIVRD`, `UNDELIV`, `EXPIRED`, `REJECTD` … (SMPP 3.4, B)."""

    smsc_id: str
    number: str
    state: str


@dataclass(frozen=True, slots=True)
class SmsPart:
    """What a citizen sent: part `number` of `total` with the same `reference`; 1 of 1 is whole."""

    sender: str
    text: str
    reference: int = 0
    total: int = 1
    number: int = 1


class SmsConsumer(Protocol):
    """Takes what the SMSC brings, each before the SMSC is told that it was taken. Raises `StorageAway`: it
    comes again.
    """

    async def receipt(self, receipt: SmsReceipt) -> None: ...

    async def text(self, part: SmsPart) -> None: ...


class SmsLink(Protocol):
    """A link that reconnects by itself. `number` is the centre's, `at_once` how many messages it takes."""

    @property
    def number(self) -> str: ...

    @property
    def at_once(self) -> int: ...

    def use(self, consumer: SmsConsumer) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def until_ready(self) -> None:
        """Returns while the SMSC takes messages."""
        ...

    def parts_of(self, text: str) -> int:
        """How many short messages the text is."""
        ...

    def submits_of(self, text: str) -> int:
        """How many times the text is submitted, each with an id of the SMSC's: 1 where it goes whole."""
        ...

    async def send(self, message_id: UUID, number: str, text: str, valid_s: float) -> Sequence[str]:
        """The SMSC's id of each part. Raises `MessageUnsent`, `MessageRejected`, `MessageInDoubt`."""
        ...

    def health(self) -> Sequence[Health]: ...


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """A case as its reporter may hear of it; `code` is its short code."""

    number: str
    code: str
    progress: CaseProgress


CaseByCode = Callable[[str], Awaitable[CaseAnswer | None]]
"""The case of a number or short code; None for none, and for a confidential one. Raises `StorageAway`."""

CallerOfCase = Callable[[UUID], Awaitable[str]]
"""The number of the mobile telephone that reported the case, empty without one. Raises `StorageAway`."""
