"""What one purpose of automated calls decides: pure, as the reducer that asks it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Generic

from hotline.outbound.effects import Effect
from hotline.outbound.model import AutomatedCall, CallOutcome, KeyReply, T
from hotline.outbound.signals import PolicySignal

if TYPE_CHECKING:
    from hotline.outbound.book import CallBook


class CallPolicy(ABC, Generic[T]):
    """Keeps what its calls are about and says whom to ring next. `book` has the calls; what changes there
    goes through `hotline.outbound.reduce`.
    """

    gone: ClassVar[str]
    """The words for who has picked up a call that is not wanted any more."""
    rejected: ClassVar[CallOutcome] = "rejected"
    """The outcome of a call that was turned down while it rang."""

    refused: ClassVar[frozenset[int]] = frozenset()
    """Causes before any ringing with which our own switch or trunk refuses a call: it was not placed."""

    @abstractmethod
    def heard_s(self, target: T) -> float:
        """Longest time of a call after it was picked up."""

    @abstractmethod
    def keys(self, target: T) -> frozenset[str]:
        """The keys that count. Without any, whoever has picked up has heard what there is to say."""

    @abstractmethod
    def reply(self, call: AutomatedCall[T]) -> KeyReply:
        """What follows when the key of this call is committed."""

    @abstractmethod
    def wants(self, call: AutomatedCall[T]) -> bool:
        """Whether this live call is still wanted."""

    @abstractmethod
    def apply(self, book: CallBook[T], signal: PolicySignal, at: float) -> Iterator[Effect]:
        """One of the policy's own signals."""

    def committed(self, book: CallBook[T], call: AutomatedCall[T], at: float) -> Iterator[Effect]:  # noqa: ARG002
        """The key of this call is committed. A call that was given up as unknown has its outcome then."""
        yield from ()

    def unmade(
        self,
        book: CallBook[T],
        call: AutomatedCall[T],
        at: float,  # noqa: ARG002
        *,
        there: bool,
    ) -> Iterator[Effect]:
        """What follows when it was not placed. `there`: the database has a call of its id."""
        if there:
            book.close(call.channel_id)
        yield from ()

    def ended(self, book: CallBook[T], call: AutomatedCall[T], at: float) -> Iterator[Effect]:  # noqa: ARG002
        """Where the outcome of this call leads."""
        yield from ()
