"""What calls to crews need of others: the jobs, and the switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from hotline.outbound.crews.policy import CrewCall, CrewTarget
from hotline.outbound.ports import AutomatedCallSwitch, Placed
from hotline.outbound.requests import CallRequests


class CrewJobs(CallRequests[CrewTarget], Protocol):
    """Keys: 1 or 2 in a call about a job, 1 in one for a talk."""

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
