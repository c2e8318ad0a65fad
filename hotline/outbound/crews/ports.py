"""What calls to crews need of others: the jobs, and the switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from hotline.outbound.crews.model import CrewCall, CrewTarget
from hotline.outbound.ports import AutomatedCallSwitch, Placed


class CrewJobs(Protocol):
    """Each may raise `StorageAway`, and may be called again with the same."""

    async def wanted(self) -> Sequence[CrewTarget]:
        """All telephones that are to ring now or may be ringing, the oldest first."""
        ...

    async def came(self, call: CrewCall) -> None:
        """How far a call came: rings, picked up, over with its outcome."""
        ...

    async def press(self, call: CrewCall) -> Literal["done", "gone"]:
        """1 or 2 in a call about a job, 1 in one for a talk: committed, or it does not count any more."""
        ...

    async def citizen(self, call_id: UUID) -> str:
        """The number that a talk is for, as it is dialled; empty when there is none, or none any more."""
        ...


class CrewSwitch(AutomatedCallSwitch, Protocol):
    async def ring(self, call: CrewCall, *, ring_s: float, citizen: str) -> Placed:
        """Place the call, once, its leg's Uniqueid being `call.channel_id`."""
        ...


@dataclass(frozen=True, slots=True)
class CrewPorts:
    jobs: CrewJobs
    switch: CrewSwitch
