"""What a crew does about its own WeChat at the page of its unit, which its account at the broker proves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from citizen.channels.wechat.staff import rights
from citizen.channels.wechat.staff.bindings import StaffBindings
from citizen.channels.wechat.staff.errors import NoSuchBinding
from citizen.channels.wechat.staff.store import WeChatBinding
from citizen.contract.limits import HourLimit
from citizen.contract.staff import StaffMember
from core.actor import Actor, Role
from core.clock import Clock

ASKS_HOUR: Final = 600
"""A page that shows a code looks every 10 s whether it was used."""
ASKS_HOUR_IN_TOTAL: Final = 100 * ASKS_HOUR


class OwnBindingsOfCrews:
    """Each may raise `NotForStaff`, `TooManyReports`, `StorageAway`."""

    def __init__(self, bindings: StaffBindings, clock: Clock) -> None:
        self._bindings = bindings
        self._asked = HourLimit(ASKS_HOUR, ASKS_HOUR_IN_TOTAL, clock.monotonic)

    async def bound(self, unit_id: str) -> Sequence[WeChatBinding]:
        """Those of this unit, the oldest first."""
        self._asked.take(unit_id)
        rights.CREW.check(_crew(unit_id))
        return await self._bindings.of_member(_member(unit_id))

    async def make_code(self, unit_id: str, op_id: UUID) -> tuple[str, datetime]:
        """A code for this unit and until when it works; a former one works no more. Audited."""
        crew = _crew(unit_id)
        rights.CREW.check(crew)
        return await self._bindings.make_code(crew, _member(unit_id), op_id)

    async def end(self, unit_id: str, binding_id: UUID) -> None:
        """End a binding of this unit; audited. Raises `NoSuchBinding`, also for another one's."""
        crew = _crew(unit_id)
        rights.CREW.check(crew)
        if all(one.binding_id != binding_id for one in await self.bound(unit_id)):
            raise NoSuchBinding(remedy="look at the list again")
        await self._bindings.end(crew, binding_id)


def _member(unit_id: str) -> StaffMember:
    return StaffMember("unit", unit_id)


def _crew(unit_id: str) -> Actor:
    return Actor(_member(unit_id).actor_id, unit_id, frozenset({Role.UNIT}))
