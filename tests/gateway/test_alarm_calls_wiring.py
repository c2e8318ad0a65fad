"""Who is called for an emergency, by whose name it is acknowledged, and what the switch is asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from argon2 import PasswordHasher

from core.actor import Actor, Role
from core.clock import ManualClock
from core.errors import Forbidden
from core.ids import uuid7
from core.storage import Storage
from field.contract.port import UnitDriver
from field.emergency.centre.service import EmergencyService
from field.emergency.limits import ANSWER_WITHIN
from field.emergency.model import EmergencyReceived
from field.emergency.radio.watch import EmergencyWatch
from field.units.centre.service import UnitRegister
from field.units.model import Unit
from gateway.ami.actions import EndPlaced, Originate, SendPlaced
from gateway.ami.errors import ActionRefused, NotReady
from gateway.ami.message import AmiResponse
from gateway.ami.originate import (
    AcknowledgementRefused,
    NotPlaced,
    Originated,
    OriginateResult,
    Placed,
    Settled,
    Uncertain,
)
from gateway.ami.settings import AmiSettings
from gateway.ami.values import Dialplan
from gateway.web.live.audience import Audience
from gateway.wiring.alarms import AmiAlarmSwitch, PeopleOfIdentity, UnansweredEmergencies, with_alarms
from hotline.outbound.alarms.duty import DutyRoster
from hotline.outbound.alarms.events import AlarmCallChanged
from hotline.outbound.alarms.model import AlarmCall, AlarmTarget, Callee
from hotline.outbound.alarms.settings import AlarmSettings, OnCallPerson
from hotline.outbound.alarms.view import view
from hotline.outbound.model import AutomatedCall
from identity.model import User
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.field.conftest import ADMIN, Accounts, RecordingBus, RememberingDriver
from tests.field.ports import AuditTrail

SUPERVISOR, AGENT, DISPATCHER = (
    frozenset({Role.SUPERVISOR}), frozenset({Role.AGENT}), frozenset({Role.DISPATCHER})
)  # fmt: skip
USERS = (
    User("zhao", "赵磊", SUPERVISOR, endpoint="agent-3"),
    User("anna", "安娜", SUPERVISOR, endpoint="agent-1"),
    User("boris", "鲍里斯", SUPERVISOR),
    User("li", "李敏", AGENT, endpoint="agent-2"),
    User("qian", "钱红", DISPATCHER, endpoint="agent-4"),
)
UNIT = "app:17"


@pytest.fixture
async def identity(storage: Storage) -> IdentityService:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    made = IdentityService(storage, IdentitySettings(), hasher=quick)
    for user in USERS:
        await made.create_user(user, "songhua-river-2026")
    return made


def on_call(identity: IdentityService, *people: OnCallPerson) -> DutyRoster:
    return DutyRoster(AlarmSettings(people=people), PeopleOfIdentity(identity), area_code="0451")


# --- who -----------------------------------------------------------------------------------------------


async def test_without_settings_every_supervisor_with_a_telephone_is_called(
    identity: IdentityService,
) -> None:
    found = await on_call(identity).on_call()
    assert [(one.user_id, one.phone) for one in found.people] == [("anna", "agent-1"), ("zhao", "agent-3")]
    await identity.switch("anna", active=False)
    assert [one.user_id for one in (await on_call(identity).on_call()).people] == ["zhao"]


async def test_the_settings_say_who_in_which_order_and_at_which_telephone(identity: IdentityService) -> None:
    duty = on_call(
        identity,
        OnCallPerson(user="zhao"),
        OnCallPerson(user="boris", phone="13904510009"),
        OnCallPerson(user="qian"),
    )
    found = await duty.on_call()
    assert found.wrong == ()
    assert [(one.name, one.way, one.phone) for one in found.people] == [
        ("赵磊", "desk", "agent-3"),
        ("鲍里斯", "outside", "13904510009"),
        ("钱红", "desk", "agent-4"),
    ]


async def test_one_telephone_is_one_however_it_is_written(identity: IdentityService) -> None:
    lines = set()
    for phone in ("13904510009", "+8613904510009", "008613904510009"):
        duty = on_call(identity, OnCallPerson(user="boris", phone=phone))
        (callee,) = (await duty.on_call()).people
        lines.add(callee.line)
    assert len(lines) == 1


async def test_who_cannot_be_called_is_named_with_the_reason(identity: IdentityService) -> None:
    await identity.switch("anna", active=False)
    names = ("nobody", "anna", "li", "boris")
    found = await on_call(identity, *(OnCallPerson(user=name) for name in names)).on_call()
    assert found.people == ()
    assert [one.split(" ", 1)[0] for one in found.wrong] == list(names)
    assert "no user" in found.wrong[0]
    assert "switched off" in found.wrong[1]
    assert "neither supervisor" in found.wrong[2]
    assert "no telephone" in found.wrong[3]


def test_a_person_is_named_once() -> None:
    with pytest.raises(ValueError, match="named twice: anna"):
        AlarmSettings(people=(OnCallPerson(user="anna"), OnCallPerson(user="anna", phone="110")))


@pytest.mark.parametrize(
    ("unit", "number"),
    [("app:17", "17"), ("app:007", "007"), ("tetra:2621001", "2621001"), ("app:boat", ""), ("app:1a", ""),
     ("app:" + "1" * 13, "")],
)  # fmt: skip
def test_a_units_number_is_said_where_it_has_one(unit: str, number: str) -> None:
    callee = Callee("anna", "Anna", "desk", "agent-1", "desk:agent-1")
    assert AlarmTarget(uuid7(), unit, 1, 0, callee).unit_number == number


# --- by whose name -------------------------------------------------------------------------------------


@pytest.fixture
async def emergencies(storage: Storage, identity: IdentityService) -> tuple[UnansweredEmergencies, UUID]:
    """One that has reached the supervisor, beside one that has not."""
    await UnitRegister(storage, RecordingBus(), Accounts(), AuditTrail()).create(
        Unit(UNIT, "道里一组"), ADMIN
    )
    driver: UnitDriver = RememberingDriver()
    watch = EmergencyWatch(storage, driver)
    alarm, fresh = uuid7(), uuid7()
    clock = ManualClock(storage.clock.now())
    storage.clock = clock
    await watch.hear(EmergencyReceived(alarm, UNIT, clock.now(), clock.now()), uuid7())
    for _ in range(2):
        clock.advance(ANSWER_WITHIN.total_seconds())
        await watch.tick()
    await watch.hear(EmergencyReceived(fresh, UNIT, clock.now(), clock.now()), uuid7())
    desk = EmergencyService(storage, AuditTrail())
    return UnansweredEmergencies(lambda: desk, identity), alarm


async def test_what_asks_for_the_supervisor_is_acknowledged_by_the_name_of_who_was_called(
    emergencies: tuple[UnansweredEmergencies, UUID],
) -> None:
    port, alarm = emergencies
    (asking,) = await port.unanswered()
    assert (asking.alarm_id, asking.unit_id) == (alarm, UNIT)
    assert await port.acknowledge("anna", alarm) == "done"
    assert await port.acknowledge("anna", alarm) == "done", "pressed twice"
    assert await port.acknowledge("zhao", alarm) == "other"
    assert await port.unanswered() == []
    assert await port.acknowledge("zhao", uuid7()) == "other", "it is not there"


async def test_who_is_no_supervisor_any_more_does_not_acknowledge(
    emergencies: tuple[UnansweredEmergencies, UUID], identity: IdentityService
) -> None:
    port, alarm = emergencies
    await identity.switch("anna", active=False)
    for name in ("anna", "li", "nobody"):
        with pytest.raises(Forbidden):
            await port.acknowledge(name, alarm)
    assert [one.alarm_id for one in await port.unanswered()] == [alarm]


# --- the switch ----------------------------------------------------------------------------------------


@dataclass
class PlayedLink:
    """Stands for the AMI client; checks what is sent as the real one does."""

    result: OriginateResult = field(default_factory=lambda: Originated("a", "al-x"))
    device: str = "NOT_INUSE"
    error: Exception | None = None
    settled: Settled | None = None
    known: Placed | None = None
    sent: list[list[tuple[str, str]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        made = with_alarms(AmiSettings(secret="0123456789ab"))
        self._dialplan = Dialplan(made.contexts, made.variables)

    async def perform(self, action: Any, *, deadline: float | None = None) -> AmiResponse:
        del deadline
        headers = action.headers(self._dialplan)
        if isinstance(action, EndPlaced | SendPlaced):
            self.sent.append([("Action", action.name), *headers])
        if self.error is not None:
            raise self.error
        return AmiResponse("Success", f"Response: Success\nValue: {self.device}".encode())

    async def originate(self, call: Originate, *, channel_id: str = "") -> OriginateResult:
        self.sent.append([*call.headers(self._dialplan), ("ChannelId", channel_id)])
        return self.result

    async def settle(self, doubt: Uncertain, *, within: float) -> Settled:
        del within
        self.asked.append(doubt.channel_id)
        assert self.settled is not None
        return self.settled

    async def look_up(self, channel_id: str, *, within: float) -> Placed | None:
        del within
        self.asked.append(channel_id)
        return self.known


DESK = Callee("anna", "安娜", "desk", "agent-1", "desk:agent-1")
MOBILE = Callee("boris", "鲍里斯", "outside", "13904510009", "outside:+8613904510009")


def attempt(callee: Callee = DESK, unit: str = UNIT) -> AlarmCall:
    return AutomatedCall(AlarmTarget(uuid7(), unit, 1, 0, callee), "songhua", 1_000.0)


def switch(link: PlayedLink) -> AmiAlarmSwitch:
    return AmiAlarmSwitch(link, shown="4518000")  # type: ignore[arg-type]


async def test_a_desk_is_rung_directly_and_shows_what_it_is_about() -> None:
    link, call = PlayedLink(), attempt()
    assert await switch(link).ring(call, ring_s=25) == "placed"
    assert link.sent == [
        [
            ("Channel", "PJSIP/agent-1"), ("Context", "alarm-call"), ("Exten", "start"), ("Priority", "1"),
            ("CallerID", '"紧急呼救 EMERGENCY" <17>'), ("Timeout", "25000"), ("Variable", "ALARM_UNIT=17"),
            ("ChannelId", f"al-{call.target.call_id}"),
        ]
    ]  # fmt: skip


async def test_a_number_outside_goes_the_one_way_out_and_shows_one_of_ours() -> None:
    link, call = PlayedLink(), attempt(MOBILE, "app:boat")
    assert await switch(link).ring(call, ring_s=25) == "placed"
    (sent,) = link.sent
    assert ("Channel", "Local/13904510009@outbound/n") in sent
    assert [value for name, value in sent if name == "Variable"] == ["ALARM_UNIT=", "OUT_CALLER_ID=4518000"]
    assert not any(name == "CallerID" for name, _ in sent)


@pytest.mark.parametrize(
    ("link", "expected", "sent"),
    [
        (PlayedLink(device="UNAVAILABLE"), "unreachable", 0),
        (PlayedLink(device="INUSE"), "placed", 1),
        (PlayedLink(error=NotReady("no link")), "refused", 0),
        (PlayedLink(result=AcknowledgementRefused("no")), "refused", 1),
    ],
)
async def test_what_is_not_there_is_not_rung(link: PlayedLink, expected: str, sent: int) -> None:
    assert await switch(link).ring(attempt(), ring_s=25) == expected
    assert len(link.sent) == sent


async def test_a_call_in_doubt_is_settled_and_never_sent_again() -> None:
    call = attempt()
    doubt = Uncertain("a", call.channel_id, 1, "run")
    link = PlayedLink(result=doubt, settled=NotPlaced(call.channel_id))
    made = switch(link)
    assert await made.ring(call, ring_s=25) == "in_doubt"
    assert await made.settle(call.channel_id, within_s=5) == "never"
    link.known = Placed(call.channel_id, alive=True)
    assert await made.settle(call.channel_id, within_s=5) == "alive"
    link.known = None
    assert await made.settle(call.channel_id, within_s=5) == "unknown"
    assert len(link.sent) == 1


async def test_a_call_is_ended_or_told_by_its_id_and_one_that_is_gone_is_as_good() -> None:
    link, call = PlayedLink(error=ActionRefused("no such channel")), attempt()
    made = switch(link)
    await made.hang_up(call.channel_id)
    await made.say(call.channel_id, "answered")
    assert link.sent == [
        [("Action", "Hangup"), ("Channel", call.channel_id), ("Cause", "16")],
        [
            ("Action", "Redirect"), ("Channel", call.channel_id), ("Context", "alarm-call"),
            ("Exten", "answered"), ("Priority", "1"),
        ],
    ]  # fmt: skip


# --- the desk ------------------------------------------------------------------------------------------


def test_dispatchers_and_supervisors_see_who_is_called_and_agents_do_not() -> None:
    audience = Audience(on_call=lambda _: frozenset(), is_confidential=lambda _: False)
    event = AlarmCallChanged(call=view(attempt()))
    sight = {
        role: audience.sight(Actor("x", "x", frozenset({role})), event) is not None
        for role in (Role.AGENT, Role.ACCEPTOR, Role.DISPATCHER, Role.SUPERVISOR)
    }
    assert sight == {
        Role.AGENT: False, Role.ACCEPTOR: False, Role.DISPATCHER: True, Role.SUPERVISOR: True,
    }  # fmt: skip
