"""Fills the ports of alarm calls: emergencies of units, people on call, calls placed by AMI at most once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

from core.actor import Role
from core.errors import Conflict, Forbidden, NotFound
from core.numbers import read
from gateway.ami.actions import DeviceState, Originate
from gateway.ami.client import AmiClient
from gateway.ami.errors import AmiError
from gateway.ami.settings import AmiSettings
from gateway.wiring.callbacks import OUTBOUND
from gateway.wiring.control import CALLER_ID
from gateway.wiring.placing import Placing, PlacingRefused
from hotline.alarms.model import Attempt, Callee
from hotline.alarms.ports import OnCall, OpenAlarm
from hotline.alarms.settings import AlarmSettings
from hotline.alarms.signals import Words
from hotline.callbacks import dialler
from identity.model import User
from identity.service import Identity
from radio_bridge import rights
from radio_bridge.emergency.service import EmergencyDesk
from radio_bridge.errors import UnknownAlarm

CONTEXT: Final = "alarm-call"
"""Where who has picked up hears what it is about: dialplan/alarm.conf."""
UNIT: Final = "ALARM_UNIT"
MOST_DIGITS: Final = 12
AWAY: Final = frozenset({"UNAVAILABLE", "INVALID"})

SHOWN_NAME: Final = "紧急呼救 EMERGENCY"

_NUMBER_OF_UNIT = re.compile(r"[^:]+:([0-9]+)")


def with_alarms(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that calls for alarms may use."""
    return settings.model_copy(
        update={
            "contexts": settings.contexts | {CONTEXT, OUTBOUND},
            "variables": settings.variables | {UNIT, CALLER_ID},
        }
    )


def number_of(unit_id: str) -> str:
    """The unit's number, to be said digit by digit: `17` of `app:17`; empty where it has none."""
    found = _NUMBER_OF_UNIT.fullmatch(unit_id)
    return found[1] if found is not None and len(found[1]) <= MOST_DIGITS else ""


class UnansweredEmergencies:
    """Fills `hotline.alarms.ports.Emergencies`."""

    def __init__(self, desk: Callable[[], EmergencyDesk], identity: Identity) -> None:
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
        except (Conflict, UnknownAlarm):
            return "other"
        return "done"


class PeopleOnCall:
    """Fills `hotline.alarms.ports.Duty` from the settings and the users as they are now."""

    def __init__(self, settings: AlarmSettings, identity: Identity, *, area_code: str) -> None:
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


class AmiAlarmSwitch:
    """Fills `hotline.alarms.ports.AlarmSwitch`. `shown` is the number that the outside sees."""

    def __init__(self, client: AmiClient, *, technology: str = "PJSIP", shown: str = "") -> None:
        self._client = client
        self._placing = Placing(client)
        self._technology = technology
        self._shown = shown
        self.settle = self._placing.settle

    async def ring(self, attempt: Attempt, *, ring_s: float) -> dialler.Placed | Literal["unreachable"]:
        try:
            if attempt.callee.way == "desk" and await self._away(attempt.callee.phone):
                return "unreachable"
        except AmiError:
            return "refused"
        try:
            return await self._placing.place(self._call(attempt, ring_s), attempt.channel_id)
        except PlacingRefused:
            return "refused"

    async def hang_up(self, channel_id: str) -> None:
        await self._placing.end(channel_id)

    async def say(self, channel_id: str, words: Words) -> None:
        await self._placing.send(channel_id, CONTEXT, words)

    async def _away(self, endpoint: str) -> bool:
        answer = await self._client.perform(DeviceState(f"{self._technology}/{endpoint}"))
        return answer.get("Value") in AWAY

    def _call(self, attempt: Attempt, ring_s: float) -> Originate:
        number = number_of(attempt.unit_id)
        variables = {UNIT: number}
        if attempt.callee.way == "desk":
            return Originate(
                f"{self._technology}/{attempt.callee.phone}",
                CONTEXT,
                "start",
                caller_number=number or "0",
                caller_name=SHOWN_NAME,
                timeout=ring_s,
                variables=variables,
            )
        if self._shown:
            variables[CALLER_ID] = self._shown
        return Originate(
            f"Local/{attempt.callee.phone}@{OUTBOUND}/n",
            CONTEXT,
            "start",
            timeout=ring_s,
            variables=variables,
        )
