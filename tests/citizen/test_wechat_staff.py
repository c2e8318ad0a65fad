"""Members of staff by WeChat, against a simulated WeChat server: bound by a code, told of their work, acting
by short replies, with the rooms of cases and field units as they are.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select

from cases.assignments import tables as assignment_tables
from cases.dispatch.whereabouts import CaseLookup
from cases.events import DispatchStep, VerificationFinding
from cases.room import CasesRoom
from cases.tables import cases as case_table
from citizen.channels.wechat import tables as wechat_tables
from citizen.channels.wechat.channel import WeChat
from citizen.channels.wechat.settings import WeChatSettings
from citizen.channels.wechat.staff import bindings as binding_module
from citizen.channels.wechat.staff import tables
from citizen.channels.wechat.staff.reading import StaffCommand, binding_code, is_for_citizens, staff_command
from citizen.contract.staff import StaffAct, StaffDesk, StaffMember, StaffProfile
from citizen.tables import reports
from core.actor import Role
from core.errors import Conflict, Unavailable
from core.ids import uuid7
from core.scopes import Scopes
from core.storage import Storage
from core.storage.schema import LAST
from field import operations
from field.delivery.centre.messenger import CrewMessenger, MessengerReport
from field.delivery.model import EscalationRules
from field.delivery.service import DeliveryService
from field.dispatches.radio.consumer import DispatchConsumer
from field.dispatches.radio.downlink import Downlink
from field.dispatches.radio.service import Dispatches
from field.errors import TooManyPhotos
from field.inspectors.model import INSPECTOR_SKILL
from field.inspectors.service import Inspectors
from field.photos import store as photo_store
from field.photos.centre.departments import DepartmentPhotos
from field.settings import FieldSettings
from field.units import store as unit_store
from field.units.model import Unit
from field.wechat.centre.service import CrewWeChat
from gateway.wiring import wechat_staff as wiring
from gateway.wiring.crew_wechat import WeChatsOfCrews
from gateway.wiring.department_photos import PhotosOfDepartments
from gateway.wiring.inspectors import InspectorsOfUnits
from gateway.wiring.wechat_staff import CrewsByMessenger, DepartmentsByMessenger, StaffByMessenger
from identity import store as people
from identity.events import UserChanged
from identity.model import User
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.cases.assignments.people import HE, HOST, MA, OTHER
from tests.cases.rooms import ADMIN, AGENT, DISPATCHER
from tests.citizen.city import City, Handlers, city
from tests.citizen.served import served
from tests.field.conftest import RememberingDriver
from tests.field.pictures import jpeg
from tests.field.ports import NoVault, terminal_alone
from tests.mqtt.fakes import FakeLink
from tests.peers.simulated_wechat import SimulatedWeChat

CREW, INSPECTOR = "app:17", "app:21"
ONE, TWO, THREE = (f"oStaff000000000000000000000{n}" for n in (1, 2, 3))
CITIZEN = "oCitizen0000000000000000001"
CALLER = "13945671234"
WORDS = "门口的井盖不见了，请找张大爷"


class Trail:
    """The audit trail of photos."""

    async def record_in(self, *_row: Any) -> None: ...


@dataclass
class Town:
    on: City
    peer: SimulatedWeChat
    channel: WeChat
    url: str
    staff: StaffByMessenger

    async def settle(self) -> None:
        """Events go round, jobs are done, and what follows from them."""
        while True:
            await self.on.settle()
            done = 0
            while found := await self.channel.jobs.do_due():
                done += found
            if not done:
                return

    async def say(self, openid: str, text: str, **options: Any) -> str:
        """What is answered at once, and what is said after it."""
        before = len(self.peer.told(openid))
        answer = (await self.peer.say(self.url, openid, text, **options)).answer
        await self.settle()
        return "\n".join([answer, *self.peer.told(openid)[before:]])

    async def code(self, kind: str, member: str) -> str:
        answer = await self.on.act(ADMIN, "/wechat/codes", kind=kind, member=member)
        assert answer.is_success, answer.text
        return str(answer.json()["code"])

    async def bound(self, openid: str, kind: str, member: str) -> None:
        assert "已绑定为" in await self.say(openid, f"绑定 {await self.code(kind, member)}")

    async def case(self, **more: Any) -> dict[str, Any]:
        """A case that a citizen reported by telephone, in the hands of its department."""
        fields = {
            "category": "gbt30428.2@2013/E0110", "address": "公滨路5号", "district": "230110",
            "description": WORDS, "callback": CALLER,
        }  # fmt: skip
        now = self.on.storage.clock.now().isoformat()
        body = {"fields": fields, "taken_at": now, "taken_by": "王", **more}
        answer = await self.on.act(AGENT, "/cases/paper", **body)
        assert answer.is_success, answer.text
        await self.settle()
        return answer.json()  # type: ignore[no-any-return]

    async def sent(self, unit_id: str = CREW, **more: Any) -> tuple[dict[str, Any], str]:
        """A case with a crew on it, and the job's number."""
        case = await self.case(**more)
        answer = await self.on.act(DISPATCHER, f"/cases/{case['case_id']}/dispatch", unit_id=unit_id)
        assert answer.is_success, answer.text
        await self.settle()
        return case, str(case["number"])[-5:]

    async def steps(self, case: Mapping[str, Any]) -> list[str]:
        found = (await self.on.ask(DISPATCHER, "GET", f"/cases/{case['case_id']}")).json()
        return [one["step"] for one in found["dispatches"]]

    async def assignment(self, case: Mapping[str, Any], department: str = HOST) -> dict[str, Any]:
        found = (await self.on.ask(DISPATCHER, "GET", f"/cases/{case['case_id']}/assignments")).json()
        mine = [one for one in found["assignments"] if one["assignment"]["department"]["id"] == department]
        return mine[-1]["assignment"]  # type: ignore[no-any-return]

    async def due_now(self) -> None:
        """What waits to be tried again is tried."""
        async with self.on.storage.write() as transaction:
            due = self.on.storage.clock.now() - timedelta(seconds=1)
            await transaction.connection.execute(wechat_tables.jobs.update().values(due_at=due))
        await self.settle()

    async def photos(self, case: Mapping[str, Any]) -> int:
        async with self.on.storage.read() as connection:
            return len(await photo_store.of_cases(connection, [UUID(case["case_id"])]))

    async def revoked(self, unit_id: str, *, back: bool) -> None:
        """As the register does it; `back`: enrolled again at once."""
        now = self.on.storage.clock.now()
        async with self.on.storage.write() as transaction:
            await operations.first(transaction, uuid7(), f"revoke {unit_id}", now)
            await unit_store.revoke(transaction, unit_id, at=None if back else now, by="root")

    async def rows(self, *columns: Any) -> list[tuple[Any, ...]]:
        async with self.on.storage.read() as connection:
            return [tuple(row) for row in await connection.execute(select(*columns))]


async def _registered(storage: Storage) -> None:
    async with storage.write() as transaction:
        now = storage.clock.now()
        for unit in (Unit(CREW, "道里一组"), Unit(INSPECTOR, "一号监督员", skills=(INSPECTOR_SKILL,))):
            await unit_store.add(transaction, unit, at=now, by="root")
        for actor in (MA, HE):
            user = User(actor.id, actor.name, actor.roles, scopes=actor.scopes)
            await people.add_user(transaction.connection, user, "hash", now)
        agent = User("an.agent", "坐席", frozenset({Role.AGENT}))
        await people.add_user(transaction.connection, agent, "hash", now)


def _field(storage: Storage, bus: Handlers) -> CrewMessenger:
    """The jobs of units, as the role `radio` takes them over."""
    chains = DeliveryService(EscalationRules(), {})
    dispatches = Dispatches(
        storage, bus, RememberingDriver(), retry_s=30, delivery_service=chains, ways=terminal_alone
    )
    DispatchConsumer(dispatches, Downlink(dispatches.offer_due)).attach(bus)
    return CrewMessenger(storage, bus, chains)


@asynccontextmanager
async def town(storage: Storage, folder: Path, **changed: Any) -> AsyncIterator[Town]:
    await _registered(storage)
    made: list[StaffByMessenger] = []
    settings_of_field = FieldSettings(photos=folder)
    kept = PhotosOfDepartments(storage, settings_of_field, NoVault(), Trail())

    def staff(cases: CasesRoom, bus: Handlers) -> StaffDesk:
        crew = _field(storage, bus)
        crews = CrewsByMessenger(storage, lambda: crew, kept.photos, CaseLookup(storage).case_of)
        departments = DepartmentsByMessenger(
            storage, IdentityService(storage, IdentitySettings()), cases.assignments,
            cases.assignment_photos, kept.photos, cases.knowledge.catalogues,
        )  # fmt: skip
        made.append(StaffByMessenger(crews, departments))
        return made[0]

    async with SimulatedWeChat().running() as peer:
        told = {
            "enabled": True, "app_id": peer.app_id, "app_secret": SecretStr(peer.secret),
            "token": SecretStr(peer.token), "encoding_aes_key": SecretStr(peer.aes_key),
            "api": peer.address, "staff": {"enabled": True}, **changed,
        }  # fmt: skip
        settings = WeChatSettings.model_validate(told)
        inspectors = Inspectors(storage, hours=8)
        ports = {"photos": kept, "inspectors": InspectorsOfUnits(lambda: inspectors)}
        async with (
            city(storage, wechat=settings, case_ports=ports, staff=staff) as on,
            served(on.app) as address,
        ):
            (channel,) = (one for one in on.citizen.channels if isinstance(one, WeChat))
            yield Town(on, peer, channel, f"{address}/api/citizen/wechat", made[0])
            await channel.stop()


# --- binding ----------------------------------------------------------------------------------------


async def test_a_code_binds_once_and_is_audited(any_storage: Storage, tmp_path: Path) -> None:
    async with town(any_storage, tmp_path) as at:
        code = await at.code("unit", CREW)
        assert "不正确" in await at.say(ONE, "绑定 zzzzzzzz")
        assert "已绑定为道里一组" in await at.say(ONE, f"绑定 {code.upper()}")
        assert "不正确" in await at.say(TWO, f"绑定 {code}"), "it works once"
        assert "已绑定" in await at.say(ONE, f"绑定 {await at.code('unit', CREW)}")
        (row,) = await at.rows(tables.bindings.c.openid, tables.bindings.c.member, tables.bindings.c.code_by)
        assert row == (ONE, CREW, ADMIN.id)
        acts = [one for one in at.on.acts.done if one[1].startswith("wechat")]
        assert acts[:2] == [
            (ADMIN.id, "wechat-code", f"unit:{CREW}"), (f"unit:{CREW}", "wechat-bind", f"unit:{CREW}"),
        ]  # fmt: skip
        listed = (await at.on.ask(ADMIN, "GET", "/wechat/bindings")).json()
        assert [(one["name"], one["member"]) for one in listed["bindings"]] == [("道里一组", CREW)]
        assert ONE not in str(listed), "no openid is shown"


async def test_a_person_makes_the_own_code_and_binds_one_wechat(any_storage: Storage, tmp_path: Path) -> None:
    async with town(any_storage, tmp_path) as at:
        for openid in (ONE, TWO):
            code = (await at.on.act(MA, "/wechat/own/code")).json()["code"]
            assert MA.name in await at.say(openid, f"绑定 {code}")
        assert [row[0] for row in await at.rows(tables.bindings.c.openid)] == [TWO]
        assert "另一个微信" in at.peer.told(ONE)[-1]
        own = (await at.on.ask(MA, "GET", "/wechat/own")).json()
        assert (own["enabled"], len(own["bindings"])) == (True, 1)
        for _ in range(2):
            assert (await at.on.act(MA, "/wechat/own/unbind")).status_code == 200
        assert await at.rows(tables.bindings.c.openid) == []


async def test_an_old_code_and_a_guessed_one_bind_nobody(storage: Storage, tmp_path: Path) -> None:
    async with town(storage, tmp_path) as at:
        code = await at.code("person", MA.id)
        later = storage.clock.now() + timedelta(minutes=11)
        with patch.object(type(storage.clock), "now", lambda _self: later):
            async with storage.write() as transaction:
                assert await at.channel.bindings.take_code(transaction, THREE, code) is None
        first = await at.code("person", MA.id)
        second = await at.code("person", MA.id)
        assert "不正确" in await at.say(TWO, f"绑定 {first}"), "the newer one replaces it"
        for n in range(5):
            assert "不正确" in await at.say(ONE, f"绑定 2222222{n + 2}")
        assert "次数过多" in await at.say(ONE, f"绑定 {second}")
        assert await at.rows(tables.bindings.c.openid) == []


async def test_codes_are_for_who_works_so_and_by_who_may(storage: Storage, tmp_path: Path) -> None:
    async with town(storage, tmp_path) as at:
        for kind, member in (("unit", "app:99"), ("person", "an.agent"), ("person", "nobody")):
            answer = await at.on.act(ADMIN, "/wechat/codes", kind=kind, member=member)
            assert answer.status_code == 409, member
        for who in (MA, AGENT, DISPATCHER):
            assert (await at.on.act(who, "/wechat/codes", kind="unit", member=CREW)).status_code == 403
            assert (await at.on.ask(who, "GET", "/wechat/bindings")).status_code == 403
        assert (await at.on.act(AGENT, "/wechat/own/code")).status_code == 403
        op_id = str(uuid7())
        same = [
            (await at.on.ask(ADMIN, "POST", "/wechat/codes", op_id=op_id, kind="unit", member=CREW)).json()
            for _ in range(2)
        ]
        assert same[0] == same[1]
    async with town_off(storage) as on:
        assert (await on.act(ADMIN, "/wechat/codes", kind="unit", member=CREW)).status_code == 409


class UnitPage:
    """The page of a unit, and the role `centre` behind the broker."""

    def __init__(self, at: Town) -> None:
        self.link = FakeLink()
        clock = at.on.storage.clock
        wechats = WeChatsOfCrews(at.channel.crews, clock)
        CrewWeChat(self.link, clock, wechats, tenant="harbin")

    async def ask(self, act: str, unit: str = CREW, **more: Any) -> dict[str, Any]:
        said = {"msg_id": str(uuid7()), "ts": "2026-01-01T00:00:00Z", "act": act, **more}
        await self.link.give(f"v1/harbin/unit/{unit}/up/wechat", json.dumps(said).encode())
        topic, payload = self.link.published[-1]
        assert topic == f"v1/harbin/unit/{unit}/down/wechat"
        answer: dict[str, Any] = json.loads(payload)
        assert answer["of"] == said["msg_id"]
        return answer


async def test_a_crew_makes_its_own_code_at_the_units_page_and_ends_its_own_bindings_alone(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with town(any_storage, tmp_path) as at:
        page = UnitPage(at)
        msg_id = str(uuid7())
        made = [await page.ask("code", msg_id=msg_id) for _ in range(2)]
        assert made[0]["code"] == made[1]["code"] != "", "a message that comes twice makes one code"
        assert 590 < made[0]["lasts_s"] <= 600
        assert "已绑定为道里一组" in await at.say(ONE, f"绑定 {made[0]['code']}")
        await at.bound(TWO, "unit", INSPECTOR)
        shown = await page.ask("show")
        (mine,) = shown["bindings"]
        assert (shown["cause"], shown["code"], mine["silent"]) == ("", "", False)
        assert ONE not in str(shown), "no openid is shown"
        (theirs,) = (await page.ask("show", INSPECTOR))["bindings"]
        await page.ask("unbind", binding_id=theirs["binding_id"])
        assert len((await page.ask("show", INSPECTOR))["bindings"]) == 1, "another unit's stays"
        for _ in range(2):
            ended = await page.ask("unbind", binding_id=mine["binding_id"])
            assert (ended["cause"], ended["bindings"]) == ("", [])
        acts = [one for one in at.on.acts.done if one[1].startswith("wechat") and one[2] == f"unit:{CREW}"]
        assert [act for _by, act, _subject in acts] == ["wechat-code", "wechat-bind", "wechat-unbind"]
        assert {by for by, _act, _subject in acts} == {f"unit:{CREW}"}


async def test_a_crew_that_is_revoked_or_asks_without_end_gets_no_code(
    storage: Storage, tmp_path: Path
) -> None:
    async with town(storage, tmp_path, staff={"enabled": True, "codes_per_person_hour": 2}) as at:
        page = UnitPage(at)
        assert (await page.ask("code", "app:99"))["cause"] == "not_for_crew"
        assert [(await page.ask("code"))["cause"] for _ in range(3)] == ["", "", "too_many"]
        assert (await page.ask("show"))["cause"] == "", "it may still look"
        await at.revoked(CREW, back=False)
        assert (await page.ask("code"))["cause"] == "not_for_crew"


@asynccontextmanager
async def town_off(storage: Storage) -> AsyncIterator[City]:
    async with city(storage) as on:
        yield on


async def test_every_way_out_ends_the_binding(any_storage: Storage, tmp_path: Path) -> None:
    async with town(any_storage, tmp_path) as at:

        async def left() -> list[str]:
            return [row[0] for row in await at.rows(tables.bindings.c.openid)]

        await at.bound(ONE, "unit", CREW)
        assert "绑定已解除" in await at.say(ONE, "解绑")
        await at.bound(ONE, "unit", CREW)
        await at.peer.event(at.url, ONE, "unsubscribe")
        assert await left() == []
        await at.bound(ONE, "unit", CREW)
        await at.say(ONE, "删除我的信息")
        assert await left() == []
        await at.bound(ONE, "unit", CREW)
        (one,) = (await at.on.ask(ADMIN, "GET", "/wechat/bindings")).json()["bindings"]
        for _ in range(2):
            ended = await at.on.act(ADMIN, f"/wechat/bindings/{one['binding_id']}/unbind")
            assert ended.status_code == 200
        assert await left() == []
        # Who leaves the service is bound no longer, and is told nothing more.
        await at.bound(ONE, "person", MA.id)
        await at.bound(TWO, "unit", CREW)
        async with any_storage.write() as transaction:
            await people.set_active(transaction.connection, MA.id, active=False)
            await unit_store.revoke(transaction, CREW, at=any_storage.clock.now(), by="root")
        await at.on.bus.deliver(UserChanged(user_id=MA.id, active=False))
        assert await left() == [TWO]
        assert "已不在岗" in await at.say(TWO, "任务")
        assert await left() == []
        ends = [one for one in at.on.acts.done if one[1] == "wechat-unbind"]
        assert len(ends) == 6


async def test_the_sweep_ends_what_nobody_was_told_of(storage: Storage, tmp_path: Path) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        async with storage.write() as transaction:
            await unit_store.revoke(transaction, CREW, at=storage.clock.now(), by="root")
        assert await at.channel.bindings.sweep() == 1
        assert await at.rows(tables.bindings.c.openid) == []


async def test_who_was_out_of_service_binds_anew_though_he_is_back(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        code = await at.code("unit", CREW)
        await at.revoked(CREW, back=True)
        await at.sent()
        assert "新任务" not in "".join(at.peer.told(ONE)), "a lost telephone hears of nothing"
        assert "不正确" in await at.say(TWO, f"绑定 {code}")
        assert await at.rows(tables.bindings.c.openid) == []
        await at.bound(ONE, "unit", CREW)
        assert "公滨路5号" in await at.say(ONE, "任务")
        await at.bound(TWO, "person", MA.id)
        await at.on.bus.deliver(UserChanged(user_id=MA.id, active=False))
        assert [row[0] for row in await at.rows(tables.bindings.c.openid)] == [ONE]


async def test_two_administrators_at_once_make_one_code(any_storage: Storage, tmp_path: Path) -> None:
    async with town(any_storage, tmp_path) as at:
        await asyncio.gather(*(at.code("unit", CREW) for _ in range(6)))
        assert len(await at.rows(tables.codes.c.digest)) == 1


async def test_the_sweep_sees_all_and_no_fault_of_one_stops_it(storage: Storage, tmp_path: Path) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(THREE, "person", MA.id)
        await at.bound(ONE, "unit", CREW)
        await at.bound(TWO, "unit", INSPECTOR)
        await at.revoked(CREW, back=False)
        await at.revoked(INSPECTOR, back=False)
        profile = at.channel.bindings.desk.profile

        async def faulty(member: StaffMember) -> StaffProfile | None:
            if member.kind == "person":
                raise Unavailable("the register is away")
            return await profile(member)

        with (
            patch.object(binding_module, "SWEPT_AT_ONCE", 1),
            patch.object(at.channel.bindings.desk, "profile", faulty),
        ):
            assert await at.channel.bindings.sweep() == 2
        assert [row[0] for row in await at.rows(tables.bindings.c.openid)] == [THREE]
        with patch.object(at.channel.bindings, "sweep", side_effect=RuntimeError):
            await at.channel.jobs._sweep()


async def test_wrong_codes_of_all_together_stop_everybody(storage: Storage, tmp_path: Path) -> None:
    with patch.object(binding_module, "WRONG_HOUR_IN_TOTAL", 3):
        async with town(storage, tmp_path) as at:
            code = await at.code("unit", CREW)
            for openid, wrong in ((ONE, "zzzzzzz2"), (ONE, "zzzzzzz3"), (TWO, "zzzzzzz4")):
                assert "不正确" in await at.say(openid, f"绑定 {wrong}")
            assert "次数过多" in await at.say(THREE, f"绑定 {code}")
            assert await at.rows(tables.bindings.c.openid) == []


# --- notices ----------------------------------------------------------------------------------------


async def test_a_crew_hears_of_a_job_without_the_caller_and_of_its_recall(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with town(any_storage, tmp_path) as at:
        for openid in (ONE, TWO):
            await at.bound(openid, "unit", CREW)
        case, number = await at.sent()
        for openid in (ONE, TWO):
            notices = [text for text in at.peer.told(openid) if f"新任务 {number}" in text]
            assert len(notices) == 1, "every event comes twice here"
            assert "公滨路5号" in notices[0]
            assert f"接受 {number}" in notices[0]
        (dispatch,) = (await at.on.ask(DISPATCHER, "GET", f"/cases/{case['case_id']}")).json()["dispatches"]
        await at.on.act(DISPATCHER, f"/dispatches/{dispatch['dispatch_id']}/recall", reason="不用去了")
        await at.settle()
        assert number in at.peer.told(ONE)[-1]
        assert "取消" in at.peer.told(ONE)[-1]
        for openid in (ONE, TWO):
            said = "\n".join(at.peer.told(openid))
            assert CALLER not in said
            assert WORDS not in said


async def test_of_a_confidential_case_the_number_alone_is_told(any_storage: Storage, tmp_path: Path) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        await at.bound(TWO, "person", MA.id)
        _case, number = await at.sent(confidential=True)
        told = [text for openid in (ONE, TWO) for text in at.peer.told(openid) if number in text]
        assert len(told) == 2
        listed = [await at.say(ONE, "任务"), await at.say(TWO, "任务")]
        for text in (*told, *listed):
            assert "保密案件" in text
            for word in ("公滨路", "垃圾", CALLER, WORDS):
                assert word not in text


async def test_a_department_hears_of_its_cases_and_reminders_and_other_people_of_nothing(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "person", MA.id)
        await at.bound(TWO, "person", HE.id)
        case = await at.case()
        number = case["number"][-5:]
        assert f"新案件 {number}" in at.peer.told(ONE)[-1]
        one = await at.assignment(case)
        path = f"/assignments/{one['assignment_id']}"
        await at.on.act(DISPATCHER, f"{path}/remind", rev=one["rev"], text="请尽快")
        await at.settle()
        assert f"催办：案件 {number}" in at.peer.told(ONE)[-1]
        assert not [text for text in at.peer.told(TWO) if number in text]


async def test_a_notice_waits_while_wechat_is_away_and_is_sent_once(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        at.peer.down = True
        _case, number = await at.sent()
        assert not [text for text in at.peer.told(ONE) if number in text]
        at.peer.down = False
        async with any_storage.write() as transaction:
            due = any_storage.clock.now() - timedelta(seconds=1)
            await transaction.connection.execute(wechat_tables.jobs.update().values(due_at=due))
        await at.settle()
        assert len([text for text in at.peer.told(ONE) if number in text]) == 1


async def test_a_case_that_becomes_confidential_before_a_notice_leaves_is_not_told(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        await at.bound(TWO, "person", MA.id)
        at.peer.down = True
        _case, number = await at.sent()
        async with any_storage.write() as transaction:
            await transaction.connection.execute(case_table.update().values(confidential=True))
        at.peer.down = False
        await at.due_now()
        for openid in (ONE, TWO):
            (notice,) = [text for text in at.peer.told(openid) if number in text]
            assert "保密案件" in notice
            assert "公滨路" not in notice


async def test_who_has_written_nothing_for_two_days_is_shown_as_silent_until_he_writes(
    storage: Storage, tmp_path: Path
) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        at.peer.out_of_time.add(ONE)
        await at.sent()
        (one,) = (await at.on.ask(ADMIN, "GET", "/wechat/bindings")).json()["bindings"]
        assert one["silent_since"]
        at.peer.out_of_time.clear()
        await at.say(ONE, "任务")
        (one,) = (await at.on.ask(ADMIN, "GET", "/wechat/bindings")).json()["bindings"]
        assert one["silent_since"] is None


# --- replies ----------------------------------------------------------------------------------------


async def test_a_crew_accepts_and_reports_done_with_a_photo_and_words(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        case, number = await at.sent()
        assert "公滨路5号" in await at.say(ONE, "任务")
        assert "未办理" in await at.say(ONE, f"完成 {number} 太早了"), "it is not accepted yet"
        assert f"{number}：已接受" in await at.say(ONE, "接受")
        assert await at.steps(case) == ["accepted"]
        assert "第1张照片" in (await at.peer.picture(at.url, ONE, jpeg())).answer
        assert f"{number}：已报完成" in await at.say(ONE, f"完成 {number} 井盖已更换")
        assert await at.steps(case) == ["done"]
        found = (await at.on.ask(DISPATCHER, "GET", f"/cases/{case['case_id']}")).json()
        assert found["dispatches"][0]["note"] == "井盖已更换"
        async with any_storage.read() as connection:
            (photo,) = await photo_store.of_cases(connection, [UUID(case["case_id"])])
        assert (photo.unit_id, str(photo.dispatch_id)) == (CREW, found["dispatches"][0]["dispatch_id"])


async def test_a_message_that_comes_again_acts_once(any_storage: Storage, tmp_path: Path) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "person", MA.id)
        case = await at.case()
        number = case["number"][-5:]
        await at.say(ONE, f"签收 {number}")
        await at.peer.picture(at.url, ONE, jpeg())
        for _ in range(3):
            await at.say(ONE, f"办结 {number} 已清运", msg_id=77)
        one = await at.assignment(case)
        assert (one["state"], one["answer"], len(one["photos"])) == ("answered", "已清运", 1)
        assert len([text for text in at.peer.told(ONE) if "已报完成" in text]) == 1


@pytest.mark.parametrize("named", [True, False])
async def test_a_kill_between_the_act_and_its_note_acts_once(
    any_storage: Storage, tmp_path: Path, named: bool
) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        case, number = await at.sent()
        await at.say(ONE, f"接受 {number}")
        await at.peer.picture(at.url, ONE, jpeg())
        await at.peer.say(at.url, ONE, f"完成 {number} 已更换" if named else "完成 已更换")
        work = at.channel.jobs._do["staff_act"].__self__  # type: ignore[attr-defined]
        with patch.object(work, "_finish", side_effect=TimeoutError):
            await at.channel.jobs.do_due()
        other, _ = await at.sent()
        async with any_storage.read() as connection:
            crew = at.staff._crews._crews()
            (job,) = [one for one in await crew.open_jobs(CREW) if str(one.dispatch_id) not in str(case)]
        await crew.say(MessengerReport(CREW, job.dispatch_id, DispatchStep.ACCEPTED, uuid7()))
        async with any_storage.write() as transaction:
            due = any_storage.clock.now() - timedelta(seconds=1)
            await transaction.connection.execute(wechat_tables.jobs.update().values(due_at=due))
        await at.settle()
        assert await at.steps(case) == ["done"]
        assert await at.steps(other) == ["accepted"], "the same job whenever it is done again"
        assert len([text for text in at.peer.told(ONE) if f"{number}：已报完成" in text]) == 1
        async with any_storage.read() as connection:
            assert len(await photo_store.of_cases(connection, [UUID(case["case_id"])])) == 1


async def test_who_comes_second_is_told_who_was_first(any_storage: Storage, tmp_path: Path) -> None:
    async with town(any_storage, tmp_path) as at:
        for openid in (ONE, TWO):
            await at.bound(openid, "unit", CREW)
        await at.bound(THREE, "person", MA.id)
        case, number = await at.sent()
        assert "已接受" in await at.say(ONE, f"接受 {number}")
        assert "未办理。当前状态：已接受" in await at.say(TWO, f"接受 {number}")
        one = await at.assignment(case)
        async with any_storage.write() as transaction:
            user = User(
                "sun",
                "孙科员",
                frozenset({Role.DEPARTMENT}),
                scopes=Scopes(departments=MA.scopes.departments),
            )
            await people.add_user(transaction.connection, user, "hash", any_storage.clock.now())
        await at.bound(CITIZEN, "person", "sun")
        assert "已接受" in await at.say(CITIZEN, f"签收 {number}")
        told = await at.say(THREE, f"签收 {number}")
        assert "孙科员已先办理" in told
        assert one["assignment_id"] == (await at.assignment(case))["assignment_id"]


async def test_what_cannot_be_done_is_given_back_with_its_reason(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        await at.bound(TWO, "person", MA.id)
        case, number = await at.sent()
        assert "不能 编号 原因" in await at.say(ONE, "不能 车坏了"), "never without its number"
        assert "请补充" in await at.say(ONE, f"不能 {number}")
        assert "已退回" in await at.say(ONE, f"不能 {number} 车坏了")
        assert await at.steps(case) == ["declined"]
        assert "已退回" in await at.say(TWO, f"退回 {number} 不是我区道路")
        assert (await at.assignment(case))["state"] == "returned"


async def test_an_inspector_answers_a_task_with_what_was_found(any_storage: Storage, tmp_path: Path) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "unit", INSPECTOR)
        case = await at.case()
        await at.on.act(DISPATCHER, f"/cases/{case['case_id']}/done")
        asked = await at.on.act(
            DISPATCHER, f"/cases/{case['case_id']}/verifications", unit_id=INSPECTOR, words="清了吗"
        )
        assert asked.is_success, asked.text
        await at.settle()
        notice = at.peer.told(ONE)[-1]
        assert "新核实任务" in notice
        assert "清了吗" not in notice
        assert "已接受" in await at.say(ONE, "接受")
        assert "核实结果" in await at.say(ONE, "完成 看过了"), "a task ends with a finding"
        assert "已报完成" in await at.say(ONE, "不属实 现场已清理")
        found = (await at.on.ask(DISPATCHER, "GET", f"/cases/{case['case_id']}/verifications")).json()
        (task,) = found["verifications"]
        assert (task["state"], task["finding"], task["answer"]) == ("answered", "not_found", "现场已清理")


async def test_another_departments_case_and_another_units_job_are_nobodys_number(
    storage: Storage, tmp_path: Path
) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(ONE, "person", HE.id)
        await at.bound(TWO, "unit", INSPECTOR)
        case, number = await at.sent()
        for openid in (ONE, TWO):
            assert f"没有编号为{number}的任务" in await at.say(openid, f"接受 {number}")
        assert await at.steps(case) == ["queued"]
        assert (await at.assignment(case))["state"] == "waiting"
        assert OTHER in HE.scopes.departments


async def test_staff_report_as_citizens_by_a_word_and_never_by_accident(
    any_storage: Storage, tmp_path: Path
) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        case, number = await at.sent()
        for text in ("公滨路的路灯不亮了，快去看看", "1", "好的收到了", "3 5"):
            assert "工作人员身份" in await at.say(ONE, text)
        await at.peer.location(at.url, ONE, 45.7, 126.6, "公滨路")
        await at.peer.voice(at.url, ONE, b"#!AMR\n", "公滨路的路灯不亮了")
        await at.settle()
        assert await at.rows(reports.c.number) == []
        for text in ("上报", "跳过", "公滨路5号门口"):
            await at.say(ONE, text)
        # A command with its number stays a command.
        assert "已接受" in await at.say(ONE, f"接受 {number}")
        assert await at.steps(case) == ["accepted"]
        await at.say(ONE, "路灯不亮了")
        assert "编号：R" in await at.say(ONE, "1")
        ((source, reporter),) = await at.rows(reports.c.source, reports.c.reporter)
        assert (source, reporter) == ("wechat", ONE)
        assert "R2" in await at.say(ONE, "进度")


async def test_who_is_not_bound_reports_as_before(storage: Storage, tmp_path: Path) -> None:
    async with town(storage, tmp_path) as at:
        await at.sent()
        said = await at.say(CITIZEN, "完成 12345 井盖不见了很危险")
        assert "照片" in said


async def test_photos_wait_until_the_work_is_done(any_storage: Storage, tmp_path: Path) -> None:
    async with town(any_storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        cases = [await at.sent() for _ in range(2)]
        (case, number), (other, other_number) = cases
        await at.peer.picture(at.url, ONE, jpeg())
        assert "有1张照片已保留" in await at.say(ONE, f"完成 {number} 好了"), "it is not accepted yet"
        for _case, one in cases:
            await at.say(ONE, f"接受 {one}")
        told = await at.say(ONE, "完成 好了")
        assert "请加上编号" in told
        assert "有1张照片已保留" in told
        assert "有1张照片已保留" in await at.say(ONE, "完成 99999 好了")
        await at.peer.say(at.url, ONE, f"完成 {number} 好了")
        assert "已报完成" in await at.say(ONE, f"完成 {other_number} 好了")
        assert (await at.photos(case), await at.photos(other)) == (1, 0), "a photo goes with one reply"


async def test_of_photos_the_unfit_one_alone_goes(storage: Storage, tmp_path: Path) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        case, number = await at.sent()
        await at.say(ONE, f"接受 {number}")
        for content in (jpeg(), b"no picture at all", jpeg(noise=1000)):
            await at.peer.picture(at.url, ONE, content)
        told = await at.say(ONE, f"完成 {number} 好了")
        assert "照片无法保存" in told
        assert "有2张照片已保留" in told
        assert "已报完成" in await at.say(ONE, f"完成 {number} 好了")
        assert await at.photos(case) == 2


async def test_an_incomplete_answer_keeps_its_photos(storage: Storage, tmp_path: Path) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(ONE, "person", MA.id)
        case = await at.case()
        number = case["number"][-5:]
        await at.say(ONE, f"签收 {number}")
        await at.peer.picture(at.url, ONE, jpeg())
        told = await at.say(ONE, f"办结 {number}")
        assert "请补充" in told
        assert "有1张照片已保留" in told
        assert "已报完成" in await at.say(ONE, f"办结 {number} 已清运")
        assert len((await at.assignment(case))["photos"]) == 1


async def test_a_photo_is_refused_with_its_reason_and_waits(storage: Storage, tmp_path: Path) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        case, number = await at.sent()
        await at.say(ONE, f"接受 {number}")
        await at.peer.picture(at.url, ONE, jpeg())
        for fault, reason in ((TooManyPhotos(), "已达上限"), (Conflict("merged"), "不接收照片")):
            with patch.object(DepartmentPhotos, "_require_room", side_effect=fault):
                told = await at.say(ONE, f"完成 {number} 好了")
            assert reason in told
            assert "有1张照片已保留" in told
        assert "已报完成" in await at.say(ONE, f"完成 {number} 好了")
        assert await at.photos(case) == 1


async def test_a_long_list_is_told_as_long_and_a_bare_reply_never_chooses_within_its_beginning(
    storage: Storage, tmp_path: Path
) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(ONE, "person", MA.id)
        await at.bound(TWO, "unit", CREW)
        cases = [await at.sent() for _ in range(3)]
        with patch.object(wiring, "MOST_TASKS", 1):
            for openid in (ONE, TWO):
                assert "另有2项" in await at.say(openid, "任务")
                assert "请加上编号" in await at.say(openid, "接受")
            first = cases[0][1]
            await at.say(ONE, f"签收 {first}")
            await at.say(TWO, f"接受 {first}")
            # The one that can be answered is found behind others that cannot.
            async with storage.write() as transaction:
                changed = assignment_tables.assignments.update().values(due_order=LAST)
                await transaction.connection.execute(
                    changed.where(assignment_tables.assignments.c.case_id == UUID(cases[0][0]["case_id"]))
                )
            assert f"{first}：已报完成" in await at.say(TWO, "完成 好了")
            assert f"{first}：已报完成" in await at.say(ONE, "办结 好了")


async def test_a_number_in_hand_is_not_hidden_by_those_that_are_over(
    storage: Storage, tmp_path: Path
) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(ONE, "person", MA.id)
        over, case = await at.case(), await at.case()
        for text in ("签收", "办结"):
            await at.say(ONE, f"{text} {over['number'][-5:]} 好了")
        number = over["number"][-5:]
        async with storage.write() as transaction:
            same = f"230199{over['number'][6:]}"
            await transaction.connection.execute(
                case_table.update().where(case_table.c.case_id == UUID(case["case_id"])).values(number=same)
            )
            await transaction.connection.execute(
                assignment_tables.assignments.update().values(due_order=LAST)
            )
        with patch.object(wiring, "MOST_TASKS", 1):
            assert f"{number}：已接受" in await at.say(ONE, f"签收 {number}")


async def test_a_finding_is_for_verification_tasks_alone(storage: Storage, tmp_path: Path) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        case, number = await at.sent()
        await at.say(ONE, f"接受 {number}")
        for text in ("属实", f"不符 {number} 现场不一样"):
            assert "只用于核实任务" in await at.say(ONE, text)
        for text in ("完成不了，缺配件", f"完成 {number} 了吗", "完成 5004 换好了"):
            assert "询问、拒绝或编号有误" in await at.say(ONE, text)
        assert await at.steps(case) == ["accepted"]


async def test_a_photo_that_cannot_be_kept_does_nothing_and_says_so(storage: Storage, tmp_path: Path) -> None:
    async with town(storage, tmp_path) as at:
        await at.bound(ONE, "unit", CREW)
        case, number = await at.sent()
        await at.say(ONE, f"接受 {number}")
        await at.peer.picture(at.url, ONE, b"no picture at all")
        assert "照片无法保存" in await at.say(ONE, f"完成 {number} 好了")
        assert await at.steps(case) == ["accepted"]
        assert "已报完成" in await at.say(ONE, f"完成 {number} 好了")


# --- reading ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("接受", StaffCommand(StaffAct.ACCEPT)),
        ("接受 50042", StaffCommand(StaffAct.ACCEPT, "50042")),
        ("完成50042 井盖已更换", StaffCommand(StaffAct.DONE, "50042", "井盖已更换")),
        ("完成 换了井盖3个", StaffCommand(StaffAct.DONE, "", "换了井盖3个")),
        ("完成 ５００４２ 好了", StaffCommand(StaffAct.DONE, "50042", "好了")),
        ("完成 2301102026112500042 换好了", StaffCommand(StaffAct.DONE, "00042", "换好了")),
        ("不能 50042 配件没有", StaffCommand(StaffAct.CANNOT, "50042", "配件没有")),
        (
            "不属实 50042 什么都没有",
            StaffCommand(StaffAct.DONE, "50042", "什么都没有", VerificationFinding.NOT_FOUND),
        ),
        ("nothing", StaffCommand(StaffAct.DONE, "", "", VerificationFinding.NOT_FOUND)),
        ("不属实：50042", StaffCommand(StaffAct.DONE, "50042", "", VerificationFinding.NOT_FOUND)),
        ("DONE 50042 replaced", StaffCommand(StaffAct.DONE, "50042", "replaced")),
        ("不能 50042，车坏了", StaffCommand(StaffAct.CANNOT, "50042", "车坏了")),
        ("donesomething", None),
        ("公滨路的路灯不亮了", None),
    ],
)
def test_short_replies_are_read(text: str, command: StaffCommand | None) -> None:
    assert staff_command(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "完成不了50042，缺配件", "接受不了50042", "不符合我们的职责", "属实吗", "Nothing has arrived yet",
        "接受 5004", "接受 500421", "完成 5004号 换好了", "完成 50042 不了", "完成 50042 了吗",
        "完成 没有", "接受 #50042", "完成 换好了 50042", "done with this", "done 50042 not yet",
        "完成 50042？", "属实 50042 不是",
        "拒绝接受50042", "confirmed? 50042", "done 2301102026112500 replaced", "accept 50042 can't",
    ],
)  # fmt: skip
def test_a_refusal_a_question_or_a_wrong_number_is_asked_about(text: str) -> None:
    command = staff_command(text)
    assert command is not None
    assert not command.clear


_VERB = st.sampled_from(
    ["接受", "签收", "完成", "办结", "属实", "不属实", "不符", "accept", "done", "不能", "cannot"]
)
_DIGITS = st.text("0123456789", min_size=1, max_size=24)


@given(
    verb=_VERB,
    space=st.sampled_from(["", " ", "，", ": "]),
    digits=_DIGITS,
    rest=st.sampled_from(["", " 好了"]),
)
def test_digits_in_the_numbers_place_are_the_number_or_are_asked_about(
    verb: str, space: str, digits: str, rest: str
) -> None:
    command = staff_command(f"{verb}{space}{digits}{rest}")
    assert command is not None
    assert command.clear == (len(digits) in {5, 19})
    assert command.number == (digits[-5:] if command.clear else "")


@given(verb=_VERB, text=st.text(max_size=40))
def test_what_has_no_break_after_the_verb_is_no_clear_reply(verb: str, text: str) -> None:
    command = staff_command(verb + text)
    if command is not None and command.clear and text.strip():
        assert not text[0].isalpha()


@given(text=st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    staff_command(text)
    binding_code(text)
    is_for_citizens(text)


def test_a_report_begins_by_a_word_alone() -> None:
    asked: Sequence[str] = ("上报", "评价 5", "rate 5", "R20261130-00012 abcdefghjk", "进度")
    assert all(is_for_citizens(text) for text in asked)
    assert not any(is_for_citizens(text) for text in ("1", "2", "3 5", "公滨路的路灯不亮了", "上报给领导了"))
