"""What follow-up calls need of others: whom to ask, and the switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from hotline.outbound.follow_ups.answers import SpokenUtterance
from hotline.outbound.follow_ups.policy import FollowUpCall, FollowUpTarget
from hotline.outbound.ports import AutomatedCallSwitch, Placed
from hotline.outbound.requests import CallRequests

Hearing = Literal["listens", "unclear", "keys"]
"""What the dialplan is told: somebody listens, did not understand him, or does not listen any more."""


class FollowUpRequests(CallRequests[FollowUpTarget], Protocol):
    """Keys: 1 to 3 answer, 0 asks for a person; said alone are y and n (solved or not), x (no more calls).
    `came` tells by the stage `talking` that a person is there.
    """

    async def number(self, target: FollowUpTarget) -> str:
        """The reporter's number as it is dialled; empty when he is not to be called now, or never."""
        ...


class FollowUpSwitch(AutomatedCallSwitch, Protocol):
    async def ring(
        self, call: FollowUpCall, *, number: str, ring_s: float, queue: str, wait_s: int
    ) -> Placed:
        """Place the call, once, its leg's Uniqueid being `call.channel_id`. Who presses 0 waits in `queue`
        for so many seconds.
        """
        ...

    async def hearing(self, channel_id: str, hearing: Hearing) -> None:
        """Tell the dialplan of this call. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """All that was said so far; `over`: nothing more will come."""

    utterances: tuple[SpokenUtterance, ...]
    over: bool


class ReporterTap(Protocol):
    """One reporter who is heard."""

    @property
    def may_go_on(self) -> bool:
        """Whether he is still heard and no caller of the hotline loses anything by it."""
        ...

    def stop(self) -> None:
        """Hear him no more and drop what was heard; returns at once. May be repeated."""
        ...


class ReporterEar(Protocol):
    async def listen(
        self, channel_id: str, line: str, take: Callable[[SpokenWords], None]
    ) -> ReporterTap | None:
        """Hear this leg from when it returns, which is at once or not at all (None). Never raises; `take`
        never does either.
        """
        ...


@dataclass(frozen=True, slots=True)
class FollowUpCallPorts:
    requests: FollowUpRequests
    switch: FollowUpSwitch
    ear: ReporterEar
