"""What calls to crews need of others: the jobs, and the switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from hotline.outbound.crews.model import Call, Wanted
from hotline.outbound.crews.signals import Words
from hotline.outbound.ports import Placed, Settled


class CrewJobs(Protocol):
    """Each may raise `StorageAway`, and may be called again with the same."""

    async def wanted(self) -> Sequence[Wanted]:
        """All telephones that are to ring now or may be ringing, the oldest first."""
        ...

    async def came(self, call: Call) -> None:
        """How far a call came: rings, picked up, over with its outcome."""
        ...

    async def press(self, call: Call) -> Literal["done", "gone"]:
        """1 or 2 in a call about a job, 1 in one for a talk: committed, or it does not count any more."""
        ...

    async def citizen(self, call_id: UUID) -> str:
        """The number that a talk is for, as it is dialled; empty when there is none, or none any more."""
        ...


class CrewSwitch(Protocol):
    """None of these raises for what the switch says; what it may have done is never done twice."""

    async def ring(self, call: Call, *, ring_s: float, citizen: str) -> Placed:
        """Place the call, once, its leg's Uniqueid being `call.channel_id`."""
        ...

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        """What became of a call of this or an earlier run; waits for a link so long."""
        ...

    async def hang_up(self, channel_id: str) -> None: ...

    async def say(self, channel_id: str, words: Words) -> None:
        """Who has picked up hears this, and his call ends; or he is connected."""
        ...


@dataclass(frozen=True, slots=True)
class CrewPorts:
    jobs: CrewJobs
    switch: CrewSwitch
