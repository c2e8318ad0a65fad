"""Calls to crews' ports: the jobs that are to be told by telephone, calls placed by AMI at most once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal
from uuid import UUID

from cases.dispatch.citizens import citizen_to_call
from core.numbers import read
from core.storage import Storage
from field.delivery.centre.phone import CrewPhone, PhoneCall
from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.wiring.automated import AmiAutomatedCalls, allowing
from hotline.outbound.crews.policy import WELL, CrewCall, CrewTarget
from hotline.outbound.ports import Placed

CONTEXT: Final = "crew-call"
"""Where a crew that has picked up hears what it is about: dialplan/crew.conf."""
JOB: Final = "CREW_JOB"
CITIZEN: Final = "CREW_CITIZEN"


def with_crews(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that calls to crews may use."""
    return allowing(settings, CONTEXT, JOB, CITIZEN)


class JobsByTelephone:
    """Fills `hotline.outbound.crews.ports.CrewJobs`."""

    def __init__(self, phone: Callable[[], CrewPhone], storage: Storage, *, area_code: str) -> None:
        self._phone = phone
        self._storage = storage
        self._area_code = area_code

    async def wanted(self) -> Sequence[CrewTarget]:
        return [self._wanted(one) for one in await self._phone().wanted()]

    async def came(self, call: CrewCall) -> None:
        phone, call_id = self._phone(), call.target.call_id
        if call.stage == "over":
            outcome = call.outcome or "unknown"
            await phone.ended(call_id, outcome, well=outcome in WELL)
        elif call.stage == "ringing":
            await phone.came(call_id, "ringing")
        elif call.stage == "listening":
            await phone.came(call_id, "listening")

    async def press(self, call: CrewCall) -> Literal["done", "gone"]:
        return "done" if await self._phone().press(call.target.call_id, call.key) else "gone"

    async def citizen(self, call_id: UUID) -> str:
        """The citizen's number for a crew's call; empty without one. It is stored in no table of calls."""
        dispatch_id = await self._phone().dispatch_of(call_id)
        if dispatch_id is None:
            return ""
        return await citizen_to_call(self._storage, dispatch_id, area_code=self._area_code)

    def _wanted(self, one: PhoneCall) -> CrewTarget:
        known = read(one.phone, area_code=self._area_code)
        line = f"outside:{one.phone if known is None else known.key}"
        return CrewTarget(one.delivery_id, one.purpose, one.unit_id, one.phone, line, one.number)


class AmiCrewSwitch(AmiAutomatedCalls):
    """Fills `hotline.outbound.crews.ports.CrewSwitch`."""

    def __init__(self, client: AmiClient, *, shown: str = "") -> None:
        super().__init__(client, CONTEXT, shown=shown)

    async def ring(self, call: CrewCall, *, ring_s: float, citizen: str) -> Placed:
        variables = {JOB: call.target.number, **({CITIZEN: citizen} if citizen else {})}
        action = self.outside(call.target.phone, call.target.purpose, ring_s=ring_s, variables=variables)
        return await self.place(action, call.channel_id)
