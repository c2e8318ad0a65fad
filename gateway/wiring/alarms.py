"""Fills the ports of alarm calls: emergencies of units, people on call, calls placed by AMI at most once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

from core.actor import Role
from core.errors import Conflict, Forbidden, NotFound
from core.numbers import read
from field import rights
from field.emergency.centre.service import EmergencyService
from field.errors import UnknownEmergency
from gateway.ami.actions import DeviceState, Originate
from gateway.ami.client import AmiClient
from gateway.ami.errors import AmiError
from gateway.ami.settings import AmiSettings
from gateway.wiring.automated import AmiAutomatedCalls, allowing
from hotline.outbound.alarms.model import AlarmCall, AlarmTarget, Callee
from hotline.outbound.alarms.ports import OnCall, OpenAlarm
from hotline.outbound.alarms.settings import AlarmSettings
from hotline.outbound.ports import Placed
from identity.model import User
from identity.service import IdentityService

CONTEXT: Final = "alarm-call"
"""Where who has picked up hears what it is about: dialplan/alarm.conf."""
UNIT: Final = "ALARM_UNIT"
MOST_DIGITS: Final = 12
AWAY: Final = frozenset({"UNAVAILABLE", "INVALID"})

SHOWN_NAME: Final = "紧急呼救 EMERGENCY"

_NUMBER_OF_UNIT = re.compile(r"[^:]+:([0-9]+)")


def with_alarms(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that calls for alarms may use."""
    return allowing(settings, CONTEXT, UNIT)


def number_of(unit_id: str) -> str:
    """The unit's number, to be said digit by digit: `17` of `app:17`; empty where it has none."""
    found = _NUMBER_OF_UNIT.fullmatch(unit_id)
    return found[1] if found is not None and len(found[1]) <= MOST_DIGITS else ""


class UnansweredEmergencies:
    """Fills `hotline.outbound.alarms.ports.Emergencies`."""

    def __init__(self, desk: Callable[[], EmergencyService], identity: IdentityService) -> None:
        self._desk = desk
        self._identity = identity

    async def unanswered(self) -> Sequence[OpenAlarm]:
        return [OpenAlarm(one.alarm_id, one.unit_id) for one in await self._desk().asking_supervisors()]

    async def acknowledge(self, user_id: str, alarm_id: UUID) -> Literal["done", "other"]:
        try:
            user = await self._identity.user(user_id)
        except NotFound as error:
            raise Forbidden("who was called is no user any more") from error
        if not user.active:
            raise Forbidden("who was called is switched off")
        try:
            await self._desk().acknowledge(user.actor(), alarm_id)
        except (Conflict, UnknownEmergency):
            return "other"
        return "done"


class PeopleOnCall:
    """Fills `hotline.outbound.alarms.ports.Duty` from the settings and the users as they are now."""

    def __init__(self, settings: AlarmSettings, identity: IdentityService, *, area_code: str) -> None:
        self._settings = settings
        self._identity = identity
        self._area_code = area_code

    async def on_call(self) -> OnCall:
        users = {user.id: user for user in await self._identity.users()}
        if not self._settings.people:
            return OnCall(tuple(self._by_role(users)))
        people: list[Callee] = []
        wrong: list[str] = []
        for one in self._settings.people:
            user = users.get(one.user)
            why = _why_not(user)
            callee = None if user is None or why else self._callee(user, one.phone)
            if callee is None:
                wrong.append(f"{one.user} {why or 'has no telephone: name one, or give him a desk'}")
            else:
                people.append(callee)
        return OnCall(tuple(people), tuple(wrong))

    def _by_role(self, users: Mapping[str, User]) -> list[Callee]:
        supervisors = [users[name] for name in sorted(users) if Role.SUPERVISOR in users[name].roles]
        found = [self._callee(user, None) for user in supervisors if user.active]
        return [callee for callee in found if callee is not None]

    def _callee(self, user: User, phone: str | None) -> Callee | None:
        if phone is not None:
            known = read(phone, area_code=self._area_code)
            line = f"outside:{phone if known is None else known.key}"
            return Callee(user.id, user.name, "outside", phone, line)
        if user.endpoint is None:
            return None
        return Callee(user.id, user.name, "desk", user.endpoint, f"desk:{user.endpoint}")


def _why_not(user: User | None) -> str:
    if user is None:
        return "is no user"
    if not user.active:
        return "is switched off"
    return "" if user.actor().has(*rights.EMERGENCIES.roles) else "is neither supervisor nor dispatcher"


class AmiAlarmSwitch(AmiAutomatedCalls):
    """Fills `hotline.outbound.alarms.ports.AlarmSwitch`."""

    def __init__(self, client: AmiClient, *, technology: str = "PJSIP", shown: str = "") -> None:
        super().__init__(client, CONTEXT, shown=shown)
        self._client = client
        self._technology = technology

    async def ring(self, call: AlarmCall, *, ring_s: float) -> Placed:
        callee = call.target.callee
        try:
            if callee.way == "desk" and await self._away(callee.phone):
                return "unreachable"
        except AmiError:
            return "refused"
        return await self.place(self._originate(call.target, ring_s), call.channel_id)

    async def _away(self, endpoint: str) -> bool:
        answer = await self._client.perform(DeviceState(f"{self._technology}/{endpoint}"))
        return answer.get("Value") in AWAY

    def _originate(self, target: AlarmTarget, ring_s: float) -> Originate:
        number = number_of(target.unit_id)
        if target.callee.way == "outside":
            return self.outside(target.callee.phone, "start", ring_s=ring_s, variables={UNIT: number})
        return Originate(
            f"{self._technology}/{target.callee.phone}",
            CONTEXT,
            "start",
            caller_number=number or "0",
            caller_name=SHOWN_NAME,
            timeout=ring_s,
            variables={UNIT: number},
        )
