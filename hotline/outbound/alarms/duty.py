"""Who is called for an emergency: the people of the settings, or each supervisor with a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.numbers import read
from hotline.outbound.alarms.model import Callee
from hotline.outbound.alarms.ports import OnCall
from hotline.outbound.alarms.settings import AlarmSettings


@dataclass(frozen=True, slots=True)
class DutyPerson:
    """A user: `endpoint` is the telephone of his desk. `acknowledges`: he may acknowledge an emergency."""

    user_id: str
    name: str
    endpoint: str | None
    active: bool
    supervisor: bool
    acknowledges: bool


class DutyPeople(Protocol):
    async def people(self) -> Sequence[DutyPerson]:
        """All users as they are now. Raises `StorageAway`."""
        ...


class DutyRoster:
    """Implements `hotline.outbound.alarms.ports.Duty`."""

    def __init__(self, settings: AlarmSettings, people: DutyPeople, *, area_code: str) -> None:
        self._settings = settings
        self._people = people
        self._area_code = area_code

    async def on_call(self) -> OnCall:
        users = {one.user_id: one for one in await self._people.people()}
        if not self._settings.people:
            supervisors = [users[name] for name in sorted(users) if users[name].supervisor]
            found = [self._callee(user, None) for user in supervisors if user.active]
            return OnCall(tuple(callee for callee in found if callee is not None))
        called: list[Callee] = []
        wrong: list[str] = []
        for one in self._settings.people:
            user = users.get(one.user)
            why = _why_not(user)
            callee = None if user is None or why else self._callee(user, one.phone)
            if callee is None:
                wrong.append(f"{one.user} {why or 'has no telephone: name one, or give him a desk'}")
            else:
                called.append(callee)
        return OnCall(tuple(called), tuple(wrong))

    def _callee(self, user: DutyPerson, phone: str | None) -> Callee | None:
        if phone is not None:
            known = read(phone, area_code=self._area_code)
            line = f"outside:{phone if known is None else known.key}"
            return Callee(user.user_id, user.name, "outside", phone, line)
        if user.endpoint is None:
            return None
        return Callee(user.user_id, user.name, "desk", user.endpoint, f"desk:{user.endpoint}")


def _why_not(user: DutyPerson | None) -> str:
    if user is None:
        return "is no user"
    if not user.active:
        return "is switched off"
    return "" if user.acknowledges else "is neither supervisor nor dispatcher"
