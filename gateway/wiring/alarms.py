"""Fills the ports of alarm calls: emergencies of units, people on call, calls placed by AMI at most once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal
from uuid import UUID

from core.actor import Role
from core.errors import Conflict, Forbidden, NotFound
from field import rights
from field.emergency.centre.service import EmergencyService
from field.errors import UnknownEmergency
from gateway.ami.actions import DeviceState, Originate
from gateway.ami.client import AmiClient
from gateway.ami.errors import AmiError
from gateway.ami.settings import AmiSettings
from gateway.wiring.automated import AmiAutomatedCalls, allowing
from hotline.outbound.alarms.duty import DutyPerson
from hotline.outbound.alarms.model import AlarmCall, AlarmTarget
from hotline.outbound.alarms.ports import OpenAlarm
from hotline.outbound.ports import Placed
from identity.service import IdentityService

CONTEXT: Final = "alarm-call"
"""Where who has picked up hears what it is about: dialplan/alarm.conf."""
UNIT: Final = "ALARM_UNIT"
AWAY: Final = frozenset({"UNAVAILABLE", "INVALID"})

SHOWN_NAME: Final = "紧急呼救 EMERGENCY"


def with_alarms(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that calls for alarms may use."""
    return allowing(settings, CONTEXT, UNIT)


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


class PeopleOfIdentity:
    """Fills `hotline.outbound.alarms.duty.DutyPeople`."""

    def __init__(self, identity: IdentityService) -> None:
        self._identity = identity

    async def people(self) -> Sequence[DutyPerson]:
        return [
            DutyPerson(
                user.id,
                user.name,
                user.endpoint,
                user.active,
                supervisor=Role.SUPERVISOR in user.roles,
                acknowledges=user.actor().has(*rights.EMERGENCIES.roles),
            )
            for user in await self._identity.users()
        ]


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
        number = target.unit_number
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
