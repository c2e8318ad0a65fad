"""Talkgroups: who is on them as units say, and those of an incident that go with its case."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cases.events import CaseChanged, CaseView
from core.actor import Actor, Role
from core.clock import ManualClock
from core.errors import Conflict, Forbidden, Invalid
from core.ids import uuid7
from field.contract.mobile import topics
from field.contract.talkgroup import Talkgroup, TalkgroupRights
from field.errors import TalkgroupExists, UnknownTalkgroup, UnknownUnit
from field.events import TalkgroupChanged, UnitChanged
from field.mobile.radio.driver import MobileDriver
from field.talkgroups.centre.service import Talkgroups
from field.talkgroups.radio.affiliations import Affiliations
from field.units.model import Unit
from tests.field.conftest import ADMIN, DISPATCHER, UNIT, City
from tests.field.ports import AuditTrail
from tests.mqtt.fakes import FakeLink

GROUP = Talkgroup("app:daoli", "道里", "Daoli")
AGENT = Actor("an", "An", frozenset({Role.AGENT}))


@dataclass
class OpenCases:
    """Implements `radio_bridge.ports.Incidents`."""

    open: set[UUID] = field(default_factory=set)

    async def is_open(self, case_id: UUID) -> bool:
        return case_id in self.open


class World:
    """Both halves on one ledger, with a link in memory."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.cases = OpenCases()
        self.talkgroups = Talkgroups(city.storage, city.bus, self.cases, AuditTrail())
        self.link = FakeLink()
        self.clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
        driver = MobileDriver(self.link, self.clock, tenant="harbin", receipt_expiry_s=60)
        driver.attach(None, _nothing)  # type: ignore[arg-type]
        driver._sink = object()  # type: ignore[assignment]  # nothing else is said here
        self.affiliations = Affiliations(city.storage, city.bus, driver, self.clock)
        self.affiliations.attach()

    async def say(self, groups: list[str], *, seq: int, back_s: float = 0) -> None:
        at = self.clock.now() - timedelta(seconds=back_s)
        body = {"msg_id": str(uuid7()), "seq": seq, "ts": at.isoformat(), "groups": groups}
        await self.link.give(topics.up("harbin", UNIT, "affiliate"), json.dumps(body).encode())

    def told(self, unit_id: str = UNIT) -> list[dict[str, Any]]:
        """The groups that the unit was told last."""
        topic = topics.down("harbin", unit_id, "groups")
        bodies = [json.loads(payload) for where, payload in self.link.published if where == topic]
        groups: list[dict[str, Any]] = bodies[-1]["groups"] if bodies else []
        return groups

    async def listening(self, tg_id: str = GROUP.tg_id) -> list[str]:
        return list((await self.talkgroups.find(tg_id)).listening)


@pytest.fixture
async def world(city: City) -> World:
    made = World(city)
    await city.register.create(Unit("app:18", "道里二组"), ADMIN)
    await made.talkgroups.add(GROUP, op_id=uuid7(), actor=ADMIN)
    return made


def closed(case_id: UUID, state: str = "closed") -> CaseChanged:
    case = CaseView(
        case_id=case_id, number="230102-20260101-0001", spoken_code="12345", state=state, category=None,
        category_name=None, district=None, address=None, crossing=None, description=None, urgency=None,
        confidential=False, call_ids=[], filed_at=datetime.now(UTC), filed_by="an",
        updated_at=datetime.now(UTC),
    )  # fmt: skip
    return CaseChanged(call_id=None, confidential=False, case=case, act=state, actor="chen")


async def test_a_unit_is_on_what_it_says_and_is_told_its_groups(world: World) -> None:
    await world.say([GROUP.tg_id, GROUP.tg_id, "app:none"], seq=1)
    assert await world.listening() == [UNIT]
    assert world.told() == [
        {
            "tg_id": "app:daoli", "name_zh": "道里", "name_en": "Daoli", "talk": True, "priority": 5,
            "on": True, "incident": False,
        }
    ]  # fmt: skip
    shown = [event for event in world.city.bus.published if isinstance(event, UnitChanged)][-1]
    assert shown.groups == [GROUP.tg_id]
    await world.say([], seq=2)
    assert await world.listening() == []


async def test_what_was_said_earlier_and_comes_later_changes_nothing(world: World) -> None:
    await world.say([GROUP.tg_id], seq=7)
    await world.say([], seq=6, back_s=30)
    assert await world.listening() == [UNIT]
    # A terminal that was set up anew counts from one again; one whose clock was put right is in the past.
    world.clock.advance(60)
    await world.say([], seq=1)
    assert await world.listening() == []
    await world.say([GROUP.tg_id], seq=2, back_s=86_400)
    assert await world.listening() == [UNIT]


async def test_malformed_words_end_nothing(world: World) -> None:
    for payload in (b"", b"{", b"[]", b'{"groups": 1}', b"\xff" * 40_000):
        await world.link.give(topics.up("harbin", UNIT, "affiliate"), payload)
    await world.say([GROUP.tg_id], seq=1)
    assert await world.listening() == [UNIT]


async def test_a_group_that_is_not_for_the_unit_is_not_listened_to(world: World) -> None:
    closed_group = replace(GROUP, tg_id="app:heads", rights=TalkgroupRights(monitor=("skill:sewage",)))
    await world.talkgroups.add(closed_group, op_id=uuid7(), actor=ADMIN)
    await world.say([GROUP.tg_id, "app:heads"], seq=1)
    assert await world.listening("app:heads") == []
    assert [group["tg_id"] for group in world.told()] == [GROUP.tg_id]


async def test_a_group_of_an_incident_comes_and_goes_with_its_case(world: World) -> None:
    case_id, op_id = uuid4(), uuid7()
    world.cases.open.add(case_id)
    made = [
        await world.talkgroups.add_for_incident(
            case_id, network="app", names=("塌陷", "Collapse"), units=[UNIT, UNIT], op_id=op_id,
            actor=DISPATCHER,
        )
        for _ in range(2)
    ]  # fmt: skip
    assert made[0] == made[1]
    tg_id = made[0].group.tg_id
    assert made[0].members == [UNIT]
    for event in await _changes(world):
        await world.affiliations.changed(event)
    first = world.told()[0]
    assert (first["tg_id"], first["incident"], first["talk"]) == (tg_id, True, True)
    assert tg_id not in [group["tg_id"] for group in world.told("app:18")]
    await world.say([GROUP.tg_id, tg_id], seq=1)
    other = closed(uuid4())
    for over in (other, closed(case_id, "done"), closed(case_id), closed(case_id)):
        await world.talkgroups.case_changed(over)
    with pytest.raises(UnknownTalkgroup):
        await world.talkgroups.find(tg_id)
    assert await world.listening() == [UNIT]
    gone = (await _changes(world))[-1]
    assert (gone.tg_id, gone.removed, gone.units) == (tg_id, True, [UNIT])
    await world.affiliations.changed(gone)
    assert [group["tg_id"] for group in world.told()] == [GROUP.tg_id]


async def test_no_group_is_made_for_a_case_that_is_over(world: World) -> None:
    with pytest.raises(Conflict, match="not open"):
        await world.talkgroups.add_for_incident(
            uuid4(), network="app", names=("甲", "A"), units=[], op_id=uuid7(), actor=DISPATCHER
        )


async def test_who_may_do_what_and_what_is_refused(world: World) -> None:
    with pytest.raises(Forbidden):
        await world.talkgroups.add(replace(GROUP, tg_id="app:x"), op_id=uuid7(), actor=DISPATCHER)
    with pytest.raises(Forbidden):
        await world.talkgroups.remove(GROUP.tg_id, op_id=uuid7(), actor=DISPATCHER)
    with pytest.raises(Forbidden):
        await world.talkgroups.move(GROUP.tg_id, add=[UNIT], remove=[], op_id=uuid7(), actor=AGENT)
    with pytest.raises(TalkgroupExists):
        await world.talkgroups.add(GROUP, op_id=uuid7(), actor=ADMIN)
    with pytest.raises(Invalid):
        await world.talkgroups.add(replace(GROUP, tg_id="daoli"), op_id=uuid7(), actor=ADMIN)
    with pytest.raises(UnknownUnit):
        await world.talkgroups.move(GROUP.tg_id, add=["app:99"], remove=[], op_id=uuid7(), actor=DISPATCHER)
    with pytest.raises(UnknownTalkgroup):
        await world.talkgroups.move("app:none", add=[], remove=[], op_id=uuid7(), actor=DISPATCHER)
    assert (await world.talkgroups.find(GROUP.tg_id)).members == []


async def test_the_same_press_twice_moves_a_unit_once(world: World) -> None:
    op_id = uuid7()
    for _ in range(2):
        moved = await world.talkgroups.move(GROUP.tg_id, add=[UNIT], remove=[], op_id=op_id, actor=DISPATCHER)
    assert moved.members == [UNIT]
    assert len([event for event in await _changes(world) if event.units]) == 1
    with pytest.raises(Conflict):
        await world.talkgroups.remove(GROUP.tg_id, op_id=op_id, actor=ADMIN)


async def test_a_revoked_unit_is_on_no_group(world: World) -> None:
    await world.talkgroups.move(GROUP.tg_id, add=[UNIT], remove=[], op_id=uuid7(), actor=DISPATCHER)
    await world.say([GROUP.tg_id], seq=1)
    await world.city.register.revoke(UNIT, op_id=uuid7(), actor=DISPATCHER)
    await world.say([GROUP.tg_id], seq=2)
    found = await world.talkgroups.find(GROUP.tg_id)
    assert (found.members, found.listening) == ([], [])


async def test_a_changed_group_keeps_what_is_not_named(world: World) -> None:
    changed = await world.talkgroups.change(
        replace(GROUP, name_en="Daoli district", priority=7), op_id=uuid7(), actor=ADMIN
    )
    assert (changed.group.name_en, changed.group.name_zh, changed.group.priority) == (
        "Daoli district", "道里", 7,
    )  # fmt: skip


async def _changes(world: World) -> list[TalkgroupChanged]:
    return [event for event in await world.city.emitted() if isinstance(event, TalkgroupChanged)]


async def _nothing() -> None:
    """The network came back."""
