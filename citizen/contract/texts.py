"""Text messages as a channel uses them: what citizens write comes in whole, and answers go out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from citizen.contract.notice import ProgressNotice

TextAnswer = Literal[
    "receipt", "status", "status_unknown", "stopped", "started", "too_many", "thanks", "sorry"
]


@dataclass(frozen=True, slots=True)
class IncomingText:
    """What a citizen wrote, whole. `number` is a mobile telephone's as it is dialled, or the SMSC's."""

    number: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TextWords:
    """The city's own words that a citizen may begin a message with."""

    stop: tuple[str, ...]
    start: tuple[str, ...]
    query: tuple[str, ...]


class TextMessages(Protocol):
    """Messages go out once by their id, by the hours, limits and opt-outs of the city."""

    @property
    def words(self) -> TextWords: ...

    def take(self, taker: Callable[[IncomingText], Awaitable[str]]) -> None:
        """Who takes what citizens write; it says in a word what it was. It may be called again with the same
        message.
        """
        ...

    async def tell(self, notice: ProgressNotice) -> None:
        """Queue a notice of progress."""
        ...

    async def answer(self, message_id: UUID, to: str, what: TextAnswer, /, **words: str) -> None:
        """Queue an answer; at any hour, also for who opted out."""
        ...

    async def opt(self, number: str, *, out: bool) -> None:
        """Opt a number out of messages, or in again."""
        ...

    async def status(self, code: str) -> tuple[str, str] | None:
        """The number of the case with this short code or number, and its step in words."""
        ...

    async def status_of_report(self, number: str, code: str) -> tuple[str, str] | None:
        """The same of a report."""
        ...

    async def rate(self, number: str, text: str) -> Literal["thanks", "sorry"] | None:
        """Take the rating that this number was asked for; None when it was not, or this is none."""
        ...
