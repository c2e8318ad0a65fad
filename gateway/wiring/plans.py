"""Fills the port of emergency plans: texts to a talkgroup's units, a call, a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID, uuid5

from core.actor import Actor
from core.errors import Conflict, NotFound, SonghuaError
from core.storage import StorageAway
from field.centre.room import FieldRoom
from gateway.wiring.cameras import CasesOfCameras
from hotline.control.answer import ControlParameters
from hotline.control.service import CallControl
from identity.service import IdentityService
from sensing.room import SensingRoom

MOST_ASKED: Final = 3
"""So many cameras, the nearest first, until one gives a picture."""


@dataclass(frozen=True, slots=True)
class DeedsOfPlans:
    """Fills `cases.plans.ports.PlanDeeds`. The other rooms are made after that of cases."""

    people: IdentityService
    units: Callable[[], FieldRoom]
    control: Callable[[], CallControl]
    sensing: Callable[[], SensingRoom]
    cases: CasesOfCameras

    async def person(self, user_id: str) -> Actor | None:
        found = next((one for one in await self.people.users() if one.id == user_id), None)
        return found.actor() if found is not None and found.active else None

    async def text(self, actor: Actor, op_id: UUID, talkgroup: str, words: str) -> int:
        """Its members, and who listens to it now."""
        room = self.units()
        wanted = await room.talkgroups.units_on(actor, talkgroup)
        if not wanted:
            raise Conflict("no unit is on this talkgroup", remedy="put units on it, or tell them otherwise")
        for unit_id in wanted:
            await room.texts.write(actor, uuid5(op_id, unit_id), unit_id, words)
        return len(wanted)

    async def call(self, actor: Actor, op_id: UUID, number: str) -> Literal["done", "in_doubt"]:
        wish = ControlParameters(number=number, first="agent")
        acted = await self.control().call(actor, op_id, wish)
        if acted.outcome == "not_placed":
            raise Conflict("no telephone was rung", remedy="confirm the step again")
        return "done" if acted.outcome == "done" else "in_doubt"

    async def picture(self, actor: Actor, op_id: UUID, case_id: UUID, case_number: str) -> str:
        room = self.sensing()
        place, _ = await self.cases.place_of(actor, case_id)
        seeing = [] if place is None else room.register.near(actor, place, MOST_ASKED)
        refused: SonghuaError = NotFound("no camera sees the place", remedy="look by other means")
        for one in seeing:
            code = one.camera.code
            try:
                await room.snapshots.take(actor, code, case_number, op_id=uuid5(op_id, code))
            except StorageAway:
                raise
            except SonghuaError as error:
                refused = error
            else:
                return one.camera.name
        raise refused
