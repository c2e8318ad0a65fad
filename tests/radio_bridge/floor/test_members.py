"""Who may hear and talk, out of the register, and what the broker is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from core.actor import Role, system
from core.errors import Unavailable
from core.storage import Storage
from field.contract.talkgroup import MEMBERS_ONLY, Talkgroup, TalkgroupRights
from field.events import TalkgroupChanged, UnitChanged
from field.talkgroups import store as tg_store
from field.talkgroups.register import GroupRegister
from field.units import store as unit_store
from field.units.model import Unit
from radio_bridge.centre.floor.read_permissions import ReadPermissionSync
from radio_bridge.floor.members import RegisterMembership
from radio_bridge.floor.settings import FloorSettings
from tests.field.conftest import RecordingBus

OPEN = Talkgroup("app:city", "全市", "City", priority=6)
CLOSED = Talkgroup("app:case-1", "塌陷", "Collapse", rights=MEMBERS_ONLY)
RADIO = Talkgroup(
    "tetra:4011", "公安", "Police", rights=TalkgroupRights(monitor=("all",), talk=("skill:radio",))
)
UNITS = (
    Unit("app:17", "道里一组", devices=("phone",), addresses=("svx:BY2A-7",)),
    Unit("app:18", "道里二组", skills=("radio",), aliases=("二组",)),
    Unit("app:19", "旧组", addresses=("svx:BY2A-9",)),
)


@dataclass
class Broker:
    """Implements `Accounts`."""

    has: dict[str, Sequence[str]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    away: bool = False

    async def let_hear(self, uid: str, talkgroups: Sequence[str], *, devices: Sequence[str] = ()) -> bool:
        if self.away:
            raise Unavailable
        self.told.append(uid)
        news = self.has.get(uid) != (*talkgroups, *devices)
        self.has[uid] = (*talkgroups, *devices)
        return news


@pytest.fixture
async def city(any_storage: Storage) -> Storage:
    now = any_storage.clock.now()
    async with any_storage.write() as transaction:
        for unit in UNITS:
            await unit_store.add(transaction, unit, at=now, by="test")
        for group in (OPEN, CLOSED, RADIO):
            await tg_store.add(transaction, group, at=now, by="test")
        await tg_store.put_on(transaction, CLOSED.tg_id, ["app:17"], at=now, by="test")
        await unit_store.revoke(transaction, "app:19", at=now, by=system("test").id)
    return any_storage


class Table(RegisterMembership):
    """The membership with its register."""

    def __init__(self, storage: Storage) -> None:
        self.register = GroupRegister(storage, RecordingBus())
        super().__init__(self.register, FloorSettings())


async def member_table(storage: Storage) -> Table:
    made = Table(storage)
    await made.register.read()
    return made


async def test_rights_are_those_of_the_register(city: Storage) -> None:
    table = await member_table(city)
    found = {
        (group, unit): right and (right.priority, right.talks, right.name)
        for group in ("app:city", "app:case-1", "tetra:4011", "app:nowhere")
        for unit in ("app:17", "app:18", "app:19", "app:99")
        if (right := table.right(group, unit)) is not None
    }
    assert found == {
        ("app:city", "app:17"): (6, True, "道里一组"),
        ("app:city", "app:18"): (6, True, "道里二组"),
        ("app:case-1", "app:17"): (5, True, "道里一组"),
        ("tetra:4011", "app:17"): (5, False, "道里一组"),
        ("tetra:4011", "app:18"): (5, True, "道里二组"),
    }


async def test_a_radio_has_the_name_of_the_unit_whose_address_it_is(city: Storage) -> None:
    table = await member_table(city)
    known = ("svx:BY2A-7", "svx:by2a-7", "app:18")
    nobodys = ("二组", "svx:BY2A-9", "svx:BY2A-1", "", "user:li")
    found = {address: table.name_of(address) for address in (*known, *nobodys)}
    # One of a unit that was revoked is nobody's, and so is what people call a unit.
    assert {address: name for address, name in found.items() if name} == {
        "svx:BY2A-7": "道里一组", "svx:by2a-7": "道里一组", "app:18": "道里二组",
    }  # fmt: skip


async def test_an_address_counts_from_the_next_reading_on(city: Storage) -> None:
    table = await member_table(city)
    async with city.write() as transaction:
        unit = replace(UNITS[1], addresses=("tetra:2621001",))
        await unit_store.change(transaction, unit)
    assert table.name_of("tetra:2621001") == ""
    await table.register.read()
    assert table.name_of("tetra:2621001") == "道里二组"


async def test_a_network_owns_the_floors_of_its_groups(city: Storage) -> None:
    rules = (await member_table(city)).groups()
    assert {group: rule.owned_by_network for group, rule in rules.items()} == {
        "app:city": False, "app:case-1": False, "tetra:4011": True,
    }  # fmt: skip


async def test_who_commands_stands_above_the_field(city: Storage) -> None:
    table = await member_table(city)
    assert table.priority_of("app:case-1", {Role.DISPATCHER}) == 10
    assert table.priority_of("app:case-1", {Role.AGENT}) is None
    assert table.priority_of("app:nowhere", {Role.DISPATCHER}) is None
    person = table.right("app:case-1", "user:wang.fang")
    assert person is not None
    assert person.name == "dispatch"
    assert table.right("app:nowhere", "user:wang.fang") is None


async def test_a_change_is_told_once(city: Storage) -> None:
    table, told = await member_table(city), []
    table.on_change(lambda: told.append(1))
    await table.register.read()
    assert told == []
    async with city.write() as transaction:
        await tg_store.put_on(transaction, CLOSED.tg_id, ["app:18"], at=city.clock.now(), by="test")
    await table.register.read()
    await table.register.read()
    assert told == [1]
    assert table.right("app:case-1", "app:18") is not None


async def test_without_the_database_what_was_known_counts(city: Storage) -> None:
    table = await member_table(city)
    await city.close()
    broken = replace_engine(city)
    table.register._storage = broken
    await table.register._read_or_keep()
    assert table.right("app:city", "app:17") is not None


def replace_engine(storage: Storage) -> Any:
    class Away:
        clock = storage.clock

        def read(self) -> Any:
            raise Unavailable

    return Away()


async def test_the_broker_is_told_what_is_new_to_it(city: Storage) -> None:
    table, broker = await member_table(city), Broker()
    hearing = ReadPermissionSync(table, broker)
    assert await hearing.tell() == 2
    assert broker.has == {
        "app:17": ("app:case-1", "app:city", "tetra:4011", "phone"),
        "app:18": ("app:city", "tetra:4011"),
    }
    broker.told.clear()
    assert await hearing.tell() == 0
    assert broker.told == []
    async with city.write() as transaction:
        await tg_store.change(transaction, replace(OPEN, rights=MEMBERS_ONLY))
    await table.register.read()
    assert await hearing.tell() == 2
    assert broker.has["app:18"] == ("tetra:4011",)


async def test_a_broker_that_is_away_is_told_later(city: Storage) -> None:
    table, broker = await member_table(city), Broker(away=True)
    hearing = ReadPermissionSync(table, broker)
    with pytest.raises(Unavailable):
        await hearing.tell()
    broker.away = False
    assert await hearing.tell() == 2


async def test_a_broker_that_comes_back_is_asked_anew_what_it_has(city: Storage) -> None:
    table, broker = await member_table(city), Broker()
    hearing = ReadPermissionSync(table, broker)
    await hearing.tell()
    broker.has.clear()  # restored from an old copy
    await hearing.connected()
    assert await hearing.tell() == 2


async def test_a_broker_that_knows_already_is_not_written_to_again(city: Storage) -> None:
    table, broker = await member_table(city), Broker()
    await ReadPermissionSync(table, broker).tell()
    # The next life of the centre asks, and finds nothing to change.
    assert await ReadPermissionSync(table, broker).tell() == 0


async def test_the_tables_are_read_when_somebody_is_new_or_gone_and_not_at_every_word(city: Storage) -> None:
    table = await member_table(city)
    for unit_id, revoked, wakes in (
        ("app:17", False, False),
        ("app:20", False, True),
        ("app:17", True, True),
        ("app:19", True, False),
    ):
        table.register._wake.clear()
        await table.register._unit_changed(
            UnitChanged(unit_id=unit_id, name="组", online=True, status="free", revoked=revoked)
        )
        assert table.register._wake.is_set() == wakes
    table.register._wake.clear()
    await table.register._group_changed(TalkgroupChanged(tg_id="app:x", name_zh="x", name_en="x", units=[]))
    assert table.register._wake.is_set()
