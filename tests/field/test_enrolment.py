"""A terminal is enrolled by a one-time code: once, for a time, for a unit that may sign in."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from core.actor import Actor, Role
from core.errors import Forbidden, Unavailable
from core.storage import Storage
from field.centre.room import FieldRoom, build
from field.errors import EnrolmentCodeVoid, UnitRevoked, UnknownUnit
from field.settings import FieldSettings
from field.units.centre.enrolment.store import codes
from field.units.model import Unit
from tests.field.conftest import Accounts, RecordingBus
from tests.field.ports import centre_ports
from tests.field.test_http import Desk

ADMIN = Actor("sun.li", "孙丽", frozenset({Role.ADMIN}))


class LeavingAccounts(Accounts):
    away = False

    async def issue(self, uid: str, *, devices: object = ()) -> str:
        if self.away:
            raise Unavailable("the broker is away", remedy="start it")
        return await super().issue(uid, devices=devices)  # type: ignore[arg-type]


@pytest.fixture
def accounts() -> LeavingAccounts:
    return LeavingAccounts()


@pytest.fixture
async def room(any_storage: Storage, accounts: LeavingAccounts) -> FieldRoom:
    async def nobody(_request: object) -> Actor:
        return ADMIN

    made = build(FieldSettings(), centre_ports(any_storage, RecordingBus(), accounts, nobody))
    await made.register.create(Unit("app:17", "道里一组"), ADMIN)
    return made


async def test_a_code_gives_a_password_once_and_is_not_in_the_database(
    room: FieldRoom, any_storage: Storage
) -> None:
    op_id = uuid4()
    made = await room.enrolments.make(ADMIN, "app:17", op_id=op_id)
    assert await room.enrolments.make(ADMIN, "app:17", op_id=op_id) == made
    async with any_storage.read() as connection:
        (row,) = (await connection.execute(select(codes))).all()
    assert made.code not in str(row)
    brought = uuid4()
    told = await room.enrolments.redeem(made.code, op_id=brought)
    assert told == ("app:17", "password 2")
    assert await room.enrolments.redeem(made.code, op_id=brought) == told
    with pytest.raises(EnrolmentCodeVoid):
        await room.enrolments.redeem(made.code, op_id=uuid4())


async def test_a_code_ends_with_its_time_the_next_one_and_the_unit(room: FieldRoom) -> None:
    first = await room.enrolments.make(ADMIN, "app:17", op_id=uuid4())
    second = await room.enrolments.make(ADMIN, "app:17", op_id=uuid4())
    room.enrolments._lasts = timedelta(seconds=-1)
    await room.register.create(Unit("app:18", "道里二组"), ADMIN)
    over = await room.enrolments.make(ADMIN, "app:18", op_id=uuid4())
    await room.register.revoke("app:17", op_id=uuid4(), actor=ADMIN)
    for void in (first.code, second.code, over.code, "nobody made it", "x" * 5_000):
        with pytest.raises(EnrolmentCodeVoid):
            await room.enrolments.redeem(void, op_id=uuid4())
    with pytest.raises(UnitRevoked):
        await room.enrolments.make(ADMIN, "app:17", op_id=uuid4())
    with pytest.raises(UnknownUnit):
        await room.enrolments.make(ADMIN, "app:99", op_id=uuid4())


async def test_a_code_stays_valid_while_the_broker_is_away(
    room: FieldRoom, accounts: LeavingAccounts
) -> None:
    made = await room.enrolments.make(ADMIN, "app:17", op_id=uuid4())
    accounts.away = True
    with pytest.raises(Unavailable):
        await room.enrolments.redeem(made.code, op_id=uuid4())
    accounts.away = False
    assert (await room.enrolments.redeem(made.code, op_id=uuid4()))[0] == "app:17"


async def test_only_an_admin_makes_a_code(room: FieldRoom) -> None:
    with pytest.raises(Forbidden):
        await room.enrolments.make(Actor("li", "李", frozenset({Role.DISPATCHER})), "app:17", op_id=uuid4())


async def test_a_terminal_brings_the_code_without_a_session(storage: Storage) -> None:
    desk = Desk(storage)
    await desk.ask(Role.ADMIN, "POST", "/units", {"unit_id": "app:17", "name": "道里一组"})
    path = "/units/app:17/enrolment-code"
    refused = await desk.ask(Role.DISPATCHER, "POST", path, {"op_id": str(uuid4())})
    assert refused.status_code == 403
    made = (await desk.ask(Role.ADMIN, "POST", path, {"op_id": str(uuid4())})).json()
    body = {"op_id": str(uuid4()), "code": made["code"]}
    brought = await desk.ask(Role.UNIT, "POST", "/unit/enrolment", body)
    assert brought.json() == {"unit_id": "app:17", "password": "password 2"}
    again = await desk.ask(Role.UNIT, "POST", "/unit/enrolment", {**body, "op_id": str(uuid4())})
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (404, "enrolment-code-void")
